"""Which review this is and since when: what all lives of it share."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

# Of the story's steps. Raised by hand when their names, order or meaning change: a run of another
# version is never resumed in the middle, it is reviewed anew.
WORKFLOW = "review-1"


@dataclass(frozen=True, slots=True)
class Life:
    """``id`` is sortable by time, unique beyond it. Times are seconds since the epoch.

    ``deadline_at`` None is what the settings allow, counted from ``started_at``. ``granted_s`` is
    what a person gave this life anew, up to ``deadline_at``.
    """

    id: str
    started_at: float
    deadline_at: float | None = None
    granted_s: float | None = None

    def limit_s(self, usual_s: float) -> float:
        """What the whole review may take, all lives together."""
        return usual_s if self.deadline_at is None else self.deadline_at - self.started_at

    def window_s(self, usual_s: float) -> float:
        """The last part of that in which it works: not what passed before a new deadline."""
        return min(self.limit_s(usual_s), usual_s if self.granted_s is None else self.granted_s)

    @classmethod
    def begin(cls) -> Life:
        """A review that begins now."""
        now = time.time()
        return cls(
            f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(4)}", now
        )

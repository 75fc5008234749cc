"""The deadline of a review: absolute from its first moment, so that neither a step nor a restart
can extend it."""

from __future__ import annotations

import time
from dataclasses import dataclass

CLOSING = 0.8  # of the time: what begins after this would hardly end, and posting needs some too


@dataclass(frozen=True, slots=True)
class Deadline:
    """``started`` is on the monotonic clock; the rest are seconds.

    ``window_s`` is the part of ``limit_s`` that ends with it and was given for working: less than
    the whole where a person gave an old review a new deadline.
    """

    started: float
    limit_s: float
    window_s: float | None = None

    @classmethod
    def of(cls, started_at: float, limit_s: float, window_s: float | None = None) -> Deadline:
        """Of a review that began at ``started_at``, seconds since the epoch, perhaps in an earlier
        life. A clock that was set back in between gives no time away: it counts as now.

        Within one life a clock that is set, and a machine that is suspended, change nothing.
        """
        return cls(time.monotonic() - max(time.time() - started_at, 0.0), limit_s, window_s)

    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    def remaining_s(self) -> float:
        return max(self.limit_s - self.elapsed_s(), 0.0)

    def for_new_s(self) -> float:
        """What something that begins now may take: nothing once it is closing."""
        return 0.0 if self.closing else self.remaining_s()

    @property
    def closing(self) -> bool:
        """No new work begins: what is under way may end."""
        window_s = self.limit_s if self.window_s is None else self.window_s
        return self.limit_s - self.elapsed_s() <= (1 - CLOSING) * window_s

"""The deadline of a review: absolute from its first moment, so that no step can extend it."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """Seconds on the monotonic clock."""

    started: float
    limit_s: float

    @classmethod
    def start(cls, limit_s: float) -> Deadline:
        return cls(time.monotonic(), limit_s)

    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    def remaining_s(self) -> float:
        return max(self.limit_s - self.elapsed_s(), 0.0)

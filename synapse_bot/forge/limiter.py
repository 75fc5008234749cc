"""One pace for all that is written to a forge, and one reading of its "not now".

Both forges slow down who writes fast, and GitHub says "you may not" and "not so fast" with the
same 403: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ForgeBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WRITE_INTERVAL_S = 1.0
PATIENCE_S = 120.0  # of waiting for a forge, over a whole run
_SECONDARY_WAIT_S = 60.0  # "at least one minute", where no header says how long
_LIMIT_WORDS = ("rate limit", "abuse detection", "retry your request again later")


class Limiter:
    """At most one write in ``interval_s``; waits at most ``patience_s`` in all when told to."""

    def __init__(
        self,
        *,
        interval_s: float = WRITE_INTERVAL_S,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._interval_s = interval_s
        self._patience_s = patience_s
        self._clock = clock
        self._sleep = sleep
        self.wall = wall
        self._free_at = float("-inf")
        self._lock = Lock()

    def before_write(self) -> None:
        """Wait until one more write is due. Writes of several threads queue up."""
        with self._lock:
            wait_s = self._free_at - self._clock()
            if wait_s > 0:
                self._sleep(wait_s)
            self._free_at = self._clock() + self._interval_s

    def pause(self, seconds: float, why: str) -> None:
        """Wait ``seconds`` because the forge says so. Raises ForgeBusy when patience is spent."""
        with self._lock:
            if seconds > self._patience_s:
                raise ForgeBusy(f"{why}; it asks to wait {seconds:.0f} s", retry_after_s=seconds)
            self._patience_s -= seconds
            self._sleep(seconds)


def rate_limit_wait_s(
    status: int, headers: Mapping[str, str], message: str, now: float
) -> float | None:
    """Seconds to wait when the answer is a rate limit; None when it is something else.

    ``headers`` have lower-case names. ``now`` is wall-clock time (seconds since the epoch), which
    the reset headers count in. A 403 counts only with a header or words that say "limit".
    """
    spent = headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining")) == "0"
    said = any(word in message.lower() for word in _LIMIT_WORDS)
    if status != 429 and not (status == 403 and (spent or said or "retry-after" in headers)):
        return None
    if (asked := _number(headers.get("retry-after"))) is not None:
        return asked
    reset = _number(headers.get("x-ratelimit-reset", headers.get("ratelimit-reset")))
    if spent and reset is not None:
        return max(0.0, reset - now) + 1
    return _SECONDARY_WAIT_S


def _number(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:  # Retry-After may be a date; no forge sends one
        return None

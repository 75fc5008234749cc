"""One write a second, and a rate limit told from a refusal."""

from __future__ import annotations

import pytest

from synapse_bot.domain.errors import ForgeBusy
from synapse_bot.forge.limiter import Limiter, rate_limit_wait_s


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_writes_are_a_second_apart_and_the_first_waits_for_nothing() -> None:
    clock = Clock()
    limiter = Limiter(clock=lambda: clock.now, sleep=clock.sleep)
    times = []
    for pause in (0.0, 0.0, 0.25, 5.0):
        clock.now += pause
        limiter.before_write()
        times.append(clock.now)
    assert times == [100.0, 101.0, 102.0, 107.0]


def test_patience_is_for_the_whole_run() -> None:
    clock = Clock()
    limiter = Limiter(clock=lambda: clock.now, sleep=clock.sleep, patience_s=10)
    limiter.pause(6, "busy")
    with pytest.raises(ForgeBusy, match="asks to wait 6 s") as busy:
        limiter.pause(6, "busy")
    assert busy.value.retry_after_s == 6
    assert clock.now == 106.0


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait_s"),
    [
        (429, {"retry-after": "7"}, "", 7.0),
        (429, {}, "", 60.0),
        (403, {"retry-after": "30"}, "forbidden", 30.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1050"}, "", 51.0),
        (403, {}, "You have exceeded a secondary rate limit.", 60.0),
        (403, {}, "You have triggered an abuse detection mechanism.", 60.0),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": "900"}, "", 1.0),
        (403, {"x-ratelimit-remaining": "4999"}, "Resource not accessible by integration", None),
        (401, {"retry-after": "7"}, "", None),
        (422, {}, "rate limit", None),
        (500, {}, "", None),
    ],
)
def test_a_rate_limit_is_told_from_a_refusal(
    status: int, headers: dict[str, str], message: str, wait_s: float | None
) -> None:
    assert rate_limit_wait_s(status, headers, message, now=1000.0) == wait_s

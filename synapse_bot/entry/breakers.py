"""Breakers in words, for `breakers list` and for `doctor`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.breaker import BreakerState, state_of
from synapse_bot.domain.redaction import redact
from synapse_bot.entry.health import Health, Line
from synapse_bot.report.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_bot.domain.breaker import Breaker
    from synapse_bot.runtime.request import Host

_WHY = 120  # characters


def describe(breaker: Breaker, now: float) -> str:
    """One line: key, state, when it is tried again, and what failed last."""
    failures = sum(call.failed for call in breaker.calls)
    state = state_of(breaker, now)
    said = {
        BreakerState.CLOSED: f"{failures} of the last {len(breaker.calls)} calls failed",
        BreakerState.OPEN: f"tried again in {max(breaker.retry_at - now, 0):.0f} s",
        BreakerState.HALF_OPEN: "the next call tries it",
    }[state]
    why = f"; last failure: {one_line(redact(breaker.why), _WHY)}" if breaker.why else ""
    return f"{one_line(breaker.key, _WHY)}  {state}  {said}{why}"


def breaker_lines(host: Host, start: Path) -> Iterator[Line]:
    """What `doctor` says of them: a warning for each that is not closed."""
    from synapse_bot.wiring.breakers import open_breakers

    now = time.time()
    opened = open_breakers(host, start)
    resting = [b for b in opened.all() if state_of(b, now) is not BreakerState.CLOSED]
    for note in opened.notes:
        yield Line(Health.WARN, note, "Remove the file: nothing but failures is kept in it.")
    for breaker in resting:
        advice = f"`synapse-bot breakers reset {breaker.key}` has it tried at once."
        yield Line(Health.WARN, describe(breaker, now), advice)
    if not resting and not opened.notes:
        yield Line(Health.OK, "circuit breakers: all closed")

"""Fan-out: nobody waits for the slow, and nobody pays for the broken."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from synapse_bot.domain.events import Event, SpecialistFinished
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Outcome
from synapse_bot.engine.inline import InlineEngine
from synapse_bot.runtime import fanout
from synapse_bot.runtime.deadline import Deadline
from synapse_bot.specialist.base import Examination


def run(make: Any, scratch: Path, scripts: dict[str, Any], **options: Any) -> Any:
    specs = tuple(make.spec(name) for name in scripts)
    roster = make.roster(specs, {k: v for k, v in scripts.items() if v})
    plan = make.plan(*(make.assignment(spec, "a.py", **options) for spec in specs))
    events: list[Event] = []
    fanned = asyncio.run(
        fanout.fan_out(
            plan,
            make.survey("a.py"),
            roster,
            InlineEngine(),
            scratch=scratch,
            deadline=Deadline.of(time.time(), 60.0),
            emit=events.append,
        )
    )
    return fanned.outcomes, events


async def _raises(task: Examination) -> Outcome:
    raise ZeroDivisionError("of the specialist")


async def _hangs(task: Examination) -> Outcome:
    await asyncio.sleep(3600)
    raise AssertionError


def test_a_specialist_that_raises_is_failed_and_costs_nobody_else(make: Any, scratch: Path) -> None:
    outcomes, _ = run(make, scratch, {"broken": _raises, "sound": None})
    broken, sound = outcomes
    assert isinstance(broken, Failed)
    assert broken.kind is FailureKind.CRASHED
    assert "ZeroDivisionError: of the specialist" in broken.why
    assert sound == Opinion("sound", examined=("a.py",))


def test_a_specialist_that_hangs_is_ended_by_the_backstop(
    make: Any, scratch: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(fanout, "_GRACE_S", 0.0)
    outcomes, _ = run(make, scratch, {"slow": _hangs, "sound": None}, deadline_s=0.05)
    assert [type(outcome).__name__ for outcome in outcomes] == ["Failed", "Opinion"]
    assert outcomes[0].kind is FailureKind.TIMEOUT


def test_a_fast_specialist_is_heard_before_a_slow_one_has_finished(
    make: Any, scratch: Path
) -> None:
    async def waits(task: Examination) -> Outcome:
        await asyncio.sleep(0.05)
        return Opinion("a-slow")

    outcomes, events = run(make, scratch, {"a-slow": waits, "b-fast": None})
    finished = [event.outcome.by for event in events if isinstance(event, SpecialistFinished)]
    assert finished == ["b-fast", "a-slow"]
    assert [outcome.by for outcome in outcomes] == ["a-slow", "b-fast"], "sorted, not as arrived"


def test_whoever_is_still_at_work_ends_with_the_review(make: Any, scratch: Path) -> None:
    """Posting the first word may raise; the late must not go on for nobody."""
    ended: list[str] = []

    async def hangs(task: Examination) -> Outcome:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("slow")
        raise AssertionError

    async def story() -> tuple[str, ...]:
        spec = make.spec("slow")
        fanned = await fanout.fan_out(
            make.plan(make.assignment(spec, "a.py")),
            make.survey("a.py"),
            make.roster((spec,), {"slow": hangs}),
            InlineEngine(),
            scratch=scratch,
            deadline=Deadline.of(time.time(), 0.2),
            emit=lambda event: None,
            late_s=60.0,
        )
        late = fanned.late
        await fanned.aclose()
        return late

    assert asyncio.run(story()) == ("slow",)
    assert ended == ["slow"]


def test_a_specialist_is_given_the_text_and_its_file(make: Any, scratch: Path) -> None:
    seen: list[Examination] = []

    async def looks(task: Examination) -> Outcome:
        seen.append(task)
        assert task.placed["a.py"].read_bytes() == b"x\n"
        return Opinion("looks")

    run(make, scratch, {"looks": looks})
    assert seen[0].texts == {"a.py": "x\n"}
    assert seen[0].placed["a.py"].is_relative_to(scratch)

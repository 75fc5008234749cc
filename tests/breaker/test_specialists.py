"""Tools and specialists under breakers: real processes, which die for real."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.breaker.guard import Guard
from synapse_bot.config.data import data_dir
from synapse_bot.config.settings import Sandbox
from synapse_bot.domain.breaker import BreakerState
from synapse_bot.domain.events import Event, SpecialistCrashed
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Outcome, Skipped
from synapse_bot.domain.spec import ActionSpec, SpecialistSpec
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.guarded import GuardedSpecialist
from synapse_bot.specialist.tool import ToolSpecialist
from tests.breaker.conftest import HERE, Clock, guard_of, in_folder, in_memory
from tests.specialist.conftest import LINE, Lab

FILES = {"a.py": "x = 1\n"}
DIES = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
FINDS = "import sys; print(f'{sys.argv[1]}:1: a-rule: a finding')"
# It is also run to be asked for its version, which is not counted.
COUNTS = "import sys; sys.argv[1].endswith('.py') and open('{log}', 'a').write('run\\n'); "


@dataclass
class Yard:
    """Specialists of the lab's tools, under one guard."""

    lab: Lab
    guard: Guard
    events: list[Event] = field(default_factory=list)

    def tool(self, name: str, body: str) -> ActionSpec:
        """A tool that notes each of its runs."""
        log = self.lab.folder / f"{name}.log"
        self.lab.script(name, COUNTS.format(log=log) + body)
        return ActionSpec(name, name, ("{files}",), LINE)

    def runs(self, name: str) -> int:
        log = self.lab.folder / f"{name}.log"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def examine(self, *actions: ActionSpec, deadline_s: float = 60.0) -> Outcome:
        spec = self.lab.spec(*actions)
        toolbox, rules = self.lab.toolbox(), data_dir("rules")
        inner = ToolSpecialist(
            spec, toolbox, self.lab.taxonomy, rules, self.lab.sandbox, self.guard
        )
        task = self.lab.task(FILES, deadline_s=deadline_s)
        return asyncio.run(GuardedSpecialist(inner, self.guard, self.events.append).examine(task))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    # Outside of namespaces, so that a tool can note its runs.
    return Lab(tmp_path, os.environ.get("PATH", os.defpath), Sandbox.OFF)


@pytest.fixture
def yard(lab: Lab, clock: Clock) -> Yard:
    return Yard(lab, guard_of(in_memory(), clock))


def test_a_tool_that_keeps_dying_is_left_alone_and_the_outcome_says_until_when(yard: Yard) -> None:
    dying = yard.tool("dying", DIES)
    for _ in range(3):
        assert isinstance(yard.examine(dying), Failed)
    skipped = yard.examine(dying)
    assert isinstance(skipped, Skipped)
    assert skipped.matters  # the review is incomplete, and no pass
    assert skipped.paths == ("a.py",)
    assert "tool:dying" in skipped.why
    assert "UTC" in skipped.why
    assert "SIGSEGV" in skipped.why
    assert "breakers reset" in skipped.hint
    assert yard.runs("dying") == 3


def test_after_the_pause_it_is_tried_once_and_goes_on_where_it_is_well(
    yard: Yard, clock: Clock
) -> None:
    dying = yard.tool("dying", DIES)
    for _ in range(3):
        yard.examine(dying)
    clock.forward(121)
    assert isinstance(yard.examine(dying), Failed)
    assert isinstance(yard.examine(dying), Skipped)
    clock.forward(241)
    well = yard.tool("dying", FINDS)
    for _ in range(2):
        assert isinstance(yard.examine(well), Opinion)
    assert yard.runs("dying") == 6


def test_the_other_tools_of_a_specialist_still_find_what_they_find(yard: Yard) -> None:
    dying, finding = yard.tool("dying", DIES), yard.tool("finding", FINDS)
    for _ in range(4):
        outcome = yard.examine(dying, finding)
        assert isinstance(outcome, Failed)
        assert len(outcome.findings) == 1
        assert outcome.examined == ()  # not by all
    assert yard.runs("dying") == 3
    assert yard.runs("finding") == 4


def test_a_tool_that_two_specialists_run_has_one_breaker(yard: Yard, lab: Lab) -> None:
    dying = yard.tool("dying", DIES)
    for _ in range(3):
        yard.examine(dying)
    other = replace(dying, id="other-action")
    assert isinstance(yard.examine(other), Skipped)


@pytest.mark.parametrize(
    "body", ["sys.exit(2)", "print('what nobody declared')", FINDS, "print('x' * (40 << 20))"]
)
def test_an_exit_status_garbage_and_findings_open_nothing(yard: Yard, body: str) -> None:
    tool = yard.tool("tool", body)
    for _ in range(5):
        assert not isinstance(yard.examine(tool), Skipped)
    assert yard.runs("tool") == 5


def test_a_tool_killed_at_its_own_time_out_has_failed(yard: Yard) -> None:
    slow = replace(yard.tool("slow", "import time; time.sleep(60)"), timeout_s=0.3)
    for _ in range(3):
        assert isinstance(yard.examine(slow), Failed)
    assert isinstance(yard.examine(slow), Skipped)


def test_a_tool_killed_at_the_review_s_deadline_has_not(yard: Yard) -> None:
    slow = yard.tool("slow", "import time; time.sleep(60)")
    for _ in range(5):
        outcome = yard.examine(slow, deadline_s=0.2)
        assert isinstance(outcome, Failed)
        assert outcome.kind is FailureKind.TIMEOUT


def test_a_crash_is_told_with_the_state_of_the_breakers_behind_it(yard: Yard) -> None:
    dying = yard.tool("dying", DIES)
    for _ in range(3):
        yard.examine(dying)
    crashes = [event for event in yard.events if isinstance(event, SpecialistCrashed)]
    states = [[(one.key, one.state) for one in crash.breakers] for crash in crashes]
    closed, open_ = BreakerState.CLOSED, BreakerState.OPEN
    assert states == [[("tool:dying", closed)]] * 2 + [[("tool:dying", open_)]]
    assert crashes[-1].breakers[0].retry_at > 1_000_000


def test_a_later_review_knows_what_an_earlier_one_learned(lab: Lab, clock: Clock) -> None:
    first = Yard(lab, guard_of(in_folder(lab.folder), clock))
    dying = first.tool("dying", DIES)
    for _ in range(3):
        first.examine(dying)
    second = Yard(lab, guard_of(in_folder(lab.folder), clock))
    assert isinstance(second.examine(dying), Skipped)
    assert second.runs("dying") == 3


def test_healthy_tools_leave_nothing_behind(lab: Lab, clock: Clock) -> None:
    yard = Yard(lab, guard_of(in_folder(lab.folder), clock))
    yard.examine(yard.tool("finding", FINDS))
    assert not list(lab.folder.glob("breakers*"))


def test_a_state_that_cannot_be_used_is_a_note_of_the_opinion(lab: Lab, clock: Clock) -> None:
    (lab.folder / "breakers-1.sqlite3").mkdir()
    breakers = in_folder(lab.folder)
    breakers._exists = lambda: True
    outcome = Yard(lab, guard_of(breakers, clock)).examine(
        Yard(lab, guard_of(breakers, clock)).tool("finding", FINDS)
    )
    assert isinstance(outcome, Opinion)
    assert len(outcome.findings) == 1
    assert sum("circuit breakers" in note for note in outcome.notes) == 1


@dataclass
class Breaking:
    """A specialist with a bug of its own."""

    spec: SpecialistSpec
    does: Callable[[], Any]
    asked: int = 0

    async def examine(self, task: Examination) -> Outcome:
        self.asked += 1
        result = self.does()
        if asyncio.iscoroutine(result):
            await result
        return Opinion(self.spec.id)


def _raise() -> None:
    raise ZeroDivisionError("the text of the change")


def test_a_specialist_that_keeps_raising_is_left_alone(lab: Lab, clock: Clock) -> None:
    events: list[Event] = []
    broken = Breaking(lab.spec(), _raise)
    guarded = GuardedSpecialist(broken, guard_of(in_memory(), clock), events.append)

    async def story() -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await guarded.examine(lab.task(FILES))
        skipped = await guarded.examine(lab.task(FILES))
        assert isinstance(skipped, Skipped)
        assert "specialist:lab" in skipped.why
        assert "the text of the change" not in skipped.why

    asyncio.run(story())
    assert broken.asked == 3
    assert len(events) == 3


@pytest.mark.parametrize(("fair_s", "asked"), [(0.0, 3), (60.0, 5)])
def test_a_specialist_that_outlives_its_deadline_has_failed_if_it_had_a_fair_time(
    lab: Lab, clock: Clock, fair_s: float, asked: int
) -> None:
    hanging = Breaking(lab.spec(), lambda: asyncio.sleep(60))
    guard = guard_of(in_memory(), clock, specialist=replace(HERE, fair_s=fair_s))
    guarded = GuardedSpecialist(hanging, guard, lambda event: None)

    async def story() -> None:
        for _ in range(5):
            try:
                async with asyncio.timeout(0.05):
                    await guarded.examine(lab.task(FILES))
            except TimeoutError:
                pass

    asyncio.run(story())
    assert hanging.asked == asked

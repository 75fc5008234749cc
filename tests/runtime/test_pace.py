"""A specialist's deadline follows what it took before, never beyond what it declares."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.runtime.pace import ENOUGH, pace_of
from synapse_bot.runtime.plan import paced

times = st.lists(st.floats(0, 1_000), min_size=ENOUGH, max_size=60)


@given(st.lists(st.floats(0, 1_000), max_size=ENOUGH - 1))
def test_few_runs_say_nothing(seconds: list[float]) -> None:
    assert pace_of(lambda step: seconds)("a") is None


@given(times)
def test_there_is_room_above_all_but_the_slowest(seconds: list[float]) -> None:
    pace = pace_of(lambda step: seconds)("a")
    assert pace is not None
    assert sum(one > pace for one in seconds) <= len(seconds) * 0.05


@given(times)
def test_the_order_of_the_runs_does_not_matter(seconds: list[float]) -> None:
    assert pace_of(lambda step: seconds)("a") == pace_of(lambda step: seconds[::-1])("a")


def test_a_plan_gives_nobody_more_than_declared(make: Any) -> None:
    specs = [make.assignment(make.spec(name), "a.py", deadline_s=60.0) for name in "abc"]
    known = {"a": 5.0, "b": 500.0, "c": None}
    plan = paced(make.plan(*specs), lambda by: known[by])
    assert [assignment.deadline_s for assignment in plan.assignments] == [5.0, 60.0, 60.0]

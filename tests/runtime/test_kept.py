"""What is kept of a review comes back as it was, and tells when it holds no more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from synapse_bot.domain.diff import Diff
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Skipped
from synapse_bot.domain.plan import Plan
from synapse_bot.domain.spec import Route
from synapse_bot.runtime.carry import Carried
from synapse_bot.runtime.kept import OUTCOME, PLAN, CarriedOf, examination_key, sight


def through(kept: Any, value: Any) -> Any:
    """As a journal keeps it: as text."""
    return kept.decode(json.loads(json.dumps(kept.encode(value))))


def test_every_kind_of_outcome_comes_back(make: Any) -> None:
    for outcome in (
        Opinion("a", (make.finding(),), ("a.py",), 1.5, notes=("n",)),
        Failed("b", FailureKind.TIMEOUT, "why", findings=(make.finding(),)),
        Skipped("c", "why", paths=("a.py",)),
    ):
        assert through(OUTCOME, outcome) == outcome


def test_a_plan_comes_back(make: Any) -> None:
    plan = make.plan(make.assignment(make.spec("a"), "a.py"))
    assert isinstance(plan, Plan)
    assert through(PLAN, plan) == plan


def test_nothing_carried_takes_no_room_and_something_comes_back(make: Any) -> None:
    plan = make.plan(make.assignment(make.spec("a"), "a.py"))
    kept = CarriedOf(plan)
    assert kept.encode(Carried(plan, plan)) is None
    assert through(kept, Carried(plan, plan)) == Carried(plan, plan)
    some = Carried(plan, replace(plan, assignments=()), {"a": Opinion("a")}, "run")
    assert through(kept, some) == some


def test_an_examination_holds_for_its_declaration_its_files_and_its_route(make: Any) -> None:
    one = make.assignment(make.spec("a", digest="1"), "a.py")
    key = examination_key(one, Route.FAST, "")
    assert key == examination_key(one, Route.FAST, "openai/other"), "it asks no model"
    others = [
        (make.assignment(make.spec("a", digest="2"), "a.py"), Route.FAST),
        (make.assignment(make.spec("a", digest="1"), "a.py", "b.py"), Route.FAST),
        (one, Route.DEEP),
    ]
    assert key not in {examination_key(other, route, "") for other, route in others}


def test_a_diff_is_told_from_one_with_another_line(make: Any) -> None:
    diff: Diff = make.survey("a.py").diff
    (file,) = diff.files
    (hunk,) = file.hunks
    other = Diff((replace(file, hunks=(replace(hunk, body=hunk.body + "y"),)),))
    assert sight(diff) == sight(Diff(diff.files))
    assert sight(diff) != sight(other)

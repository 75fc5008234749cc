"""What is taken from an earlier review is proved equal, piece by piece."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from synapse_bot.domain.change import Change
from synapse_bot.domain.coverage import CoverageState, FileCoverage, blobs_of
from synapse_bot.domain.diff import Diff, FileDiff, FileStatus
from synapse_bot.domain.opinion import Failed, FailureKind, Gap, Opinion, Skipped
from synapse_bot.domain.plan import Assignment, Plan, Rationale
from synapse_bot.domain.review import Review, Verdict
from synapse_bot.domain.spec import ActionInput, Route
from synapse_bot.runtime.carry import Maker, carry

BASE = "b" * 40
TOOLS = {"tool": "1.0"}


def _file(path: str, new: str = "1") -> FileDiff:
    return FileDiff(path, path, FileStatus.MODIFIED, old_blob="0" * 40, new_blob=new * 40)


@pytest.fixture
def one(make: Any) -> Any:
    return make.spec("one")


@pytest.fixture
def earlier(one: Any, make: Any) -> Review:
    files = (_file("a.py"), _file("b.py"))
    opinion = Opinion(
        "one",
        (make.finding("a.py"), make.finding("b.py")),
        ("a.py", "b.py"),
        hidden_in={"a.py": 2, "b.py": 1},
    )
    return Review(
        id="run",
        change=Change("x", base=BASE, head="h" * 40),
        plan=_plan(one),
        verdict=Verdict.PASS,
        reasons=(),
        claims=(),
        outcomes=(opinion,),
        coverage=tuple(
            FileCoverage(f.path, CoverageState.REVIEWED, blobs=blobs_of(f)) for f in files
        ),
        config_digest="c",
        rules_digest="r",
        version="1",
        tool_versions=TOOLS,
    )


def _plan(*specs: Any, route: Route = Route.FAST) -> Plan:
    assignments = tuple(Assignment(spec, ("a.py", "b.py"), 1.0) for spec in specs)
    return Plan(route, Rationale("r", "w"), assignments, (), 1.0)


MAKER = Maker(BASE, "1", "c", "r")
CHANGED = Diff((_file("a.py"), _file("b.py", new="2")))


def test_a_file_with_the_same_content_stands_and_the_other_is_left(
    earlier: Review, one: Any, make: Any
) -> None:
    carried = carry(earlier, MAKER, _plan(one), CHANGED, TOOLS)
    assert [a.paths for a in carried.left.assignments] == [("b.py",)]
    fresh = Opinion("one", (make.finding("b.py", line=9),), ("b.py",), hidden_in={"b.py": 4})
    (joined,) = carried.joined((fresh,))
    assert [(f.location.path, f.location.start_line) for f in joined.findings] == [
        ("a.py", 1),
        ("b.py", 9),
    ]
    assert joined.examined == ("a.py", "b.py")
    assert joined.hidden_in == {"a.py": 2, "b.py": 4}
    assert (carried.inherited.files, carried.inherited.out_of) == (1, 2)


def test_with_nothing_touched_nobody_is_asked(earlier: Review, one: Any) -> None:
    carried = carry(earlier, MAKER, _plan(one), Diff((_file("a.py"), _file("b.py"))), TOOLS)
    assert carried.left.assignments == ()
    assert carried.joined(()) == (replace(earlier.opinions[0], seconds=0.0),)


@pytest.mark.parametrize(
    "maker",
    [
        replace(MAKER, base="a" * 40),
        replace(MAKER, base=""),
        replace(MAKER, version="2"),
        replace(MAKER, config_digest="d"),
        replace(MAKER, rules_digest="s"),
    ],
)
def test_another_maker_inherits_nothing(earlier: Review, one: Any, maker: Maker) -> None:
    carried = carry(earlier, maker, _plan(one), CHANGED, TOOLS)
    assert carried.left == _plan(one)
    assert carried.inherited is None


@pytest.mark.parametrize("versions", [{}, {"tool": ""}, {"tool": "1.1"}])
def test_a_tool_of_another_or_of_unknown_version_examines_everything(
    earlier: Review, one: Any, versions: dict[str, str]
) -> None:
    assert carry(earlier, MAKER, _plan(one), CHANGED, versions).inherited is None


def test_another_route_asks_other_actions(earlier: Review, one: Any) -> None:
    deep = _plan(one, route=Route.DEEP)
    assert carry(earlier, MAKER, deep, CHANGED, TOOLS).inherited is None


def test_an_edited_declaration_inherits_nothing(earlier: Review, make: Any) -> None:
    edited = _plan(make.spec("one", weight=2.0))
    assert carry(earlier, MAKER, edited, CHANGED, TOOLS).inherited is None


def test_who_reads_the_diff_as_a_whole_reads_it_again(earlier: Review, one: Any) -> None:
    whole = replace(one, actions=(replace(one.actions[0], input=ActionInput.DIFF),))
    before = replace(earlier, plan=_plan(whole))
    assert carry(before, MAKER, _plan(whole), CHANGED, TOOLS).inherited is None


@pytest.mark.parametrize(
    "outcome",
    [
        Failed("one", FailureKind.CRASHED, "why", examined=("a.py", "b.py")),
        Skipped("one", "why"),
        Opinion("one", examined=("b.py",)),
    ],
)
def test_what_was_not_read_to_its_end_is_no_proof(earlier: Review, one: Any, outcome: Any) -> None:
    before = replace(earlier, outcomes=(outcome,))
    assert carry(before, MAKER, _plan(one), CHANGED, TOOLS).inherited is None


def test_without_whole_ids_of_the_content_nothing_is_concluded(earlier: Review, one: Any) -> None:
    bare = Diff((FileDiff("a.py", "a.py", FileStatus.MODIFIED),))
    unknown = replace(earlier, coverage=(FileCoverage("a.py", CoverageState.REVIEWED),))
    assert carry(unknown, MAKER, _plan(one), bare, TOOLS).inherited is None
    short = Diff((FileDiff("a.py", "a.py", FileStatus.MODIFIED, old_blob="0", new_blob="1"),))
    assert carry(unknown, MAKER, _plan(one), short, TOOLS).inherited is None


def test_a_specialist_that_breaks_now_is_broken_for_all_to_see(earlier: Review, one: Any) -> None:
    carried = carry(earlier, MAKER, _plan(one), CHANGED, TOOLS)
    (joined,) = carried.joined((Failed("one", FailureKind.TIMEOUT, "slow"),))
    assert isinstance(joined, Failed)
    assert joined.examined == ("a.py",)


def test_a_file_that_was_not_read_whole_is_read_again_although_nothing_touched_it(
    earlier: Review, one: Any
) -> None:
    (opinion,) = earlier.opinions
    gaps = (Gap("a.py", "semgrep ended early: Timeout"), Gap("", "looked at 50 of 73 names"))
    gapped = replace(earlier, outcomes=(replace(opinion, gaps=gaps),))
    same = Diff((_file("a.py"), _file("b.py")))
    carried = carry(gapped, MAKER, _plan(one), same, TOOLS)
    assert [a.paths for a in carried.left.assignments] == [("a.py",)]
    (joined,) = carried.joined((Opinion("one", examined=("a.py",)),))
    assert joined.gaps == (gaps[1],), "what was said of the whole change stands"

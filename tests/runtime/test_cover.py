"""Coverage: "clean" and "not reviewed" are never confused."""

from __future__ import annotations

from typing import Any

import pytest

from synapse_bot.domain.coverage import CoverageState, FileCoverage, SkipReason
from synapse_bot.domain.opinion import Failed, FailureKind, Gap, GapKind, Opinion, Skipped
from synapse_bot.runtime.cover import cover


def test_a_file_that_everybody_read_is_reviewed(make: Any) -> None:
    spec = make.spec("one")
    covered = cover(
        make.survey("a.py"),
        make.plan(make.assignment(spec, "a.py")),
        [Opinion("one", examined=("a.py",))],
    )
    assert covered == (FileCoverage("a.py", CoverageState.REVIEWED, by=("one",)),)


def test_a_failed_specialist_leaves_its_files_partly_reviewed(make: Any) -> None:
    plan = make.plan(
        make.assignment(make.spec("one"), "a.py"), make.assignment(make.spec("two"), "a.py")
    )
    outcomes = [
        Opinion("one", examined=("a.py",)),
        Failed("two", FailureKind.TIMEOUT, "not finished after 5 s"),
    ]
    (file,) = cover(make.survey("a.py"), plan, outcomes)
    assert file.state is CoverageState.PARTIAL
    assert file.reason is SkipReason.SPECIALIST_FAILED
    assert file.detail == "two: timeout"
    assert file.unread


def test_a_file_that_only_a_failed_specialist_would_have_read_is_skipped(make: Any) -> None:
    plan = make.plan(make.assignment(make.spec("two"), "a.py"))
    (file,) = cover(make.survey("a.py"), plan, [Failed("two", FailureKind.CRASHED, "died")])
    assert (file.state, file.reason) == (CoverageState.SKIPPED, SkipReason.SPECIALIST_FAILED)


def test_a_missing_tool_is_named_for_the_files_that_it_would_have_read(make: Any) -> None:
    plan = make.plan(skipped=(Skipped("two", "semgrep not found", paths=("a.py",)),))
    (read, other) = cover(make.survey("a.py", "b.txt"), plan, plan.skipped)
    assert (read.reason, read.detail) == (SkipReason.SPECIALIST_MISSING, "two")
    assert other.reason is SkipReason.NO_SPECIALIST


def test_a_lock_file_that_the_secrets_specialist_read_is_partly_reviewed(make: Any) -> None:
    kept = FileCoverage("x.lock", CoverageState.SKIPPED, SkipReason.LOCK_FILE, "*.lock")
    survey = make.survey("x.lock", kept_back={"x.lock": kept})
    plan = make.plan(make.assignment(make.spec("secrets"), "x.lock"))
    (file,) = cover(survey, plan, [Opinion("secrets", examined=("x.lock",))])
    assert (file.state, file.reason, file.by) == (
        CoverageState.PARTIAL,
        SkipReason.LOCK_FILE,
        ("secrets",),
    )
    assert not file.unread, "passing it over is a choice, not a gap"


def test_a_bare_patch_is_partly_reviewed(make: Any) -> None:
    survey = make.survey("a.py", partial=frozenset({"a.py"}))
    plan = make.plan(make.assignment(make.spec("one"), "a.py"))
    (file,) = cover(survey, plan, [Opinion("one", examined=("a.py",))])
    assert (file.state, file.reason) == (CoverageState.PARTIAL, SkipReason.HUNKS_ONLY)


def test_no_file_of_the_diff_is_left_out(make: Any) -> None:
    paths = [f"f{n}.py" for n in range(50)]
    covered = cover(make.survey(*paths), make.plan(), [])
    assert [file.path for file in covered] == paths


def _with(*gaps: Gap, **outcome: Any) -> Opinion:
    return Opinion("one", examined=("a.py",), gaps=gaps, **outcome)


@pytest.mark.parametrize("kind", GapKind)
def test_a_file_with_a_gap_is_never_simply_reviewed(make: Any, kind: GapKind) -> None:
    plan = make.plan(make.assignment(make.spec("one"), "a.py", "b.py"))
    outcome = Opinion("one", examined=("a.py", "b.py"), gaps=(Gap("a.py", "the reason", kind),))
    gapped, whole = cover(make.survey("a.py", "b.py"), plan, [outcome])
    assert gapped.state is CoverageState.PARTIAL
    assert gapped.detail == "one: the reason"
    assert gapped.by == ("one",)
    assert whole.state is CoverageState.REVIEWED


def test_a_tool_that_stopped_makes_the_review_incomplete_and_odd_syntax_does_not(make: Any) -> None:
    plan = make.plan(make.assignment(make.spec("one"), "a.py"))
    unread = {}
    for kind in GapKind:
        (file,) = cover(make.survey("a.py"), plan, [_with(Gap("a.py", "why", kind))])
        unread[kind] = file.unread
    assert unread == {
        GapKind.STOPPED: True,
        GapKind.UNPARSED: False,
        GapKind.PASSED_OVER: False,
    }


def test_of_several_gaps_the_gravest_is_the_reason_and_all_are_told(make: Any) -> None:
    plan = make.plan(make.assignment(make.spec("one"), "a.py"))
    gaps = [Gap("a.py", f"{kind}", kind) for kind in GapKind]
    for order in (gaps, gaps[::-1]):
        (file,) = cover(make.survey("a.py"), plan, [_with(*order)])
        assert file.reason is SkipReason.STOPPED
        assert all(gap.why in file.detail for gap in gaps)


def test_a_bound_of_the_whole_change_is_no_gap_of_a_file(make: Any) -> None:
    plan = make.plan(make.assignment(make.spec("one"), "a.py"))
    (file,) = cover(make.survey("a.py"), plan, [_with(Gap("", "looked at 50 of 73 names"))])
    assert file.state is CoverageState.REVIEWED

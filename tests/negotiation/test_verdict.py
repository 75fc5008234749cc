"""The verdict: what was found decides first, then what was not read; never a silent pass."""

from __future__ import annotations

import pytest

from synapse_bot.domain.coverage import CoverageState, FileCoverage, SkipReason
from synapse_bot.domain.negotiation import Claim
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Skipped
from synapse_bot.domain.review import Verdict
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.verdict import conclude

READ = FileCoverage("app.py", CoverageState.REVIEWED, by=("a",))
CLEAN = Opinion("a", examined=("app.py",))
BROKEN = Failed("b", FailureKind.TIMEOUT, "no answer in 60 s")
HIGH = Severity.HIGH


@pytest.fixture(scope="module")
def claims(found):
    def make(*severities):
        made = [found(f"a {severity} 0.9", line=n) for n, severity in enumerate(severities, 3)]
        return [Claim(finding, (finding,)) for finding in made]

    return make


def skipped(reason, path="x", state=CoverageState.SKIPPED):
    return FileCoverage(path, state, reason)


def test_no_findings_is_a_pass():
    assert conclude([], [CLEAN], [READ], HIGH) == (Verdict.PASS, ("no findings",))


def test_findings_below_the_gate_pass(claims):
    verdict, reasons = conclude(claims("medium", "low"), [CLEAN], [READ], HIGH)
    assert (verdict, reasons) == (Verdict.PASS, ("2 findings, none at or above high",))


def test_a_finding_at_the_gate_fails(claims):
    verdict, reasons = conclude(claims("low", "high"), [CLEAN], [READ], HIGH)
    assert verdict is Verdict.FAIL
    assert reasons == ("1 finding at or above high: injection-sql at app.py:4",)


def test_without_a_gate_nothing_fails(claims):
    verdict, reasons = conclude(claims("critical"), [CLEAN], [READ], None)
    assert verdict is Verdict.PASS
    assert reasons == ("1 finding; no severity is set to fail the review",)


def test_the_lowest_gate_is_a_gate(claims):
    assert conclude(claims("info"), [CLEAN], [READ], Severity.INFO)[0] is Verdict.FAIL


def test_a_failed_specialist_is_incomplete():
    verdict, reasons = conclude([], [CLEAN, BROKEN], [READ], HIGH)
    assert verdict is Verdict.INCOMPLETE
    assert reasons == ("b failed (timeout): no answer in 60 s",)


def test_a_failure_beside_a_finding_fails_and_names_the_gap(claims):
    verdict, reasons = conclude(claims("high"), [CLEAN, BROKEN], [READ], HIGH)
    assert verdict is Verdict.FAIL
    assert reasons[0].startswith("1 finding at or above high")
    assert reasons[1:] == ("b failed (timeout): no answer in 60 s",)


@pytest.mark.parametrize(
    ("matters", "required", "expected"),
    [
        (True, {"b"}, Verdict.INCOMPLETE),
        (True, {"other"}, Verdict.PASS),
        (True, set(), Verdict.PASS),
        (False, {"b"}, Verdict.PASS),
    ],
)
def test_a_required_specialist_must_not_be_skipped_when_it_matters(matters, required, expected):
    absent = Skipped("b", "semgrep is not installed", matters=matters)
    verdict, reasons = conclude([], [CLEAN, absent], [READ], HIGH, required)
    assert verdict is expected
    if expected is Verdict.INCOMPLETE:
        assert reasons == ("b is required and was skipped: semgrep is not installed",)


@pytest.mark.parametrize("reason", list(SkipReason))
@pytest.mark.parametrize("state", [CoverageState.SKIPPED, CoverageState.PARTIAL])
def test_every_unread_file_is_incomplete_and_a_choice_is_not(reason, state):
    gap = FileCoverage("x", state, reason)
    verdict, _ = conclude([], [CLEAN], [READ, gap], HIGH)
    assert verdict is (Verdict.INCOMPLETE if gap.unread else Verdict.PASS)


def test_unread_files_are_named_and_counted():
    gaps = [skipped(SkipReason.TOO_LARGE, f"f{n}") for n in (3, 1, 5, 4, 2)]
    _, reasons = conclude([], [CLEAN], [READ, *gaps], HIGH)
    assert reasons == (
        "5 files not fully read: f1 (too large), f2 (too large), f3 (too large) and 2 more",
    )


TO_REVIEW = (
    SkipReason.NONE,
    SkipReason.SPECIALIST_MISSING,
    SkipReason.HUNKS_ONLY,
    SkipReason.NOT_PARSED,
    SkipReason.PASSED_OVER,
)


def test_three_files_are_all_named():
    gaps = [skipped(SkipReason.TOO_LARGE, f"f{n}") for n in (1, 2, 3)]
    _, reasons = conclude([], [CLEAN], [READ, *gaps], HIGH)
    assert reasons == ("3 files not fully read: f1 (too large), f2 (too large), f3 (too large)",)


@pytest.mark.parametrize("reason", TO_REVIEW)
def test_nothing_examined_is_never_a_pass(reason):
    absent = Skipped("a", "no tool")
    verdict, reasons = conclude([], [absent], [skipped(reason)], None)
    assert verdict is Verdict.INCOMPLETE
    assert reasons == ("nothing was examined, of 1 file to review",)


def test_no_specialist_at_all_is_never_a_pass():
    assert conclude([], [], [READ], None)[0] is Verdict.INCOMPLETE


@pytest.mark.parametrize("reason", sorted(set(SkipReason) - set(TO_REVIEW)))
def test_nothing_to_examine_is_a_pass(reason):
    gap = skipped(reason)
    verdict, reasons = conclude([], [Skipped("a", "nothing", matters=False)], [gap], HIGH)
    if gap.unread:
        assert verdict is Verdict.INCOMPLETE
    else:  # a reason that is new must be placed: a choice, or a gap
        assert (verdict, reasons) == (Verdict.PASS, ("no findings",))


def test_what_a_failed_specialist_examined_counts_as_examined():
    partly = Failed("a", FailureKind.CRASHED, "exit 2", examined=("app.py",))
    assert conclude([], [partly], [READ], HIGH)[1] == ("a failed (crashed): exit 2",)


def test_the_order_of_outcomes_and_files_leaves_no_trace(claims):
    outcomes = [BROKEN, Failed("a", FailureKind.GARBAGE, "not JSON"), Skipped("c", "no tool")]
    files = [skipped(SkipReason.TOO_LARGE, "z"), skipped(SkipReason.UNREADABLE, "y"), READ]
    forward = conclude(claims("high"), outcomes, files, HIGH, {"c"})
    assert forward == conclude(claims("high"), outcomes[::-1], files[::-1], HIGH, {"c"})
    assert len(forward[1]) == 6

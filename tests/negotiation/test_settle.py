"""A conflict: who said what, how it was settled, and what a person is asked."""

from __future__ import annotations

from dataclasses import replace

from synapse_bot.domain.diff import Side
from synapse_bot.domain.finding import Location, Placement, Suggestion
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Skipped
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.policy import NegotiationPolicy, Terms
from synapse_bot.negotiation.settle import negotiate

WEIGHTED = NegotiationPolicy(default=Terms("default", ("weighted",), 0.1, "They differ."))


def one(outcomes, policy=WEIGHTED, weights=None):
    (claim,) = negotiate(outcomes, policy, weights or {})
    return claim


def test_agreement_is_no_negotiation(found, opinions):
    claim = one(opinions(found("a high 0.9"), found("b high 0.2")))
    assert claim.negotiation is None
    assert claim.escalation is None
    assert claim.said_by == ("a", "b")


def test_one_finding_comes_out_as_it_went_in(found, opinions):
    finding = found("a high 0.123456", cwe=(95, 94))
    assert one(opinions(finding)).finding == finding


def test_two_reports_whose_maxima_differ_are_no_conflict(found, opinions):
    apart = opinions(found("a high 0.9", line=3), found("b low 0.9", line=9))
    assert [claim.negotiation for claim in negotiate(apart, WEIGHTED, {})] == [None, None]


def test_the_record_says_who_said_what_and_why(found, opinions):
    claim = one(opinions(found("b/y low 0.2"), found("a/x high 0.9")), weights={"a": 2.0})
    record = claim.negotiation
    assert [(s.by, s.tool, str(s.severity), s.confidence, s.weight) for s in record.stances] == [
        ("a", "x", "high", 0.9, 2.0),
        ("b", "y", "low", 0.2, 1.0),
    ]
    assert (record.strategy, record.severity, record.stalemate) == (
        "weighted",
        Severity.HIGH,
        False,
    )
    assert record.margin == 0.8
    assert record.why == ("weight x confidence: high 1.80, low 0.20 (rule default: They differ)")


def test_stances_are_sorted_by_specialist_wherever_they_stand(found, opinions):
    claim = one(opinions(found("z high 0.9", line=3, end_line=6), found("a low 0.1", line=4)))
    assert [stance.by for stance in claim.negotiation.stances] == ["a", "z"]


def test_a_stalemate_asks_a_person_a_question_they_can_answer(found, opinions):
    claim = one(opinions(found("a/x high 0.5"), found("b/y low 0.5"), found("c medium 0.5")))
    assert claim.finding.severity is Severity.HIGH
    assert claim.negotiation.stalemate
    assert claim.escalation.question == (
        "Is injection-sql at app.py:3 high, medium or low? a/x says high (confidence 0.50), "
        "b/y says low (confidence 0.50), c says medium (confidence 0.50)."
    )
    assert "no lead of 0.1, so strictest holds" in claim.escalation.reason
    assert "counts as high until a person decides" in claim.escalation.reason
    assert claim.escalation.fingerprint == claim.finding.fingerprint


def test_the_tie_break_is_the_policys(found, opinions):
    three = opinions(found("a high 0.5"), found("b low 0.3"), found("c low 0.2"))
    policy = replace(WEIGHTED, tie_break="majority")
    assert one(three, policy).finding.severity is Severity.LOW


def test_a_tie_break_that_cannot_decide_leaves_the_strictest(found, opinions):
    policy = replace(WEIGHTED, tie_break="majority")
    claim = one(opinions(found("a high 0.5"), found("b low 0.5")), policy)
    assert (claim.finding.severity, claim.negotiation.stalemate) == (Severity.HIGH, True)


def test_the_policys_weight_wins_over_the_specialists_own(found, opinions):
    pair = opinions(found("a high 0.5"), found("b low 0.5"))
    assert one(pair, replace(WEIGHTED, weights={"b": 9}), {"a": 5}).finding.severity is Severity.LOW
    assert one(pair, WEIGHTED, {"a": 5}).finding.severity is Severity.HIGH


def test_the_tools_of_one_specialist_share_its_weight(found, opinions):
    trio = opinions(found("a/x high 0.6"), found("a/y high 0.6"), found("b/z low 0.8"))
    assert one(trio).finding.severity is Severity.LOW


def test_a_tool_that_says_two_things_is_taken_at_the_stricter(found, opinions):
    pair = opinions(found("a/x low 0.9", tool_rule="r1"), found("a/x high 0.1", tool_rule="r2"))
    claim = one(pair)
    assert (claim.negotiation, len(claim.findings)) == (None, 2)
    assert claim.finding.severity is Severity.HIGH


def test_of_two_equally_strict_words_of_a_tool_the_surer_counts(found, opinions):
    pair = found("a/x high 0.2", tool_rule="r1"), found("a/x high 0.8", tool_rule="r2")
    (stance, _) = one(opinions(*pair, found("b low 0.1"))).negotiation.stances
    assert stance.confidence == 0.8


def test_what_a_failed_specialist_found_counts(found):
    broken = Failed("a", FailureKind.TIMEOUT, "60 s", findings=(found("a high 0.9"),))
    claim = one([broken, Skipped("z", "no tool"), Opinion("b", (found("b low 0.1"),))])
    assert claim.said_by == ("a", "b")


def test_the_same_outcome_twice_counts_once(found, opinions):
    said = opinions(found("a high 0.9"), found("b low 0.2"))
    assert negotiate(said * 2, WEIGHTED, {}) == negotiate(said, WEIGHTED, {})


def test_the_rule_of_the_family_picks_the_strategy(found, opinions):
    policy = replace(WEIGHTED, rules=(Terms("sql", ("strictest",), families=("*-sql",)),))
    pair = opinions(found("a high 0.1"), found("b low 0.9"))
    assert one(pair, policy).negotiation.strategy == "strictest"
    assert one(pair).negotiation.strategy == "weighted"


def test_the_words_are_those_of_the_surest_that_gave_the_settled_severity(found, opinions):
    claim = one(
        opinions(
            found("a/x high 0.5", message="unsure"),
            found("b/y high 0.9", message="sure", rule="sql-injection"),
            found("c/z low 1", message="wrong"),
        )
    )
    finding = claim.finding
    assert (finding.message, finding.rule, finding.by, finding.tool) == (
        "sure",
        "sql-injection",
        "b",
        "y",
    )


def test_a_message_is_better_than_none(found, opinions):
    claim = one(opinions(found("a high 0.9", message=""), found("b high 0.9", message="Why.")))
    assert claim.finding.message == "Why."


def test_the_place_is_the_most_precise_whoever_is_surest(found, opinions):
    wide = found("a high 0.9", line=2, end_line=6)
    narrow = found("b high 0.1", line=4)
    columns = found(
        "c high 0.1", location=Location("app.py", 4, 4, start_column=5, end_column=9), code="col"
    )
    finding = one(opinions(wide, narrow, columns)).finding
    assert finding.location == columns.location
    assert (finding.code, finding.fingerprint) == ("col", columns.fingerprint)


def test_fewer_columns_are_more_precise_on_one_line(found, opinions):
    spans = [("a", 3, 3, 1, 40), ("b", 3, 3, 9, 14), ("c", 3, 3, 20, 0), ("d", 3, 4, 30, 2)]
    said = [
        found(f"{by} high 0.9", location=Location("app.py", *at)) for by, *at in spans_of(spans)
    ]
    assert one(opinions(*said)).finding.location == said[1].location


def spans_of(spans):
    """(who, start line, end line, start column, end column) in the order of Location's fields."""
    return [(by, start, end, Side.NEW, column, last) for by, start, end, column, last in spans]


def test_a_place_that_the_change_adds_is_preferred(found, opinions):
    near = found("a high 0.9", line=2, end_line=6)
    far = found("b high 0.9", line=4, placement=Placement.CONTEXT)
    finding = one(opinions(near, far)).finding
    assert (finding.location, finding.placement) == (near.location, Placement.ADDED)


def test_a_tool_that_changes_its_mind_makes_no_other_finding(found, opinions):
    narrow = found("b low 0.1", line=4, family="sql", cwe=(89,))
    before = one(opinions(found("a high 0.9", line=4, cwe=(89,)), narrow))
    after = one(opinions(found("a low 0.2", line=4, cwe=(89,), message="New."), narrow))
    assert before.finding.fingerprint == after.finding.fingerprint


def test_cwes_are_united_and_advice_is_not_lost(found, opinions):
    suggestion = Suggestion("old", "new")
    pair = opinions(
        found("a high 0.9", cwe=(564, 89)),
        found(
            "b high 0.1", cwe=(89,), fix="Use parameters.", url="https://x", suggestion=suggestion
        ),
    )
    finding = one(pair).finding
    assert (finding.cwe, finding.fix, finding.url) == ((89, 564), "Use parameters.", "https://x")
    assert finding.suggestion == suggestion


def test_a_suggestion_for_other_lines_is_not_offered(found, opinions):
    wide = found("a high 0.9", line=2, end_line=6, suggestion=Suggestion("five lines", "one"))
    assert one(opinions(wide, found("b high 0.1", line=4))).finding.suggestion is None


def test_distinct_specialists_that_agree_are_surer_together(found, opinions):
    assert one(opinions(found("a high 0.6"), found("b high 0.7"))).finding.confidence == 0.88


def test_tools_of_one_specialist_are_as_sure_as_the_surest(found, opinions):
    assert one(opinions(found("a/x high 0.6"), found("a/y high 0.7"))).finding.confidence == 0.7


def test_agreement_alone_is_never_certain(found, opinions):
    crowd = [found(f"s{n} high 0.95") for n in range(9)]
    assert one(opinions(*crowd)).finding.confidence == 0.99
    assert one(opinions(*crowd, found("z high 1"))).finding.confidence == 1.0

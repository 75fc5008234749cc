"""What a debate may change: a tool's finding is raised or stands, whatever was argued."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.config.data import data_dir
from synapse_bot.domain.debate import Argument, Debate
from synapse_bot.domain.finding import Finding, Location
from synapse_bot.domain.negotiation import Claim
from synapse_bot.domain.opinion import Opinion, remarks_on
from synapse_bot.domain.remark import Position, Remark
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.conclusion import Bench, concluded, not_held
from synapse_bot.negotiation.conflicts import dispute_of
from synapse_bot.negotiation.load import load_policies
from synapse_bot.negotiation.settle import negotiate

MODELS = frozenset({"correctness", "security-llm"})
DOMAINS = {
    "security": "security",
    "bugs": "correctness",
    "spelling": "style",
    "correctness": "correctness",
    "security-llm": "security",
}
BENCH = Bench(load_policies(data_dir("rules") / "negotiation.yaml"), {}, DOMAINS, MODELS)
SAID = (Argument("a", "b", Severity.HIGH, "So."),)


@pytest.fixture(scope="module")
def disputed(found: Callable[..., Finding], opinions: Callable[..., list[Opinion]]) -> Any:
    """(the claim as it was negotiated, its dispute); ``refuted_by`` "specialist model" refutes."""

    def make(*said: str, refuted_by: str = "", **fields: Any) -> tuple[Claim, Any]:
        findings = [found(one, **fields) for one in said]
        (claim,) = negotiate(opinions(*findings), BENCH.policy, {}, MODELS)
        remarks = []
        if refuted_by:
            by, model = refuted_by.split()
            on = findings[0]
            remarks = [
                Remark(
                    by,
                    model,
                    on.by,
                    on.fingerprint,
                    Position.REFUTE,
                    Severity.INFO,
                    "No.",
                    Location("app.py", 3, 3),
                )
            ]
        outcomes = [Opinion("x", remarks=tuple(remarks))]
        return claim, dispute_of(claim, remarks_on(outcomes), MODELS)

    return make


def _ruled(position: str) -> Debate:
    if position == "undecided":
        return Debate(SAID, "weighted", why="as many as against")
    refuted = position == "none"
    severity = None if refuted else Severity.parse(position)
    return Debate(SAID, "weighted", severity, refuted, "numbers", 0.5)


# said, type by who says it, ruling, severity, asked
CASES = [
    # A tool's finding that a model takes for less
    ("security/s high 0.9, correctness/p/m info 0.8", "high", "high", False),
    ("security/s high 0.9, correctness/p/m info 0.8", "info", "high", True),
    ("security/s high 0.9, correctness/p/m info 0.8", "none", "high", True),
    ("security/s high 0.9, correctness/p/m info 0.8", "undecided", "high", True),
    ("bugs/s medium 0.9, correctness/p/m info 0.8", "none", "medium", False),
    ("bugs/s medium 0.9, correctness/p/m info 0.8", "undecided", "medium", False),
    ("spelling/s high 0.9, correctness/p/m info 0.8", "none", "high", True),
    # ... and one that a model takes for more
    ("security/s low 0.9, correctness/p/m critical 0.8", "critical", "critical", False),
    ("security/s low 0.9, correctness/p/m critical 0.8", "low", "low", False),
    ("security/s low 0.9, correctness/p/m critical 0.8", "none", "low", True),
    ("security/s low 0.9, correctness/p/m critical 0.8", "undecided", "critical", True),
    # Models among themselves
    ("correctness/p/m high 0.8, security-llm/q/n info 0.8", "high", "high", False),
    ("correctness/p/m high 0.8, security-llm/q/n info 0.8", "info", "info", False),
    ("correctness/p/m high 0.8, security-llm/q/n info 0.8", "none", "info", False),
    ("correctness/p/m high 0.8, security-llm/q/n info 0.8", "undecided", "high", True),
]


@pytest.mark.parametrize(("said", "ruling", "severity", "asked"), CASES)
def test_golden_conclusion(
    disputed: Any, said: str, ruling: str, severity: str, asked: bool
) -> None:
    _, dispute = disputed(*said.split(", "))
    claim = concluded(dispute, _ruled(ruling), BENCH)
    assert (str(claim.finding.severity), bool(claim.escalation)) == (severity, asked)
    assert claim.negotiation is not None
    assert claim.negotiation.severity is claim.finding.severity
    assert claim.negotiation.debate == _ruled(ruling)


def test_a_dispute_about_taste_among_models_dies_at_its_lowest_and_nobody_is_asked(
    disputed: Any,
) -> None:
    bench = Bench(BENCH.policy, {}, dict.fromkeys(MODELS, "style"), MODELS)
    _, dispute = disputed("correctness/p/m high 0.8", "security-llm/q/n low 0.8")
    claim = concluded(dispute, _ruled("undecided"), bench)
    assert (claim.finding.severity, claim.escalation) == (Severity.LOW, None)


def test_a_dispute_about_taste_never_goes_below_what_a_tool_said(disputed: Any) -> None:
    bench = Bench(BENCH.policy, {}, dict.fromkeys([*MODELS, "spelling"], "style"), MODELS)
    _, dispute = disputed("spelling/s high 0.9", "correctness/p/m info 0.8")
    claim = concluded(dispute, _ruled("undecided"), bench)
    assert (claim.finding.severity, claim.escalation) == (Severity.HIGH, None)


def test_a_refuted_secret_is_asked_about_however_mild(disputed: Any) -> None:
    _, dispute = disputed("security/s info 0.9", refuted_by="security-llm p/m", cwe=(798,))
    assert concluded(dispute, _ruled("none"), BENCH).escalation is not None
    assert concluded(dispute, _ruled("info"), BENCH).escalation is None


def test_a_refutation_of_a_tools_finding_is_a_question_and_not_an_answer(disputed: Any) -> None:
    before, dispute = disputed("security/semgrep high 0.9", refuted_by="security-llm p/m")
    assert before.negotiation is None
    claim = concluded(dispute, _ruled("none"), BENCH)
    assert claim.finding == before.finding
    assert claim.escalation is not None
    assert claim.escalation.question == (
        "Is injection-sql at app.py:3 high, or does it not stand? "
        "security/semgrep says high, security-llm/p/m says that it does not stand."
    )
    assert "what tools found is not lowered by a debate" in claim.escalation.reason
    assert claim.negotiation is not None
    assert claim.negotiation.strategy == "debate"


def test_a_question_of_tools_among_themselves_outlasts_a_debate(disputed: Any) -> None:
    tools = ("security/a high 0.5", "bugs/b low 0.5")
    alone, _ = disputed(*tools, cwe=(89,))
    assert alone.escalation is not None
    _, dispute = disputed(*tools, "correctness/p/m critical 0.8", cwe=(89,))
    assert concluded(dispute, _ruled("critical"), BENCH).escalation is not None


def test_a_debate_that_is_not_held_changes_nothing_and_says_why(disputed: Any) -> None:
    for said in (
        ("security/s high 0.9", "correctness/p/m info 0.8"),
        ("security/s high 0.9", "correctness/p/m high 0.8"),
    ):
        before, dispute = disputed(*said, refuted_by="security-llm q/n")
        after = not_held(dispute, "no time", BENCH)
        assert (after.finding, after.escalation) == (before.finding, before.escalation)
        assert after.negotiation is not None
        assert after.negotiation.debate == Debate((), why="no time")


SEVERITIES = [str(severity) for severity in Severity]
VOICES = st.lists(
    st.tuples(
        st.sampled_from(
            ["security/s", "bugs/b", "spelling/t", "correctness/p/m", "security-llm/q"]
        ),
        st.sampled_from(SEVERITIES),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda said: said[0],
)


@given(
    said=VOICES,
    refuted=st.booleans(),
    ruling=st.sampled_from([*SEVERITIES, "none", "undecided"]),
    cwe=st.sampled_from([(), (89,), (798,)]),
)
@settings(max_examples=300, deadline=None)
def test_what_tools_found_is_never_lowered_nor_is_their_question_withdrawn(
    disputed: Any,
    said: list[tuple[str, str]],
    refuted: bool,
    ruling: str,
    cwe: tuple[int, ...],
) -> None:
    told = [f"{who} {severity} 0.5" for who, severity in said]
    _, dispute = disputed(*told, refuted_by="security-llm q" if refuted else "", cwe=cwe)
    if dispute is None or not dispute.sides:
        return
    claim = concluded(dispute, _ruled(ruling), BENCH)
    assert claim.findings == dispute.claim.findings
    tools = [one for one in told if one.split("/")[0] not in MODELS]
    if tools:
        alone, _ = disputed(*tools, cwe=cwe)
        assert claim.finding.severity >= alone.finding.severity
        assert claim.escalation or not alone.escalation

"""A model may add a claim and raise a severity. It takes nothing away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.domain.negotiation import Claim
from synapse_bot.negotiation.load import load_policies
from synapse_bot.negotiation.settle import negotiate

SEVERITIES = ("info", "low", "medium", "high", "critical")
FAMILIES = ("injection-sql", "injection-command", "off-by-one")
SURE = (0.1, 0.5, 0.9)
CWES = ((89,), (78,), (89, 78), ())


def _policy() -> Any:
    from synapse_bot.config.data import data_dir

    return load_policies(data_dir("rules") / "negotiation.yaml", None, "x", None)


POLICY = _policy()


@st.composite
def _said(draw: st.DrawFn, by: str) -> dict[str, Any]:
    line = draw(st.integers(1, 6))
    return {
        "said": f"{by} {draw(st.sampled_from(SEVERITIES))} {draw(st.sampled_from(SURE))}",
        "line": line,
        "end_line": line + draw(st.integers(0, 3)),
        "family": draw(st.sampled_from(FAMILIES)),
        "cwe": draw(st.sampled_from(CWES)),
    }


TOOLS = st.lists(st.one_of(_said("bandit/a"), _said("semgrep/b")), max_size=6)
MODELS = st.lists(st.one_of(_said("correctness/m"), _said("security-llm/m")), max_size=6)


def _identity(claim: Claim) -> tuple[Any, ...]:
    finding = claim.finding
    return finding.fingerprint, finding.location, finding.rule, finding.by, finding.message


@given(tools=TOOLS, models=MODELS)
@settings(max_examples=300, deadline=None)
def test_every_claim_of_the_tools_stands_whatever_models_say(
    found: Callable[..., Any],
    opinions: Callable[..., Any],
    tools: list[dict[str, Any]],
    models: list[dict[str, Any]],
) -> None:
    sure = [found(**said) for said in tools]
    told = [found(**said) for said in models]
    ids = {"correctness", "security-llm"}
    without = negotiate(opinions(*sure), POLICY, {}, ids)
    beside = negotiate(opinions(*sure, *told), POLICY, {}, ids)
    by_identity = {_identity(claim): claim for claim in beside}
    for claim in without:
        now = by_identity[_identity(claim)]
        assert now.finding.severity >= claim.finding.severity
        assert now.finding.confidence >= claim.finding.confidence
        assert set(claim.findings) <= set(now.findings)
        assert now.escalation or not claim.escalation


@given(tools=TOOLS, models=MODELS)
@settings(max_examples=100, deadline=None)
def test_nothing_that_a_model_says_is_lost_either(
    found: Callable[..., Any],
    opinions: Callable[..., Any],
    tools: list[dict[str, Any]],
    models: list[dict[str, Any]],
) -> None:
    everything = {found(**said) for said in (*tools, *models)}
    claims = negotiate(opinions(*everything), POLICY, {}, {"correctness", "security-llm"})
    told = [finding for claim in claims for finding in claim.findings]
    assert sorted(map(repr, told)) == sorted(map(repr, everything))


def test_a_model_that_says_less_is_on_record_and_lowers_nothing(
    found: Callable[..., Any], opinions: Callable[..., Any]
) -> None:
    tool = found("bandit/a high 0.3", cwe=(89,))
    model = found("security-llm/m info 0.9", cwe=(89,))
    (claim,) = negotiate(opinions(tool, model), POLICY, {}, {"security-llm"})
    assert str(claim.finding.severity) == "high"
    assert claim.negotiation is not None
    assert "not lowered by a model" in claim.negotiation.why
    assert claim.said_by == ("bandit", "security-llm")


def test_a_model_cannot_join_two_claims_of_tools(
    found: Callable[..., Any], opinions: Callable[..., Any]
) -> None:
    first = found("bandit/a high 0.9", line=1, family="injection-sql", cwe=(89,))
    second = found("semgrep/b high 0.9", line=3, family="injection-command", cwe=(78,))
    bridge = found("security-llm/m low 0.9", line=1, end_line=3, family="x", cwe=(78, 89))
    claims = negotiate(opinions(first, second, bridge), POLICY, {}, {"security-llm"})
    assert {claim.finding.fingerprint for claim in claims} == {
        first.fingerprint,
        second.fingerprint,
    }

"""Each strategy alone: a pure function of the stances."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from synapse_bot.config.document import read_document
from synapse_bot.domain.negotiation import Stance
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.policy import NegotiationPolicy, load_policy
from synapse_bot.negotiation.settle import negotiate
from synapse_bot.negotiation.strategies import STRATEGIES
from synapse_bot.negotiation.strictest import strictest

ROOT = Path(__file__).parents[2]
THREE = (
    Stance("a", Severity.LOW, 0.3, 1.0),
    Stance("b", Severity.HIGH, 0.2, 2.0),
    Stance("c", Severity.LOW, 0.25, 1.0),
)


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_one_stance_alone_is_decided_without_a_doubt(name):
    decision = STRATEGIES[name]((Stance("a", Severity.LOW, 0.1),), 1.0)
    assert (decision.severity, decision.margin) == (Severity.LOW, 1.0)


@pytest.mark.parametrize("name", sorted(STRATEGIES))
@pytest.mark.parametrize("margin", [0.0, 0.1, 0.9])
def test_the_order_of_the_stances_leaves_no_trace(name, margin):
    decisions = {STRATEGIES[name](order, margin) for order in itertools.permutations(THREE)}
    assert len(decisions) == 1


@pytest.mark.parametrize(
    ("name", "severity", "margin", "why"),
    [
        ("strictest", Severity.HIGH, 1.0, "the strictest of high, low"),
        ("weighted", Severity.LOW, 0.157895, "weight x confidence: high 0.40, low 0.55"),
        ("majority", Severity.LOW, 0.333333, "votes: high 1, low 2"),
    ],
)
def test_a_decision_says_how_clear_it_is_and_why(name, severity, margin, why):
    decision = STRATEGIES[name](THREE, 0.0)
    assert (decision.severity, decision.margin, decision.why) == (severity, margin, why)


def test_a_margin_that_is_met_exactly_decides_in_spite_of_floating_point():
    # 0.3 - 0.2 is 0.09999999999999998
    pair = (Stance("a", Severity.LOW, 0.3, 2), Stance("b", Severity.HIGH, 0.2, 2))
    assert STRATEGIES["weighted"](pair, 0.2).severity is Severity.LOW
    pair = (Stance("a", Severity.LOW, 0.55), Stance("b", Severity.HIGH, 0.45))
    assert STRATEGIES["weighted"](pair, 0.1).severity is Severity.LOW


def test_strictest_needs_no_margin():
    assert strictest(THREE) == strictest(THREE, 1.0)


def test_the_default_policy_is_the_strictest_for_everything():
    policy = NegotiationPolicy()
    assert policy.terms({"x"}, {89}).strategies == ("strictest",)
    assert (policy.tie_break, policy.max_lines, policy.default.margin) == ("strictest", 20, 0.0)


def test_the_example_of_the_documentation_is_what_happens(found, opinions):
    page = " ".join((ROOT / "docs" / "negotiation.md").read_text().replace("\n> ", " ").split())
    policy = load_policy(read_document(ROOT / "rules" / "negotiation.yaml"))
    where = {"path": "app/db.py", "line": 12, "rule": "sql-injection", "cwe": (89,)}
    bandit = found("python-security/bandit medium 0.7", **where)
    ruff = found("python-security/ruff high 0.6", **where)
    semgrep = found("security/semgrep high 0.9", **where)
    (claim,) = negotiate(opinions(bandit, ruff, semgrep), policy, {})
    record = claim.negotiation
    assert (record.severity, claim.finding.confidence) == (Severity.HIGH, 0.97)
    assert record.why.partition(" (")[0] in page
    assert f'"margin": {record.margin}' in page
    (claim,) = negotiate(opinions(bandit, ruff), policy, {})
    assert claim.escalation.question in page

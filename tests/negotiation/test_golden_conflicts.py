"""Fixture conflicts: who says what, by which strategies, and what comes out."""

from __future__ import annotations

import pytest

from synapse_bot.negotiation.policy import NegotiationPolicy, Terms
from synapse_bot.negotiation.settle import negotiate

# (strategies @ margin, stances "specialist[/tool][*weight] severity confidence", severity; "?" at
# the end where a person is asked)
GOLDEN = [
    # strictest: the highest, whoever says it, however unsure, however light
    ("strictest @ 0", "a low 0.9, b high 0.1", "high"),
    ("strictest @ 0", "a info 1, b critical 0", "critical"),
    ("strictest @ 0", "a low 1, b low 1, c medium 0.2", "medium"),
    ("strictest @ 0", "a*0 high 0.9, b low 0.9", "high"),
    ("strictest @ 1", "a medium 0.5, b high 0.5", "high"),
    ("strictest @ 0", "a/x low 0.9, a/y high 0.3", "high"),
    (
        "strictest @ 0",
        "a info 0.5, b low 0.5, c medium 0.5, d high 0.5, e critical 0.5",
        "critical",
    ),
    ("strictest @ 0.9", "a/x info 0.9, b/x low 0.9", "low"),
    # weighted: weight x confidence
    ("weighted @ 0", "a high 0.9, b low 0.6", "high"),
    ("weighted @ 0", "a high 0.6, b low 0.9", "low"),
    ("weighted @ 0", "a high 0.6, b low 0.4, c low 0.3", "low"),
    ("weighted @ 0", "a high 0.8, b low 0.4, c low 0.3", "high"),
    ("weighted @ 0", "a*2 high 0.5, b low 0.9", "high"),
    ("weighted @ 0", "a*0.5 high 0.9, b low 0.5", "low"),
    ("weighted @ 0", "a*0 critical 1, b low 0.1", "low"),
    ("weighted @ 0", "a critical 0, b low 0.1", "low"),
    ("weighted @ 0", "a high 0.5, b medium 0.5", "high?"),
    ("weighted @ 0", "a*0 high 0.9, b*0 low 0.9", "high?"),
    ("weighted @ 0", "a high 0, b low 0", "high?"),
    ("weighted @ 0.1", "a high 0.55, b low 0.45", "high"),
    ("weighted @ 0.1", "a low 0.55, b high 0.45", "low"),
    ("weighted @ 0.1", "a low 0.54, b high 0.46", "high?"),
    ("weighted @ 0.1", "a high 0.54, b low 0.46", "high?"),
    ("weighted @ 0.2", "a medium 0.7, b low 0.5, c high 0.4", "high?"),
    ("weighted @ 0.1", "a medium 0.7, b low 0.5, c high 0.4", "medium"),
    ("weighted @ 1", "a high 1, b low 0.01", "high?"),
    ("weighted @ 1", "a high 1, b low 0", "high"),
    ("weighted @ 0.05", "a info 0.9, b critical 0.5", "info"),
    ("weighted @ 0.3", "a info 0.9, b critical 0.5", "critical?"),
    ("weighted @ 0", "a/x high 0.9, a/y low 0.8", "high"),
    ("weighted @ 0", "a/x high 0.9, a/y high 0.9, b low 0.95", "low"),
    ("weighted @ 0", "a/x high 0.9, a/y low 0.9, b low 0.1", "low"),
    ("weighted @ 0", "a*4/x high 0.5, a*4/y high 0.5, b*3 low 0.5", "high"),
    ("weighted @ 0", "a high 0.3, b low 0.1, c low 0.1, d low 0.1", "high?"),
    # majority: a vote for each specialist
    ("majority @ 0", "a high 0.1, b high 0.1, c low 1", "high"),
    ("majority @ 0", "a high 1, b low 0.1, c low 0.1", "low"),
    ("majority @ 0", "a*10 high 1, b low 0.1, c low 0.1", "low"),
    ("majority @ 0", "a high 1, b low 0.1", "high?"),
    ("majority @ 0", "a high 1, b medium 1, c low 1", "high?"),
    ("majority @ 0", "a high 1, b low 1, c high 1, d low 1", "high?"),
    ("majority @ 0.34", "a low 1, b low 1, c high 1", "high?"),
    ("majority @ 0.33", "a low 1, b low 1, c high 1", "low"),
    ("majority @ 0.5", "a low 1, b low 1, c low 1, d high 1", "low"),
    ("majority @ 0", "a low 1, b low 1, c medium 1, d high 1", "low"),
    ("majority @ 0", "a/x low 1, a/y low 1, b high 0.2", "high?"),
    ("majority @ 0", "a/x low 1, a/y high 0.2", "high"),
    ("majority @ 0", "a/x low 1, a/y high 0.2, b low 1, c low 1", "low"),
    ("majority @ 0", "a/x low 1, a/y high 0.2, b low 1", "high?"),
    # in order: the first that decides
    ("majority weighted @ 0.1", "a high 0.9, b low 0.2", "high"),
    ("majority weighted @ 0.1", "a high 0.2, b low 0.9", "low"),
    ("majority weighted @ 0.1", "a high 0.9, b low 0.1, c low 0.1", "low"),
    ("majority weighted @ 0.1", "a high 0.5, b low 0.5", "high?"),
    ("weighted majority @ 0.1", "a high 0.5, b low 0.3, c low 0.2", "low"),
    ("weighted strictest @ 0.1", "a high 0.5, b low 0.5", "high"),
]


def test_there_are_fifty_fixture_conflicts():
    assert len({case[:2] for case in GOLDEN}) == len(GOLDEN) >= 50


@pytest.mark.parametrize(("how", "said", "expected"), GOLDEN)
def test_golden_conflict(found, opinions, how, said, expected):
    strategies, margin = how.split(" @ ")
    findings, weights = [], {}
    for stance in said.split(", "):
        who, rest = stance.split(" ", 1)
        name, _, tool = who.partition("/")
        by, _, weight = name.partition("*")
        weights[by] = float(weight or 1)
        findings.append(found(f"{by}/{tool} {rest}"))
    policy = NegotiationPolicy(default=Terms("t", tuple(strategies.split()), float(margin)))
    (claim,) = negotiate(opinions(*findings), policy, weights)
    asked = "?" if claim.escalation else ""
    assert f"{claim.finding.severity}{asked}" == expected
    assert claim.negotiation is not None
    assert claim.negotiation.stalemate == bool(asked)
    assert claim.negotiation.severity is claim.finding.severity

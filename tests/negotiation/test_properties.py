"""What holds for any findings in any order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.domain.finding import Finding, Location, Placement
from synapse_bot.domain.fingerprint import fingerprint
from synapse_bot.domain.opinion import Opinion
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.cluster import canonical, cluster
from synapse_bot.negotiation.policy import NegotiationPolicy, Terms
from synapse_bot.negotiation.settle import negotiate, worst_first
from synapse_bot.negotiation.strategies import STRATEGIES

TERMS = st.builds(
    Terms,
    st.just("t"),
    st.lists(st.sampled_from(sorted(STRATEGIES)), min_size=1, max_size=3).map(tuple),
    st.sampled_from([0.0, 0.1, 0.5, 1.0]),
)
POLICIES = st.builds(
    NegotiationPolicy,
    default=TERMS,
    tie_break=st.sampled_from(sorted(STRATEGIES)),
    weights=st.dictionaries(st.sampled_from("abc"), st.sampled_from([0.0, 0.5, 1.0, 3.0])),
    max_lines=st.integers(1, 6),
)


PATHS = st.sampled_from(["p.py", "q.py"])


@st.composite
def findings(draw, path=PATHS):
    """Few specialists, lines, families and CWEs, so that much collides."""
    family = draw(st.sampled_from(["eval", "sql", "shell"]))
    where, line = draw(path), draw(st.integers(1, 6))
    end_line = line + draw(st.integers(0, 7))
    code = f"{line}-{end_line}"
    return Finding(
        rule=family,
        message=draw(st.sampled_from(["", "m", "n"])),
        location=Location(where, line, end_line, start_column=draw(st.integers(0, 2))),
        severity=draw(st.sampled_from(list(Severity))),
        confidence=draw(st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0])),
        by=draw(st.sampled_from("abc")),
        family=family,
        cwe=draw(st.sampled_from([(), (78,), (89,), (78, 95)])),
        tool=draw(st.sampled_from(["x", "y"])),
        code=code,
        fingerprint=draw(st.sampled_from(["", fingerprint(family, where, code)])),
        placement=draw(st.sampled_from(list(Placement))),
    )


MANY = st.lists(findings(), max_size=12)


def negotiated(said, policy, weights=None):
    return negotiate([Opinion(f.by, (f,)) for f in said], policy, weights or {})


@settings(max_examples=150)
@given(MANY, POLICIES, st.randoms())
def test_the_order_of_arrival_leaves_no_trace(said, policy, random):
    shuffled = said.copy()
    random.shuffle(shuffled)
    assert repr(negotiated(shuffled, policy)) == repr(negotiated(said, policy))


@settings(max_examples=150)
@given(MANY, st.integers(1, 8))
def test_clusters_are_a_partition(said, max_lines):
    groups = cluster(said, max_lines)
    assert Counter(f for group in groups for f in group) == Counter(said)
    assert all(groups)
    assert all(list(group) == sorted(group, key=canonical) for group in groups)


@settings(max_examples=150)
@given(MANY, POLICIES)
def test_no_two_claims_share_a_fingerprint(said, policy):
    names = [c.finding.fingerprint for c in negotiated(said, policy) if c.finding.fingerprint]
    assert len(names) == len(set(names))


@settings(max_examples=100)
@given(MANY, POLICIES, st.lists(findings(st.just("other.py")), max_size=6))
def test_findings_of_another_file_change_nothing(said, policy, others):
    mixed = negotiated(said + others, policy)
    assert tuple(c for c in mixed if c.finding.location.path != "other.py") == negotiated(
        said, policy
    )


@settings(max_examples=150)
@given(MANY, POLICIES)
def test_the_settled_severity_is_one_of_the_stances(said, policy):
    for claim in negotiated(said, policy):
        given_ = {finding.severity for finding in claim.findings}
        assert claim.finding.severity in given_
        if claim.negotiation:
            assert len({stance.severity for stance in claim.negotiation.stances}) > 1
            assert claim.negotiation.severity is claim.finding.severity
        assert (claim.escalation is not None) == bool(
            claim.negotiation and claim.negotiation.stalemate
        )


@settings(max_examples=100)
@given(MANY)
def test_strictest_is_the_maximum(said):
    for claim in negotiated(said, NegotiationPolicy()):
        assert claim.finding.severity is max(f.severity for f in claim.findings)
        assert claim.escalation is None


@settings(max_examples=100)
@given(MANY, POLICIES)
def test_what_is_settled_stays_settled(said, policy):
    once = [claim.finding for claim in negotiated(said, policy)]
    for finding in once:
        (again,) = negotiated([finding], policy)
        assert again.finding == finding
        assert again.negotiation is None


@settings(max_examples=100)
@given(MANY, POLICIES)
def test_claims_come_worst_first(said, policy):
    claims = negotiated(said, policy)
    keys = [
        (-f.severity, -f.confidence, f.location.path, f.location.start_line, f.fingerprint)
        for f in (claim.finding for claim in claims)
    ]
    assert keys == sorted(keys)
    assert len({worst_first(claim) for claim in claims}) == len(claims)


@settings(max_examples=100)
@given(MANY)
def test_one_specialist_keeps_its_families_apart(said):
    named = [replace(f, fingerprint="") for f in said]
    for group in cluster(named):
        for by in "abc":
            assert len({f.family for f in group if f.by == by}) <= 1


@settings(max_examples=100)
@given(MANY, POLICIES, st.sampled_from([0.25, 2.0, 8.0]))
def test_only_the_ratio_of_weights_matters(said, policy, factor):
    scaled = replace(policy, weights={by: w * factor for by, w in policy.weights.items()})
    plain = negotiated(said, policy, dict.fromkeys("abc", 1.0))
    other = negotiated(said, scaled, dict.fromkeys("abc", factor))
    assert [c.finding for c in plain] == [c.finding for c in other]


@settings(max_examples=100)
@given(MANY, POLICIES)
def test_confidence_is_at_least_the_surest_and_a_probability(said, policy):
    for claim in negotiated(said, policy):
        surest = max(f.confidence for f in claim.findings)
        assert surest <= claim.finding.confidence <= 1

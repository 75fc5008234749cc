"""Outcomes -> claims: cluster, settle every conflict, consolidate. Pure, and blind to order."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.domain.negotiation import Claim, Escalation, Negotiation, Stance
from synapse_bot.domain.opinion import Skipped
from synapse_bot.negotiation.cluster import Cluster, canonical, cluster
from synapse_bot.negotiation.consolidate import combined_confidence, consolidate
from synapse_bot.negotiation.persuadable import attach
from synapse_bot.negotiation.strategies import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.negotiation.policy import NegotiationPolicy, Terms


def negotiate(
    outcomes: Iterable[Outcome],
    policy: NegotiationPolicy,
    weights: Mapping[str, float],
    persuadable: Collection[str] = (),
) -> tuple[Claim, ...]:
    """The claims of ``outcomes``, worst first.

    ``weights`` are the specialists' own, by id; those of the policy win, and 1.0 serves the rest.
    The same outcome twice counts once. What a Failed specialist did find counts. ``persuadable``
    are the ids of models: their words add claims and raise severities, and take nothing away.
    """
    said = {f for o in outcomes if not isinstance(o, Skipped) for f in o.findings}
    effective = {**weights, **policy.weights}
    models = {finding for finding in said if finding.by in persuadable}
    clusters = cluster(said - models, policy.max_lines)
    joined, alone = attach(clusters, models, policy.max_lines)
    claims = [
        annotated(settle(members, policy, effective), joined.get(index, ()), policy, effective)
        for index, members in enumerate(clusters)
    ]
    claims += [settle(members, policy, effective) for members in cluster(alone, policy.max_lines)]
    return tuple(sorted(claims, key=worst_first))


def annotated(
    claim: Claim, voices: Cluster, policy: NegotiationPolicy, weights: Mapping[str, float]
) -> Claim:
    """``claim`` with what models say of it: at least as severe and as sure as it was."""
    if not voices:
        return claim
    findings = tuple(sorted((*claim.findings, *voices), key=canonical))
    both = settle(findings, policy, weights)
    severity = max(claim.finding.severity, both.finding.severity)
    finding = replace(
        claim.finding,
        severity=severity,
        confidence=max(claim.finding.confidence, combined_confidence(findings)),
    )
    negotiation = both.negotiation
    if negotiation and negotiation.severity < severity:
        kept = f"{negotiation.why}; what tools found is not lowered by a model"
        negotiation = replace(negotiation, severity=severity, why=kept)
    return Claim(finding, findings, negotiation, both.escalation or claim.escalation)


def settle(findings: Cluster, policy: NegotiationPolicy, weights: Mapping[str, float]) -> Claim:
    """``findings`` of one claim, in canonical order, as one Claim with one severity."""
    stances = stances_of(findings, weights)
    given = {stance.severity for stance in stances}
    if len(given) == 1:
        return Claim(consolidate(findings, given.pop()), findings)
    terms = policy.terms({f.family for f in findings}, {cwe for f in findings for cwe in f.cwe})
    negotiation = _negotiation(stances, terms, policy.tie_break)
    finding = consolidate(findings, negotiation.severity)
    escalation = _escalation(finding, negotiation) if negotiation.stalemate else None
    return Claim(finding, findings, negotiation, escalation)


def worst_first(claim: Claim) -> tuple[Hashable, ...]:
    """Severity, confidence, path, line, fingerprint; then all the rest, so no two are equal."""
    finding = claim.finding
    return (
        (-finding.severity, -finding.confidence),
        (finding.location.path, finding.location.start_line, finding.fingerprint),
        canonical(finding),
    )


def stances_of(findings: Sequence[Finding], weights: Mapping[str, float]) -> tuple[Stance, ...]:
    """One stance a tool of a specialist: the strictest, then the surest, of what it said.

    The tools of one specialist share its weight, so that it does not speak louder for running
    two.
    """
    said: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        said[finding.by, finding.tool].append(finding)
    tools = Counter(by for by, _ in said)
    stances = []
    for (by, tool), own in sorted(said.items()):
        first = min(own, key=lambda f: (-f.severity, -f.confidence, f.rule))
        weight = weights.get(by, 1.0) / tools[by]
        stances.append(Stance(by, first.severity, first.confidence, weight, first.rule, tool))
    return tuple(stances)


def _negotiation(stances: tuple[Stance, ...], terms: Terms, tie_break: str) -> Negotiation:
    tried: list[str] = []
    margin = 0.0
    for name in terms.strategies:
        decision = STRATEGIES[name](stances, terms.margin)
        tried.append(decision.why)
        margin = decision.margin
        if decision.severity is not None:
            return Negotiation(stances, name, decision.severity, _why(terms, tried), margin)
    held = STRATEGIES[tie_break](stances, 0.0).severity or max(s.severity for s in stances)
    tried.append(f"no lead of {terms.margin:g}, so {tie_break} holds")
    return Negotiation(
        stances, terms.strategies[-1], held, _why(terms, tried), margin, stalemate=True
    )


def _why(terms: Terms, tried: Sequence[str]) -> str:
    reason = f": {terms.why.rstrip('.')}" if terms.why else ""
    return f"{'; '.join(tried)} (rule {terms.id}{reason})"


def _escalation(finding: Finding, negotiation: Negotiation) -> Escalation:
    given = sorted({stance.severity for stance in negotiation.stances}, reverse=True)
    choice = f"{', '.join(map(str, given[:-1]))} or {given[-1]}"
    said = ", ".join(
        f"{_name(s)} says {s.severity} (confidence {s.confidence:.2f})" for s in negotiation.stances
    )
    return Escalation(
        question=f"Is {finding.rule} at {finding.location} {choice}? {said}.",
        reason=f"{negotiation.why}. It counts as {negotiation.severity} until a person decides.",
        fingerprint=finding.fingerprint,
    )


def _name(stance: Stance) -> str:
    return f"{stance.by}/{stance.tool}" if stance.tool else stance.by

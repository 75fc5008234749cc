"""What a debate changes: the severity of its claim, and whether a person is asked.

It may raise what tools found and never lower it, whatever models argued; what only models found it
may raise, lower, or leave at info where it was refuted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.debate import Debate
from synapse_bot.domain.negotiation import Claim, Escalation, Negotiation
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.conflicts import rank
from synapse_bot.negotiation.escalation import Action, row_for, type_of
from synapse_bot.negotiation.settle import settle, stances_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from synapse_bot.negotiation.conflicts import Dispute, Voice
    from synapse_bot.negotiation.escalation import EscalationRow
    from synapse_bot.negotiation.policy import NegotiationPolicy

STRATEGY = "debate"  # the name in the record, beside the strategies of strategies.py


@dataclass(frozen=True)
class Bench:
    """By which rules it is concluded. ``weights`` and ``domains`` are the specialists' by id;
    ``models`` are the ids of those that ask one."""

    policy: NegotiationPolicy
    weights: Mapping[str, float] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    models: Collection[str] = ()


def not_held(dispute: Dispute, why: str, bench: Bench) -> Claim:
    """The claim as it was settled without a debate; the record says why there was none."""
    claim = dispute.claim
    record = replace(_record(claim, bench), debate=Debate((), why=why))
    return replace(claim, negotiation=record)


def concluded(dispute: Dispute, debate: Debate, bench: Bench) -> Claim:
    """The claim of ``dispute`` after ``debate``."""
    claim = dispute.claim
    floor = _floor(claim, bench)
    least = floor.finding.severity if floor else Severity.INFO
    asked = floor.escalation if floor else None  # tools that disagree among themselves
    if debate.decided:
        ruled = Severity.INFO if debate.severity is None else debate.severity
        severity = max(ruled, least)
        if floor is None or (ruled >= least and not debate.refuted):
            why = f"{debate.judge}: {debate.why}"
            return _with(claim, severity, asked, _settled(claim, debate, severity, why, bench))
        why = f"{debate.judge}: {debate.why}; what tools found is not lowered by a debate"
    else:
        why = f"the debate decided nothing: {debate.why}"
        severity = claim.finding.severity
    row = _row(dispute, bench)
    if row.action is Action.DROP_SILENTLY:
        severity = max(least, _lowest(dispute))
    why = f"{why} (escalation {row.id}{': ' if row.why else ''}{row.why.rstrip('.')})"
    if row.action is Action.ESCALATE:
        asked = _question(dispute, severity, why)
    return _with(claim, severity, asked, _settled(claim, debate, severity, why, bench))


def _floor(claim: Claim, bench: Bench) -> Claim | None:
    """What tools alone make of it; None where no tool found it."""
    tools = tuple(f for f in claim.findings if f.by not in bench.models)
    return settle(tools, bench.policy, bench.weights) if tools else None


def _row(dispute: Dispute, bench: Bench) -> EscalationRow:
    ranks = [rank(voice.position) for voice in dispute.sides]
    kind = type_of(dispute.claim.findings, bench.domains)
    severity, spread = dispute.claim.finding.severity, max(ranks) - min(ranks)
    return row_for(bench.policy.escalations, kind, severity, spread)


def _lowest(dispute: Dispute) -> Severity:
    given = [voice.position for voice in dispute.sides if voice.position is not None]
    return min(given, default=Severity.INFO)


def _with(
    claim: Claim, severity: Severity, asked: Escalation | None, negotiation: Negotiation
) -> Claim:
    finding = replace(claim.finding, severity=severity)
    return Claim(finding, claim.findings, negotiation, asked)


def _record(claim: Claim, bench: Bench) -> Negotiation:
    """The negotiation of ``claim``; a new one where all that was said was a remark."""
    stances = stances_of(claim.findings, bench.weights)
    severity = claim.finding.severity
    agreed = f"all who found it say {severity}"
    return claim.negotiation or Negotiation(stances, STRATEGY, severity, agreed)


def _settled(
    claim: Claim, debate: Debate, severity: Severity, why: str, bench: Bench
) -> Negotiation:
    return replace(
        _record(claim, bench),
        strategy=STRATEGY,
        severity=severity,
        why=why,
        margin=debate.margin,
        stalemate=not debate.decided,
        debate=debate,
    )


def _question(dispute: Dispute, severity: Severity, why: str) -> Escalation:
    finding = dispute.claim.finding
    given = sorted({rank(voice.position) for voice in dispute.sides}, reverse=True)
    choice = " or ".join(str(Severity(at)) for at in given if at >= 0)
    doubt = ", or does it not stand" if given[-1] < 0 else ""
    said = ", ".join(f"{_name(voice)} says {_says(voice)}" for voice in dispute.sides)
    return Escalation(
        question=f"Is {finding.rule} at {finding.location} {choice}{doubt}? {said}.",
        reason=f"{why[:1].upper()}{why[1:]}. It counts as {severity} until a person decides.",
        fingerprint=finding.fingerprint,
    )


def _says(voice: Voice) -> str:
    return "that it does not stand" if voice.position is None else str(voice.position)


def _name(voice: Voice) -> str:
    return f"{voice.by}/{voice.speaker}" if voice.speaker else voice.by

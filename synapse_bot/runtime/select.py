"""Which findings are shown: by where they stand before the negotiation, by weight after it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.config.settings import FilterMode, Show
from synapse_bot.domain.finding import Finding, Placement
from synapse_bot.domain.opinion import Outcome, Skipped
from synapse_bot.domain.review import Suppression

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.domain.negotiation import Claim

SHOWN: dict[FilterMode, frozenset[Placement]] = {
    FilterMode.ADDED: frozenset({Placement.ADDED}),
    FilterMode.CONTEXT: frozenset({Placement.ADDED, Placement.CONTEXT}),
    FilterMode.FILE: frozenset({Placement.ADDED, Placement.CONTEXT, Placement.FILE}),
    FilterMode.NONE: frozenset(Placement),
}


def within_filter(outcomes: Iterable[Outcome], mode: FilterMode) -> tuple[Outcome, ...]:
    """``outcomes`` with the findings that ``mode`` shows; the others are counted as hidden."""
    return tuple(_filtered(outcome, SHOWN[mode]) for outcome in outcomes)


def _filtered(outcome: Outcome, shown: frozenset[Placement]) -> Outcome:
    if isinstance(outcome, Skipped):
        return outcome
    kept = tuple(finding for finding in outcome.findings if finding.placement in shown)
    hidden = Counter(f.location.path for f in outcome.findings if f.placement not in shown)
    counted = Counter(dict(outcome.hidden_in)) + hidden
    return replace(outcome, findings=kept, hidden_in=dict(counted))


def above_thresholds(
    claims: Iterable[Claim], show: Show
) -> tuple[tuple[Claim, ...], tuple[Suppression, ...]]:
    """The claims to show, and a Suppression for each that a threshold keeps back.

    Thresholds apply to the settled severity: a specialist that says less cannot hide what
    another says more of. An escalated claim is always shown, since it asks a person.
    """
    shown: list[Claim] = []
    kept_back: list[Suppression] = []
    for claim in claims:
        reason = _threshold(claim.finding, show)
        if reason and not claim.escalation:
            kept_back.append(_suppressed(claim, reason))
        else:
            shown.append(claim)
    return tuple(shown), tuple(kept_back)


def _threshold(finding: Finding, show: Show) -> str:
    if finding.severity < show.min_severity:
        return f"severity {finding.severity} is below {show.min_severity}"
    if finding.confidence < show.min_confidence:
        return f"confidence {finding.confidence:.2f} is below {show.min_confidence:.2f}"
    return ""


def _suppressed(claim: Claim, reason: str) -> Suppression:
    finding, place = claim.finding, claim.finding.location
    debate = claim.negotiation.debate if claim.negotiation else None
    return Suppression(
        finding.rule, place.path, place.start_line, reason, finding.fingerprint, debate
    )

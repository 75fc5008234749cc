"""Many findings of one claim -> the one Finding that is shown."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from synapse_bot.domain.finding import Placement

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from synapse_bot.domain.finding import Finding, Suggestion
    from synapse_bot.domain.severity import Severity

NEVER_CERTAIN = 0.99  # agreement of tools that read the same text is not proof
_NEAREST = tuple(Placement)  # declared nearest to the change first


def consolidate(findings: Sequence[Finding], severity: Severity) -> Finding:
    """One Finding with the settled ``severity``; ``findings`` in canonical order.

    Its words (rule, message, who) are those of the surest finding that gave this severity. Its
    identity (location, code, fingerprint, placement) is the most precise one, whoever is sure: so
    a tool that changes its mind does not make another finding.
    """
    if len(findings) == 1:
        return findings[0]
    voice = min((f for f in findings if f.severity is severity), key=_surest)
    place = min(findings, key=_precise)
    rest = [voice, *findings]
    return replace(
        voice,
        severity=severity,
        confidence=combined_confidence(findings),
        cwe=tuple(sorted({cwe for finding in findings for cwe in finding.cwe})),
        location=place.location,
        code=place.code,
        fingerprint=place.fingerprint,
        placement=place.placement,
        fix=next((f.fix for f in rest if f.fix), ""),
        url=next((f.url for f in rest if f.url), ""),
        suggestion=_suggestion(rest, place),
    )


def combined_confidence(findings: Sequence[Finding]) -> float:
    """How sure all of them are together: noisy-or over specialists, the surest finding of each.

    Within one specialist the maximum counts, since its tools tend to share their rules. Distinct
    specialists add up: 0.6 and 0.7 make 0.88. A severity that differs is still a vote for the
    claim itself.
    """
    surest: dict[str, float] = {}
    for finding in findings:
        surest[finding.by] = max(finding.confidence, surest.get(finding.by, 0.0))
    best = max(surest.values())
    if len(surest) == 1:
        return best
    joint = 1 - prod(1 - surest[by] for by in sorted(surest))
    return max(best, min(NEVER_CERTAIN, round(joint, 4)))


def _surest(finding: Finding) -> tuple[Hashable, ...]:
    return (-finding.confidence, not finding.message, finding.by, finding.tool, finding.tool_rule)


def _precise(finding: Finding) -> tuple[Hashable, ...]:
    """Nearest to the change, fewest lines, fewest columns; nothing that a tool words or weighs."""
    at = finding.location
    lines = at.end_line - at.start_line
    columns = at.end_column - at.start_column if lines == 0 and at.end_column else 1_000_000
    return (
        (_NEAREST.index(finding.placement), lines, not at.start_column, columns),
        (at.start_line, at.start_column, finding.family, finding.fingerprint),
    )


def _suggestion(findings: Sequence[Finding], place: Finding) -> Suggestion | None:
    """Only one that was made for these very lines can be applied to them."""
    lines = place.location.start_line, place.location.end_line
    for finding in findings:
        if (finding.location.start_line, finding.location.end_line) == lines and finding.suggestion:
            return finding.suggestion
    return None

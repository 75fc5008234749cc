"""Independent reviews of the same files, merged by claim.

A model that is asked twice says two things. What most of the answers say is more often right than
what one says, so that the share of answers that make a claim is its confidence. Nothing is
outvoted: what one answer alone says is kept, and weighs little.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.specialist.testimony import MOST_SURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.severity import Severity


def merged(reviews: Sequence[Sequence[Finding]]) -> list[Finding]:
    """The findings of ``reviews``, one a claim, in the order of their place.

    The same claim is the same fingerprint, or the same family on lines that overlap. Its severity
    is the median of what was said, of two in the middle the lower one. One review is as it is.
    """
    if len(reviews) == 1:
        return list(reviews[0])
    claims: list[dict[int, Finding]] = []  # of each the first finding that a review has of it
    for number, review in enumerate(reviews):
        for finding in sorted(review, key=_order):
            home = next((c for c in claims if any(_same(finding, f) for f in c.values())), None)
            if home is None:
                claims.append({number: finding})
            else:
                home.setdefault(number, finding)
    made = [_one(list(claim.values()), len(reviews)) for claim in claims]
    return sorted(made, key=_order)


def confidence(voices: int, of: int) -> float:
    """How sure a claim is that ``voices`` of ``of`` answers make; grows with their share.

    Half a voice is added for it and half against it: unanimity among three is no certainty.
    """
    return MOST_SURE * (voices + 0.5) / (of + 1)


def _one(said: Sequence[Finding], reviews: int) -> Finding:
    """The claim in the words of whoever is nearest to the settled severity, and the surest."""
    severity = _median([finding.severity for finding in said])
    speaker = min(said, key=lambda f: (abs(f.severity - severity), -f.confidence, _order(f)))
    sure = min(confidence(len(said), reviews), max(finding.confidence for finding in said))
    return replace(speaker, severity=severity, confidence=round(sure, 4))


def _median(severities: Sequence[Severity]) -> Severity:
    return sorted(severities)[(len(severities) - 1) // 2]


def _same(one: Finding, other: Finding) -> bool:
    if one.fingerprint == other.fingerprint:
        return True
    here, there = one.location, other.location
    return (
        one.family == other.family
        and here.path == there.path
        and here.start_line <= there.end_line
        and there.start_line <= here.end_line
    )


def _order(finding: Finding) -> tuple[str, int, int, str, int, float, str]:
    """By place; at one place the worst and surest first. Arrival leaves no trace."""
    place = finding.location
    where = (place.path, place.start_line, place.end_line, finding.fingerprint)
    return *where, -finding.severity, -finding.confidence, finding.message

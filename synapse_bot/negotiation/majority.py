"""majority: one vote a specialist, whatever its weight and its number of tools."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from synapse_bot.negotiation.base import Decision, decide_by_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.negotiation import Stance
    from synapse_bot.domain.severity import Severity


def majority(stances: Sequence[Stance], margin: float) -> Decision:
    """A specialist whose tools disagree votes for the stricter. A tie is no decision."""
    votes: dict[str, Severity] = {}
    for stance in stances:
        votes[stance.by] = max(stance.severity, votes.get(stance.by, stance.severity))
    counts = Counter(votes.values())
    said = ", ".join(f"{severity} {counts[severity]}" for severity in sorted(counts, reverse=True))
    return decide_by_score(counts, margin, f"votes: {said}")

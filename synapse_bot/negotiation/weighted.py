"""weighted: each stance counts its weight times its confidence for its severity."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from synapse_bot.negotiation.base import Decision, decide_by_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.negotiation import Stance


def weighted(stances: Sequence[Stance], margin: float) -> Decision:
    """No decision where all weights or confidences are 0, or the lead is below ``margin``."""
    given = sorted({stance.severity for stance in stances}, reverse=True)
    # fsum is exact, so the order of the stances cannot change the last digit.
    scores = {
        severity: fsum(s.weight * s.confidence for s in stances if s.severity is severity)
        for severity in given
    }
    said = ", ".join(f"{severity} {scores[severity]:.2f}" for severity in given)
    return decide_by_score(scores, margin, f"weight x confidence: {said}")

"""The Strategy family: settling the severity of one claim. Members: see strategies.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.domain.negotiation import Stance
    from synapse_bot.domain.severity import Severity


@dataclass(frozen=True, slots=True)
class Decision:
    """What a strategy says; ``severity`` is None where it cannot tell within its margin.

    ``margin`` is 0..1: the lead of the best severity over the second, as a share of the total.
    """

    severity: Severity | None
    margin: float
    why: str


class Strategy(Protocol):
    """A pure function of its arguments, whatever the order of the stances."""

    def __call__(self, stances: Sequence[Stance], margin: float) -> Decision:
        """Decide among one or more ``stances``, leading by at least ``margin`` (0..1)."""
        ...


def decide_by_score(scores: Mapping[Severity, float], margin: float, why: str) -> Decision:
    """The severity with the highest score, when its lead is clear; ``why`` explains the scores.

    A lead of nothing never decides, not even for a margin of 0.
    """
    total = sum(scores.values())
    if total <= 0:
        return Decision(None, 0.0, why)
    ranked = sorted(scores, key=lambda severity: (-scores[severity], -severity))
    second = scores[ranked[1]] if len(ranked) > 1 else 0.0
    # Rounded, so that 0.3 - 0.2 meets a margin of 0.1 on every machine.
    lead = round((scores[ranked[0]] - second) / total, 6)
    return Decision(ranked[0] if lead > 0 and lead >= margin else None, lead, why)

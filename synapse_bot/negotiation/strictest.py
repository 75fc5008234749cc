"""strictest: the highest severity that anyone gave. It always decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.negotiation.base import Decision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.negotiation import Stance


def strictest(stances: Sequence[Stance], margin: float = 0.0) -> Decision:
    """``margin`` is part of the family's signature; a maximum needs none."""
    given = sorted({stance.severity for stance in stances}, reverse=True)
    return Decision(given[0], 1.0, f"the strictest of {', '.join(map(str, given))}")

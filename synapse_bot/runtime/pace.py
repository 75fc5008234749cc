"""How long a specialist may take, from how long it took before."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import StoreUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ENOUGH = 20  # runs, before they say anything
_ROOM = 4.0  # times the 95th percentile: changes differ in size, and machines in load
_LEAST_S = 20.0


def pace_of(seconds: Callable[[str], Sequence[float]]) -> Callable[[str], float | None]:
    """From the newest times of a step to the deadline of its specialist; None while too few, or
    where they cannot be read."""

    def pace(specialist: str) -> float | None:
        try:
            known = sorted(seconds(f"examine:{specialist}"))
        except StoreUnusable:
            return None
        if len(known) < ENOUGH:
            return None
        return max(_ROOM * known[math.ceil(0.95 * len(known)) - 1], _LEAST_S)

    return pace

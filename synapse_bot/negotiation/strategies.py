"""The strategies by the names that rules/negotiation.yaml uses. A new one is a file and a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.negotiation.majority import majority
from synapse_bot.negotiation.strictest import strictest
from synapse_bot.negotiation.weighted import weighted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.negotiation.base import Strategy

STRATEGIES: Mapping[str, Strategy] = {
    "strictest": strictest,
    "weighted": weighted,
    "majority": majority,
}

"""A Remark: what a model says of a finding that is not its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Location
    from synapse_bot.domain.severity import Severity


class Position(StrEnum):
    CONFIRM = "confirm"
    REFUTE = "refute"


@dataclass(frozen=True, slots=True)
class Remark:
    """``by`` says of the finding ``fingerprint`` of specialist ``of`` whether it stands.

    It never takes the finding away. ``evidence`` is where its quotation was found in the head
    file: a remark without such a place is not made.
    """

    by: str  # specialist id
    model: str  # "provider/model"
    of: str  # the id of the specialist whose finding it is
    fingerprint: str
    position: Position
    severity: Severity  # what it would give at most; of no weight in a REFUTE
    reason: str
    evidence: Location
    quote: str = ""  # verbatim, secrets masked

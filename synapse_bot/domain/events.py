"""Events: frozen facts in the past tense. telemetry and the progress display listen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from synapse_bot.domain.breaker import Standing
from synapse_bot.domain.negotiation import Claim
from synapse_bot.domain.opinion import FailureKind, Outcome
from synapse_bot.domain.plan import Plan
from synapse_bot.domain.posting import Posted
from synapse_bot.domain.review import Review


@dataclass(frozen=True, slots=True)
class DiffRead:
    files: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class ReviewPlanned:
    plan: Plan


@dataclass(frozen=True, slots=True)
class SpecialistStarted:
    id: str
    files: int


@dataclass(frozen=True, slots=True)
class SpecialistFinished:
    """Carries the outcome, so that fast specialists' findings need not wait for slow ones."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class SpecialistCrashed:
    """A specialist failed, and where the breakers of what it uses stand after it.

    ``breakers`` has those that have failed of late; ``why`` may quote the change.
    """

    id: str
    kind: FailureKind
    why: str
    breakers: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True)
class DebateStarted:
    """``claims`` are disputed and argued about, side by side."""

    claims: int


@dataclass(frozen=True, slots=True)
class DebateHeld:
    """``claim`` carries the debate, and what became of it."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class ReviewFinished:
    review: Review


@dataclass(frozen=True, slots=True)
class ReviewPosted:
    """What was written to the forge, or ``why_not``."""

    run: str
    posted: Posted | None
    why_not: str = ""


Event = (
    DiffRead
    | ReviewPlanned
    | SpecialistStarted
    | SpecialistFinished
    | SpecialistCrashed
    | DebateStarted
    | DebateHeld
    | ReviewFinished
    | ReviewPosted
)
Hook = Callable[[Event], None]

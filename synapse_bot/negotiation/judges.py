"""The judges: who is right, given the arguments that stand. A new one is a function and a row.

A judge sees all debates of a review at once, since one of them learns from the others. It is a pure
function, blind to order, and says so where it cannot tell: an undecided debate is an answer too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import fsum, log
from typing import TYPE_CHECKING, Protocol

from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.conflicts import rank
from synapse_bot.negotiation.dawid_skene import posteriors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.domain.debate import Argument

SUREST = 0.99  # no accuracy counts for more: log-odds of certainty have no bound


@dataclass(frozen=True, slots=True)
class Vote:
    """The last position of a side whose argument stands. ``accuracy``: 0.5 is a coin, 1 is never
    wrong. The votes of one ``group`` share the weight of one."""

    voice: str  # the same in every debate of a review
    group: str
    position: Severity | None  # None: the claim does not stand
    accuracy: float


@dataclass(frozen=True, slots=True)
class Case:
    """One debate to be judged. ``third`` is what a further model says, where one was asked."""

    votes: tuple[Vote, ...]
    third: Argument | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """Decided where ``severity`` is given or ``refuted`` is True. ``margin`` is 0..1."""

    severity: Severity | None
    refuted: bool
    margin: float
    why: str

    @property
    def decided(self) -> bool:
        return self.refuted or self.severity is not None


class Judge(Protocol):
    def __call__(self, cases: Sequence[Case], margin: float) -> tuple[Ruling, ...]:
        """One ruling a case; a position has to lead by ``margin`` (0..1) to win."""
        ...


def weighted(cases: Sequence[Case], margin: float) -> tuple[Ruling, ...]:
    """Log-odds of each side's accuracy: nine in ten right counts 2.20, one in two counts 0."""
    return tuple(_ruling(_log_odds(case.votes), margin, "log-odds of accuracy") for case in cases)


def majority(cases: Sequence[Case], margin: float) -> tuple[Ruling, ...]:
    """One vote a group, whatever its accuracy; within a group the strictest position counts."""
    return tuple(_ruling(_counted(case.votes), margin, "votes") for case in cases)


def dawid_skene(cases: Sequence[Case], margin: float) -> tuple[Ruling, ...]:
    """How often each voice is right is learned from all debates of the review at once."""
    labels = [{vote.voice: rank(vote.position) for vote in case.votes} for case in cases]
    accuracies = {vote.voice: vote.accuracy for case in cases for vote in case.votes}
    return tuple(
        _ruling({_position(at): share for at, share in found.items()}, margin, "probability")
        for found in posteriors(labels, accuracies)
    )


def third_model(cases: Sequence[Case], margin: float) -> tuple[Ruling, ...]:
    """What a model that took no side says; ``weighted`` where none was asked or answered."""
    found = []
    for case, instead in zip(cases, weighted(cases, margin), strict=True):
        if case.third is None:
            why = f"no third model judged, so weighted did: {instead.why}"
            found.append(Ruling(instead.severity, instead.refuted, instead.margin, why))
        else:
            position = case.third.position
            why = f"{case.third.speaker} judged: {case.third.claim}"
            found.append(Ruling(position, position is None, 1.0, why))
    return tuple(found)


JUDGES: Mapping[str, Judge] = {
    "weighted": weighted,
    "majority": majority,
    "dawid_skene": dawid_skene,
    "judge": third_model,
}


def named(position: Severity | None) -> str:
    """``high``, or ``not standing``."""
    return "not standing" if position is None else str(position)


def _position(at: int) -> Severity | None:
    return None if at < 0 else Severity(at)


def _log_odds(votes: Sequence[Vote]) -> dict[Severity | None, float]:
    sizes = Counter(vote.group for vote in votes)
    scores: dict[Severity | None, list[float]] = {}
    for vote in votes:
        accuracy = min(max(vote.accuracy, 0.5), SUREST)
        weight = log(accuracy / (1 - accuracy)) / sizes[vote.group]
        scores.setdefault(vote.position, []).append(weight)
    # fsum is exact, so the order of the votes cannot change the last digit.
    return {position: fsum(weights) for position, weights in scores.items()}


def _counted(votes: Sequence[Vote]) -> dict[Severity | None, float]:
    strictest: dict[str, int] = {}
    for vote in votes:
        strictest[vote.group] = max(rank(vote.position), strictest.get(vote.group, -1))
    return {_position(at): float(n) for at, n in Counter(strictest.values()).items()}


def _ruling(scores: Mapping[Severity | None, float], margin: float, what: str) -> Ruling:
    """The position with the highest score, when its lead is clear. A tie never decides."""
    ranked = sorted(scores, key=lambda position: (-scores[position], -rank(position)))
    told = ", ".join(f"{named(p)} {scores[p]:.2f}" for p in sorted(scores, key=rank, reverse=True))
    total = fsum(scores.values())
    if total <= 0:
        return Ruling(None, False, 0.0, f"{what}: nobody has any")
    second = scores[ranked[1]] if len(ranked) > 1 else 0.0
    # Rounded, so that 0.3 - 0.2 meets a margin of 0.1 on every machine.
    lead = round((scores[ranked[0]] - second) / total, 6)
    best = ranked[0] if lead > 0 and lead >= margin else None
    decided = lead > 0 and lead >= margin
    return Ruling(best, decided and best is None, lead, f"{what}: {told}")

"""What is a real conflict: voices of one claim that are too far apart for a vote to be an answer.

A gap of two steps of severity, or one that confirms against one that refutes; and at least one of
the two is a model, since a tool cannot answer back. All that one model says is one voice, whichever
specialists asked it: a debate of a model with itself mostly agrees with itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from synapse_bot.domain.remark import Position

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.remark import Remark
    from synapse_bot.domain.severity import Severity

GAP = 2  # steps of severity


@dataclass(frozen=True, slots=True)
class Voice:
    """What one tool of a specialist, or one model, says of a claim.

    ``position`` None says that it does not stand. ``finding`` is its own; None where it only
    remarks on another's.
    """

    by: str  # specialist id
    speaker: str  # the tool, or "provider/model"
    is_model: bool
    position: Severity | None
    said: str
    finding: Finding | None = None

    @property
    def group(self) -> str:
        """Whose votes count as one: a model's, and those of the tools of one specialist."""
        return self.speaker if self.is_model else self.by


@dataclass(frozen=True, slots=True)
class Dispute:
    """A claim with voices that oppose: ``sides`` are all of its voices.

    Without sides there is nothing to debate: the models ``alone`` oppose nobody but themselves.
    """

    claim: Claim
    sides: tuple[Voice, ...]
    alone: tuple[str, ...] = ()


def rank(position: Severity | None) -> int:
    """Positions on one scale: what does not stand lies below info."""
    return -1 if position is None else int(position)


def opposed(one: Severity | None, two: Severity | None) -> bool:
    """Whether two positions on one claim are a conflict worth a debate."""
    if one is None or two is None:
        return one is not two
    return abs(one - two) >= GAP


def dispute_of(
    claim: Claim, remarks: Mapping[tuple[str, str], Sequence[Remark]], models: Collection[str]
) -> Dispute | None:
    """The dispute about ``claim``; None where nobody opposes. ``models`` are specialists' ids."""
    said = _said(claim, remarks, models)
    sides = tuple(_voice(one) for _, one in sorted(said.items()))
    if any(_debatable(a, b) for a, b in combinations(sides, 2)):
        return Dispute(claim, sides)
    alone = tuple(
        own[0].speaker
        for _, own in sorted(said.items())
        if own[0].is_model and any(opposed(a.position, b.position) for a, b in combinations(own, 2))
    )
    return Dispute(claim, (), alone) if alone else None


def _debatable(one: Voice, two: Voice) -> bool:
    return (one.is_model or two.is_model) and opposed(one.position, two.position)


def _said(
    claim: Claim, remarks: Mapping[tuple[str, str], Sequence[Remark]], models: Collection[str]
) -> dict[tuple[bool, str, str], list[Voice]]:
    """By who speaks: a tool of a specialist, or a model for whichever specialist."""
    found: dict[tuple[bool, str, str], list[Voice]] = defaultdict(list)
    about: set[Remark] = set()
    for finding in claim.findings:
        is_model = finding.by in models
        voice = Voice(
            finding.by, finding.tool, is_model, finding.severity, finding.message, finding
        )
        found[is_model, "" if is_model else finding.by, finding.tool].append(voice)
        about.update(remarks.get((finding.by, finding.fingerprint), ()))
    for remark in about:
        position = remark.severity if remark.position is Position.CONFIRM else None
        voice = Voice(remark.by, remark.model, True, position, remark.reason)
        found[True, "", remark.model].append(voice)
    return found


def _voice(said: Sequence[Voice]) -> Voice:
    """What one speaker says more than once is taken at the strictest."""
    return min(said, key=lambda v: (-rank(v.position), v.finding is None, v.by, v.said))

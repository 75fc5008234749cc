"""The Plan: route, chosen specialists, deadlines; made before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from synapse_bot.domain.opinion import Skipped
from synapse_bot.domain.spec import Route, SpecialistSpec
from synapse_bot.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Rationale:
    """Why this route: the id of the rule that fired and its reason in words."""

    rule: str
    why: str
    facts: tuple[str, ...] = ()  # what was known: "files=3", "risk=0.40 (auth path)"


class Duty(StrEnum):
    """What a model is asked for. The host may name a model for each."""

    READ = "read"  # the files of the change
    SKIM = "skim"  # those of little risk
    VERIFY = "verify"  # the second look
    JUDGE = "judge"  # of a debate


@dataclass(frozen=True, slots=True)
class Asking:
    """What a specialist would ask of ``model`` at most; only `plan` works it out."""

    model: str
    calls: int
    usage: Usage


@dataclass(frozen=True, slots=True)
class Assignment:
    """One specialist with the files that it is to examine and the seconds that it may take.

    ``skimmed`` are those of ``paths`` that a cheap model reads, where the host names one.
    """

    spec: SpecialistSpec
    paths: tuple[str, ...]
    deadline_s: float
    skimmed: tuple[str, ...] = ()
    askings: tuple[Asking, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    route: Route
    rationale: Rationale
    assignments: tuple[Assignment, ...]
    skipped: tuple[Skipped, ...]
    deadline_s: float

    @property
    def specialist_ids(self) -> tuple[str, ...]:
        return tuple(assignment.spec.id for assignment in self.assignments)

"""A debate: each side of a conflict argues with references that anybody can check, once, and
answers the others once. What is argued by a model is a claim until its references stand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.severity import Severity
    from synapse_bot.domain.usage import Usage

JUDGE = "judge"  # asked by this id: a third model, of no specialist


class ReferenceKind(StrEnum):
    LINE = "line"  # "app/db.py:12" or "app/db.py:12-14", of the head
    TOOL = "tool"  # "python-security/bandit:B608@app/db.py:12", an output of this review
    TEST = "test"  # "tests/test_db.py::test_x", in a file of the change


@dataclass(frozen=True, slots=True)
class Reference:
    """Where an argument can be checked."""

    kind: ReferenceKind
    text: str


@dataclass(frozen=True, slots=True)
class Struck:
    """A reference that does not hold, and why: it counts for nothing and stays on record."""

    reference: Reference
    why: str


@dataclass(frozen=True, slots=True)
class Argument:
    """What one side says of a disputed finding. Without a reference that stands it has no weight.

    ``references`` are those that stand once they have been checked. A tool's argument is made from
    its finding.
    """

    by: str  # specialist id
    speaker: str  # the tool, or "provider/model"
    position: Severity | None  # None: the finding does not stand
    claim: str
    evidence: str = ""  # verbatim, secrets masked
    references: tuple[Reference, ...] = ()
    struck: tuple[Struck, ...] = ()
    round: int = 1  # 2 is the rebuttal

    @property
    def stands(self) -> bool:
        return bool(self.references)


@dataclass(frozen=True, slots=True)
class Debate:
    """The record of one debate. It decided where ``severity`` is given or ``refuted`` is True.

    Without arguments it was not held, and ``why`` says why not.
    """

    arguments: tuple[Argument, ...]  # by round, specialist and speaker
    judge: str = ""  # the strategy, see negotiation/judges.py
    severity: Severity | None = None
    refuted: bool = False
    why: str = ""
    margin: float = 0.0  # 0..1: the lead of the best position, as a share of the total
    notes: tuple[str, ...] = ()  # who could not speak, and why
    usage: Usage | None = None  # None: nobody was asked now

    @property
    def decided(self) -> bool:
        return self.refuted or self.severity is not None


class Task(StrEnum):
    ARGUE = "argue"
    REBUT = "rebut"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Question:
    """What a debater is asked. All of it but ``task`` is untrusted."""

    task: Task
    finding: Finding
    speaker: str = ""  # the model that is asked: the one that spoke; "" for a judge
    position: Severity | None = None  # what the one who is asked has said so far
    said: str = ""  # in these words
    excerpt: str = ""  # the head's lines about the finding, numbered, secrets masked
    tools: tuple[str, ...] = ()  # references to tool outputs that may be named
    tests: tuple[str, ...] = ()  # references to tests that may be named
    arguments: tuple[Argument, ...] = ()  # of the others; a judge is given all that stand


@dataclass(frozen=True, slots=True)
class Filed:
    """What came of a question: an Argument, unchecked, or none and why. ``usage`` was paid.

    ``unpaid``: no call was made, since it did not fit the budget.
    """

    argument: Argument | None
    usage: Usage
    why: str = ""
    unpaid: bool = False


Ask = Callable[[str, Question], Awaitable[Filed]]  # by a specialist's id, or JUDGE

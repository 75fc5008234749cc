"""A Finding: one claim about the change, with its place and its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from synapse_bot.domain.diff import Side
from synapse_bot.domain.severity import Severity


@dataclass(frozen=True, slots=True)
class Location:
    """1-based, inclusive lines of ``path`` on one side; columns are 1-based, 0 is unknown."""

    path: str
    start_line: int
    end_line: int
    side: Side = Side.NEW
    start_column: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        tail = f"-{self.end_line}" if self.end_line > self.start_line else ""
        return f"{self.path}:{self.start_line}{tail}"


class Placement(StrEnum):
    """Where a finding stands relative to the change; the filter modes select by it."""

    ADDED = "added"  # touches a line that the change adds
    CONTEXT = "context"  # on an unchanged line that a hunk shows
    FILE = "file"  # elsewhere in a changed file
    OUTSIDE = "outside"  # in a file that the change does not touch


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A replacement of ``old`` by ``new`` that a person can apply with one click."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim: ``rule`` at ``location`` with ``severity``, said by specialist ``by``.

    ``family`` groups the ids that different tools use for one idea ("sql-injection" for ruff's
    S608 and bandit's B608); claims and fingerprints are built on it. ``code`` is the evidence:
    the verbatim source of the location, secrets masked.
    """

    rule: str  # kebab-case id used in YAML, tests and docs
    message: str
    location: Location
    severity: Severity
    confidence: float  # 0..1, kept apart from severity
    by: str  # specialist id
    family: str
    cwe: tuple[int, ...] = ()
    tool: str = ""
    tool_rule: str = ""
    code: str = ""
    title: str = ""  # the rule in words, "SQL injection"
    why: str = ""  # why it matters, one sentence
    fix: str = ""  # how to fix, one or two sentences
    url: str = ""  # documentation of the rule
    fingerprint: str = ""
    placement: Placement = Placement.FILE
    suggestion: Suggestion | None = None

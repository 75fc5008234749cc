"""The words of the quality table: cases with the places where a reviewer should speak.

A Case is some files of a change and what is known of them. A Corpus is a named set of cases with
the promise that its labels make.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Labels(Enum):
    """How much of the truth the labels of a corpus are."""

    ALL = "every defect is labelled"
    ONE = "one weakness a case is labelled; of others they say nothing"
    NONE = "no labels"


@dataclass(frozen=True, slots=True)
class Weakness:
    """What may be wrong, as CWE numbers or, where no CWE fits, as families of our taxonomy."""

    cwe: frozenset[int] = frozenset()
    families: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.cwe or self.families)


@dataclass(frozen=True, slots=True)
class Place:
    """Lines ``start`` to ``end`` of ``path``, 1-based and inclusive, hold ``weakness``."""

    path: str
    start: int
    end: int
    weakness: Weakness


@dataclass(frozen=True, slots=True)
class Voice:
    """Who said it: a tool, its own id of the rule, and how sure it is of that id."""

    tool: str
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reported:
    """One finding of a contender, in our taxonomy's words.

    ``shown`` is whether a reader of the comment sees it, by the settings that hold where nobody
    set any; the others are in the record. ``voices`` are of ours alone.
    """

    path: str
    start: int
    end: int
    rule: str
    weakness: Weakness
    confidence: float = 0.0
    severity: str = ""
    fingerprint: str = ""
    message: str = ""
    shown: bool = True
    voices: tuple[Voice, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """``files`` (path to content) are added, or ``diff`` is the change where only that is known.

    ``clear`` is a weakness that the case is known not to have. Cases of one ``group`` (a bad and
    a good twin) fall on the same side of the split.
    """

    name: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    diff: bytes = b""
    places: tuple[Place, ...] = ()
    clear: Weakness = Weakness()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """``missing`` says why there are no cases; "" where there are."""

    name: str
    about: str
    labels: Labels
    cases: tuple[Case, ...] = ()
    missing: str = ""


def held_out(corpus: str, case: Case) -> bool:
    """Whether the case is of the third that nobody tunes to. It depends on the name alone."""
    return _number(f"{corpus}/{case.group or case.name}") % 3 == 0


def sliced(corpus: Corpus, keep: int) -> tuple[Case, ...]:
    """About ``keep`` cases, always the same ones, spread over the corpus; twins stay together."""
    if len(corpus.cases) <= keep:
        return corpus.cases
    share = int(keep / len(corpus.cases) * 2**32)
    salt = "slice"  # not the number that the split uses: each half keeps its share
    return tuple(
        case
        for case in corpus.cases
        if _number(f"{salt}/{corpus.name}/{case.group or case.name}") < share
    )


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")

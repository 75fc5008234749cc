"""Boundaries that a change moves by one, and conditions that it turns round.

A changed line is compared with the line that it replaces, token by token. Only a pair that differs
in nothing but a comparison, a word of logic or a step of one is told, and only in a change that
touches no test: whoever moves a boundary on purpose mostly moves a test with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import LineKind
from synapse_bot.specialist.change.tested import LANGUAGES, touches_tests
from synapse_bot.specialist.output.base import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synapse_bot.domain.diff import FileDiff, Hunk, Line
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

MOVED, TURNED = "boundary-moved", "condition-inverted"
_MAX_LINE = 400
_MOST_PAIRS = 3  # lines in a row: more of them are rewritten, not corrected
_MOST = 3  # findings of a change
_TOKEN = re.compile(
    r"""\s+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|(?P<comment>\#.*|//.*|/\*.*)"""
    r"""|\w+(?:\.\d\w*)?|===|!==|<=|>=|==|!=|&&|\|\||<<|>>|->|=>|.""",
    re.VERBOSE,
)
_EDGES = {frozenset(pair) for pair in (("<", "<="), (">", ">="))}
_TURNS = {
    frozenset(pair)
    for pair in (
        *(("==", "!="), ("===", "!=="), ("and", "or"), ("&&", "||"), ("<", ">"), ("<=", ">=")),
        *(("<", ">="), ("<=", ">"), ("True", "False"), ("true", "false")),
    )
}
_CONDITION = re.compile(r"\b(?:if|elif|while|unless|until|assert|return|when)\b|[?]|[=!]=|&&|\|\|")
# Where a step of one counts: the end of a range or of a slice, or beside a comparison.
_COUNTED = re.compile(
    r"\brange\s*\(|\[[^\]]{0,80}:[^\]]{0,80}\]|(?<![-=<>])[<>]=?(?![<>=])|\bslice\s*\(|\bsubstr"
)
_VERSION = re.compile(r"version|release|\(\s*\d+\s*,\s*\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shift:
    rule: str
    message: str


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """A question for each of the first boundaries that the change moves."""
    del place
    if touches_tests(task.diff, task.kinds):
        return ()
    found: list[RawFinding] = []
    for path in paths:
        if not task.kinds.is_test(path) and task.languages.get(path) in LANGUAGES:
            found += _of_file(task.diff.by_path[path])
    return tuple(found[:_MOST])


def _of_file(file: FileDiff) -> Iterator[RawFinding]:
    for hunk in file.hunks:
        for old, new in _pairs(hunk):
            if (shift := compare(old.text, new.text)) and new.new:
                yield RawFinding(
                    path=file.path,
                    line=new.new,
                    end_line=new.new,
                    rule=shift.rule,
                    message=shift.message,
                    severity="info",
                    confidence="0.5",
                )


def _pairs(hunk: Hunk) -> Iterator[tuple[Line, Line]]:
    """Removed lines with those that stand in their place, where there are as many of each."""
    removed: list[Line] = []
    added: list[Line] = []
    for line in (*hunk.lines(), None):
        kind = line.kind if line else LineKind.CONTEXT
        if line and kind is LineKind.REMOVED and not added:
            removed.append(line)
        elif line and kind is LineKind.ADDED:
            added.append(line)
        else:
            if 0 < len(removed) == len(added) <= _MOST_PAIRS:
                yield from zip(removed, added, strict=True)
            removed = [line] if line and kind is LineKind.REMOVED else []
            added = []


def compare(old: str, new: str) -> Shift | None:
    """What a line that replaces another moves or turns round; None where more is different."""
    if max(len(old), len(new)) > _MAX_LINE:
        return None
    was, now = _tokens(old), _tokens(new)
    start = 0
    while start < min(len(was), len(now)) and was[start] == now[start]:
        start += 1
    end = 0
    while end < min(len(was), len(now)) - start and was[-1 - end] == now[-1 - end]:
        end += 1
    gone, come = was[start : len(was) - end], now[start : len(now) - end]
    return _shift(gone, come, new) if gone != come else None


def _tokens(line: str) -> list[str]:
    found = _TOKEN.finditer(line)
    return [m[0] for m in found if not m[0].isspace() and m["comment"] is None]


def _shift(gone: list[str], come: list[str], line: str) -> Shift | None:
    match gone, come:
        case [was], [now] if frozenset((was, now)) in _EDGES:
            return Shift(MOVED, f"`{was}` became `{now}`: is the boundary itself meant to count?")
        case [was], [now] if frozenset((was, now)) in _TURNS and _CONDITION.search(line):
            return Shift(TURNED, f"`{was}` became `{now}`: is the condition meant to turn round?")
        case [was], [now] if was.isdecimal() and now.isdecimal() and _COUNTED.search(line):
            if abs(int(was) - int(now)) == 1 and not _VERSION.search(line):
                return Shift(MOVED, f"{was} became {now}: is one more, or one less, meant?")
        case ([], [("+" | "-") as sign, "1"]) | ([("+" | "-") as sign, "1"], []):
            if _COUNTED.search(line):
                what = "comes to" if come else "is gone from"
                return Shift(
                    MOVED, f"`{sign} 1` {what} a boundary: is one more, or one less, meant?"
                )
        case ([], ["not" | "!"]) | (["not" | "!"], []) if _CONDITION.search(line):
            return Shift(TURNED, "The condition is the opposite of what it was: is that meant?")
        case _:
            pass
    return None

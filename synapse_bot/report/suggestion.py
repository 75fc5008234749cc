"""From a suggestion's old and new text to a one-click block: only what surely applies.

The old text is found in the hunk, never trusted to a line number; it has to be there once. The
replacement gets the indentation of what it replaces, is applied to a copy of the file, and the
copy is parsed where we can. Whatever is in doubt stays plain text: a wrong click costs a commit.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import LineKind, Side
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.visible import visible
from synapse_bot.report.sanitise import fence, without_commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synapse_bot.domain.diff import FileDiff, Hunk, Line
    from synapse_bot.domain.finding import Location, Suggestion

_MOST_LINES = 60  # GitLab takes 100 lines above the comment; a person reads fewer
_MOST_CHARS = 8_000
_BRACKETS = "()[]{}"
_QUOTES = "\"'`"


class Dialect(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True)
class Replacement:
    """The new side's lines ``first`` to ``last`` become ``lines``; none deletes them."""

    first: int
    last: int
    lines: tuple[str, ...]


def replacement(
    suggestion: Suggestion, location: Location, file: FileDiff, head: str | None
) -> Replacement | None:
    """What one click would do, proved; None where it must stay plain text.

    ``head`` is the text of the file at the head, None where it is not known: then nothing is
    offered for Python, and only what keeps its brackets and quotes balanced for the rest.
    """
    hunk = _hunk_of(location, file)
    old, new = _lines(suggestion.old), _lines(suggestion.new)
    if hunk is None or not any(map(str.strip, old)) or not _clean(suggestion.new):
        return None
    if max(len(old), len(new)) > _MOST_LINES:
        return None
    found = list(_in_whole_lines(hunk, old, new)) or list(_in_one_line(hunk, old, new))
    if len(found) != 1:
        return None
    made = found[0]
    before = _shown(hunk, made)
    if list(made.lines) == before or _is_cut(hunk, made):
        return None
    if any("\r" in line for line in before):
        return None  # nobody tells which line ends a forge writes
    return made if _holds(made, before, file.path, head) else None


def block(made: Replacement, dialect: Dialect) -> str:
    """The block for a comment that stands on lines ``first`` to ``last``, or on ``last``."""
    info = "suggestion"
    if dialect is Dialect.GITLAB:
        info = f"suggestion:-{made.last - made.first}+0"
    return fence(list(made.lines), info)


def _hunk_of(location: Location, file: FileDiff) -> Hunk | None:
    if location.side is not Side.NEW:
        return None
    hunks = [
        hunk
        for hunk in file.hunks
        if (span := hunk.span(Side.NEW)).start <= location.end_line
        and location.start_line < span.stop
    ]
    return hunks[0] if len(hunks) == 1 else None


def _lines(text: str) -> list[str]:
    """Split on \\n only; the end of the last line is no line of its own."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def _clean(new: str) -> bool:
    """Whether a reader sees all of it, and it holds no secret and no command to a runner."""
    text = new.replace("\r\n", "\n")
    return len(text) <= _MOST_CHARS and all(
        f(text) == text for f in (visible, redact, without_commands)
    )


def _in_whole_lines(hunk: Hunk, old: Sequence[str], new: Sequence[str]) -> Iterator[Replacement]:
    """Every run of lines that is ``old`` but for a common indentation."""
    wanted, indent = _dedented(old)
    for window in _windows(hunk, len(old)):
        texts, place = _dedented([line.text.removesuffix("\r") for line in window])
        if texts != wanted or place is None:
            continue
        moved = _reindented(new, indent or "", place)
        if moved is not None:
            yield Replacement(_new(window[0]), _new(window[-1]), moved)


def _windows(hunk: Hunk, size: int) -> Iterator[Sequence[Line]]:
    """Every run of ``size`` lines of the new side."""
    lines = [line for line in hunk.lines() if line.kind is not LineKind.REMOVED]
    for start in range(len(lines) - size + 1):
        yield lines[start : start + size]


def _is_cut(hunk: Hunk, made: Replacement) -> bool:
    """Whether the diff shows removed lines inside: no forge lets one click those away."""
    inside = False
    for line in hunk.lines():
        if line.kind is LineKind.REMOVED and inside:
            return True
        if line.new is not None:
            inside = made.first <= line.new < made.last
    return False


def _dedented(lines: Sequence[str]) -> tuple[list[str], str | None]:
    """(lines without their common indentation, that indentation or None for blank lines)."""
    filled = [line for line in lines if line.strip()]
    if not filled:
        return ["" for _ in lines], None
    common = _common([line[: len(line) - len(line.lstrip(" \t"))] for line in filled])
    return [line[len(common) :] if line.strip() else "" for line in lines], common


def _common(indents: Sequence[str]) -> str:
    """The longest start that all of them share."""
    low, high = min(indents), max(indents)
    size = next((n for n, char in enumerate(low) if high[n] != char), len(low))
    return low[:size]


def _reindented(new: Sequence[str], indent: str, place: str) -> tuple[str, ...] | None:
    """``new`` with ``place`` for ``indent``; None where a line lacks it."""
    if indent == place:
        return tuple(new)
    if any(line.strip() and not line.startswith(indent) for line in new):
        return None
    return tuple(place + line[len(indent) :] if line.strip() else "" for line in new)


def _in_one_line(hunk: Hunk, old: Sequence[str], new: Sequence[str]) -> Iterator[Replacement]:
    """Every occurrence of a one-line ``old`` within a line, each told by itself."""
    if len(old) != 1 or len(new) != 1:
        return
    for (line,) in _windows(hunk, 1):
        at = line.text.find(old[0])
        while at >= 0:
            changed = line.text[:at] + new[0] + line.text[at + len(old[0]) :]
            yield Replacement(_new(line), _new(line), (changed,))
            at = line.text.find(old[0], at + 1)


def _new(line: Line) -> int:
    assert line.new is not None, "removed lines are in no window"
    return line.new


def _shown(hunk: Hunk, made: Replacement) -> list[str]:
    texts = {line.new: line.text for line in hunk.lines() if line.new is not None}
    return [texts[number] for number in range(made.first, made.last + 1)]


def _holds(made: Replacement, before: list[str], path: str, head: str | None) -> bool:
    """Whether ``made`` fits the file as it is and leaves it well formed."""
    lines = head.split("\n") if head is not None else None
    if lines is not None and lines[made.first - 1 : made.last] != before:
        return False
    if path.endswith((".py", ".pyi")):
        if lines is None:
            return False
        return _parses("\n".join([*lines[: made.first - 1], *made.lines, *lines[made.last :]]))
    return _balance(before) == _balance(made.lines)


def _parses(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _balance(lines: Sequence[str]) -> tuple[int, ...]:
    """What the lines leave open: per kind of bracket its surplus, per quote its parity."""
    text = "\n".join(lines)
    pairs = (text.count(a) - text.count(b) for a, b in zip(*[iter(_BRACKETS)] * 2, strict=True))
    return (*pairs, *(text.count(quote) % 2 for quote in _QUOTES))

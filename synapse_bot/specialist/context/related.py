"""What elsewhere in a repository helps to read one changed file, and how much.

Names are matched as they are written: without types, `save` is every `save`. So a name that many
things bear counts less, and what is near the change counts more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import LineKind
from synapse_bot.domain.spec import Context
from synapse_bot.specialist.context.symbols import Symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.domain.pathkinds import PathKinds
    from synapse_bot.specialist.context.index import Index
    from synapse_bot.specialist.context.symbols import Definition

_MOST = 40  # places for one changed file
_CALLERS = 6  # of one name
_TESTS = 4
_NAMESAKES = 3  # definitions of one name that is called
_COMMON = 8  # a name with more definitions says nothing about a file elsewhere
_WHOLE = 60  # lines of a definition that is given whole
_WINDOW = 12  # lines around a call in a longer one
_CONSTRUCTORS = frozenset({"__init__", "__new__", "__call__", "constructor", "initialize"})
_TEST_AFFIX = re.compile(r"^test[_-]|[._-](?:test|spec)s?$|(?<=[a-z0-9])Tests?$")


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of ``path`` (from 1, both included) that help with the changed file ``of``.

    ``weight`` orders places: callers of what is gone come first.
    """

    path: str
    start: int
    end: int
    kind: Context
    why: str
    of: str
    weight: float


@dataclass(frozen=True)
class Touched:
    """What a change does to the definitions of one file, by name."""

    changed: frozenset[str] = frozenset()
    reshaped: frozenset[str] = frozenset()  # of ``changed``: their signature
    removed: frozenset[str] = frozenset()


def stem(path: str) -> str:
    """The name without what marks a test: `test_page.py`, `page.test.ts`, `PageTest.java`."""
    return _TEST_AFFIX.sub("", PurePosixPath(path).stem).lower()


def touched(file: FileDiff, head: Symbols, before: Symbols | None) -> Touched:
    """The names that ``file`` changes. ``before`` are its symbols at the base."""
    old = {line.old for line in file.lines() if line.kind is LineKind.REMOVED and line.old}
    now = head.at(file.added_lines)
    then = before.at(old) if before else {}
    gone = before.defined - head.defined if before else frozenset()
    changed: set[str] = set()
    reshaped: set[str] = set()
    for symbols, found, lines in ((head, now, file.added_lines), (before or Symbols(), then, old)):
        for definition in found:
            names = _names(symbols, definition)
            changed |= names
            if any(definition.start <= n <= definition.signature for n in lines):
                reshaped |= names
    removed = gone & {d.name for d in then}
    return Touched(frozenset(changed - removed), frozenset(reshaped - removed), removed)


def _names(symbols: Symbols, definition: Definition) -> set[str]:
    """Under which names it is called: a constructor under that of its class."""
    if definition.name not in _CONSTRUCTORS:
        return {definition.name}
    return {outer.name for outer in symbols.around(definition.start) if outer.kind == "class"}


def related(
    file: FileDiff, head: Symbols, before: Symbols | None, index: Index, kinds: PathKinds
) -> tuple[Place, ...]:
    """The places of ``index`` that help with ``file``, the most useful first."""
    names = touched(file, head, before)
    found = [
        *_callees(file, head, index),
        *_callers(file.path, names, index, kinds),
        *_named_tests(file.path, index, kinds),
    ]
    best: dict[tuple[str, int, int], Place] = {}
    for place in sorted(found, key=lambda p: (-p.weight, p.path, p.start, p.why)):
        best.setdefault((place.path, place.start, place.end), place)
    return tuple(best.values())[:_MOST]


def _callees(file: FileDiff, head: Symbols, index: Index) -> Iterator[Place]:
    """The definitions of what added lines call."""
    called = {name for name, line in head.uses if line in file.added_lines}
    for name in sorted(called):
        found = [place for place in index.definitions.get(name, ()) if place[1].kind != "value"]
        share = 1 / max(1, len(found)) ** 0.5
        nearest = sorted(found, key=lambda place: (-_nearness(place[0], file.path), place[0]))
        for path, definition in nearest[:_NAMESAKES]:
            if path == file.path and definition.start in file.added_lines:
                continue
            near = _nearness(path, file.path)
            if near < 1 and len(found) > _COMMON:
                continue
            end = min(definition.end, definition.start + _WHOLE)
            why, weight = f"defines {name}, which the change uses", 3 * share + near
            yield Place(path, definition.start, end, Context.CALLEES, why, file.path, weight)


def _callers(path: str, names: Touched, index: Index, kinds: PathKinds) -> Iterator[Place]:
    """The functions that call what is changed; what calls a name that is gone comes first."""
    for name in sorted(names.changed | names.removed):
        namesakes = len(index.definitions.get(name, ()))
        used = [place for place in index.uses.get(name, ()) if place[0] != path]
        used.sort(key=lambda place: (-_nearness(place[0], path), place))
        weight, why = _concern(name, names)
        left = {Context.CALLERS: _CALLERS, Context.TESTS: _TESTS}
        seen: set[tuple[str, int]] = set()
        for other, line in used:
            kind = Context.TESTS if kinds.is_test(other) else Context.CALLERS
            near = _nearness(other, path)
            if not left[kind] or (near < 1 and namesakes > _COMMON):
                continue
            start, end = _span(index.files[other].around(line), line)
            if (other, start) in seen:
                continue
            seen.add((other, start))
            left[kind] -= 1
            rated = weight / max(1, namesakes) ** 0.5 + near - (kind is Context.TESTS)
            yield Place(other, start, end, kind, why, path, rated)


def _concern(name: str, names: Touched) -> tuple[float, str]:
    if name in names.removed:
        return 5.0, f"uses {name}, which the change removes or renames"
    if name in names.reshaped:
        return 4.0, f"uses {name}, whose signature the change touches"
    return 2.0, f"uses {name}, which the change edits"


def _span(holding: Sequence[Definition], line: int) -> tuple[int, int]:
    """The lines to give of the definitions that hold ``line``."""
    inner = next((d for d in reversed(holding) if d.end - d.start < _WHOLE), None)
    if inner is not None and inner.kind == "function":
        return inner.start, inner.end
    return max(1, line - _WINDOW), line + _WINDOW


def _named_tests(path: str, index: Index, kinds: PathKinds) -> Iterator[Place]:
    """The beginning of the test file that bears the name of ``path``."""
    if kinds.is_test(path):
        return
    wanted, suffix = stem(path), PurePosixPath(path).suffix
    same = (p for p in index.files if stem(p) == wanted and kinds.is_test(p))
    for other in sorted(p for p in same if PurePosixPath(p).suffix == suffix)[:2]:
        why = f"the tests named after {PurePosixPath(path).name}"
        yield Place(other, 1, _WHOLE, Context.TESTS, why, path, 0.5)


def _nearness(path: str, other: str) -> float:
    """0..2: 2 for the same file, 1 for the same folder, else by how much of the way is shared."""
    if path == other:
        return 2.0
    one, two = PurePosixPath(path).parent.parts, PurePosixPath(other).parent.parts
    if one == two:
        return 1.0
    shared = _shared(one, two)
    return 0.8 * shared / max(len(one), len(two), 1)


def _shared(one: Iterable[str], two: Iterable[str]) -> int:
    count = 0
    for left, right in zip(one, two, strict=False):
        if left != right:
            break
        count += 1
    return count

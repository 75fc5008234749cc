"""Exported functions of JavaScript and TypeScript that a change altered, and who relies on them.

As for Python, a caller is found by its import and judged by what it passes. What is imported by a
name that only a bundler or a package manager can resolve is not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Gap
from synapse_bot.specialist.change import bounds
from synapse_bot.specialist.change.before import nearest_added, new_line_of, texts_before
from synapse_bot.specialist.change.bounds import Allowance, not_compared, shortfalls
from synapse_bot.specialist.change.contracts import GONE, RULE, places
from synapse_bot.specialist.change.script_imports import Import, imports_of, resolve
from synapse_bot.specialist.change.scripts import (
    DEFAULT,
    SUFFIXES,
    Exports,
    Function,
    Script,
    exports_of,
    read_script,
)
from synapse_bot.specialist.change.telling import finding
from synapse_bot.specialist.change.uses import Use
from synapse_bot.specialist.runner import Looked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.domain.diff import Diff, FileDiff
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.change.scripts import Node
    from synapse_bot.specialist.output.base import RawFinding
    from synapse_bot.specialist.runner import Place

_PROMISED = frozenset({"then", "catch", "finally"})
_SPECIFIER = re.compile(r"""['"](\.{1,2}/[^'"\n]{0,300}|\.{1,2})['"]""")
Broken = list[tuple[Use, str]]


def scan(task: Examination, paths: Sequence[str], place: Place) -> Looked:
    """A finding for every export of ``paths`` whose users were left behind."""
    del place
    before = texts_before(task, [path for path in paths if path.endswith(SUFFIXES)])
    read = [_altered(task, path, text) for path, text in before.items() if text]
    altered = [a for a in read if isinstance(a, Altered) and (a.changed or a.gone)]
    unread = tuple(item for item in read if isinstance(item, Gap))
    if not altered:
        return Looked((), unread)
    surroundings = Surroundings.of(task, altered)
    found = tuple(raw for item in altered for raw in item.findings(surroundings))
    missed = shortfalls(surroundings.names, surroundings.held, surroundings.allowance)
    return Looked(found, (*unread, *missed))


@dataclass(frozen=True)
class Altered:
    """The exports of one file before and after."""

    file: FileDiff
    old: Exports
    new: Exports

    @cached_property
    def changed(self) -> Mapping[str, tuple[Function, Function]]:
        pairs = ((n, f, self.new.functions.get(n)) for n, f in self.old.functions.items())
        return {n: (f, now) for n, f, now in pairs if f and now and not f.called_alike(now)}

    @cached_property
    def gone(self) -> Mapping[str, int]:
        if self.new.open or self.old.open:
            return {}
        return {n: line for n, line in self.old.lines.items() if n not in self.new.lines}

    @property
    def _weight(self) -> tuple[str, float]:
        """Plain JavaScript may leave arguments out, and often means to; a compiler refuses."""
        return ("medium", 0.6) if "ts" in self.file.path.rpartition(".")[2] else ("low", 0.4)

    def findings(self, surroundings: Surroundings) -> Iterator[RawFinding]:
        for name, line in self.gone.items():
            users = [Use(i.path, i.line) for i in surroundings.importers(self.file.path, name)]
            if users:
                where = nearest_added(self.file, new_line_of(self.file, line))
                what = f"`{name}` is no longer exported here and still imported at {places(users)}."
                yield finding(self.file, where, GONE, what, "high", 0.85)
        for name, (old, new) in self.changed.items():
            broken = [
                b
                for i in surroundings.importers(self.file.path, name)
                for b in surroundings.broken(i, old, new)
            ]
            if broken:
                added = self.file.added_lines
                near = nearest_added(self.file, new.line)
                line = next((n for n in range(new.line, new.end_line + 1) if n in added), near)
                users = [use for use, _ in broken]
                what = f"The signature of `{name}` changed: {places(users)} {broken[0][1]}."
                yield finding(self.file, line, RULE, what, *self._weight)


@dataclass(frozen=True)
class Importer:
    """A file that imports the name in question. ``called`` is how it calls it: "f", "lib.f"."""

    path: str
    line: int
    called: str


@dataclass(frozen=True)
class Surroundings:
    """The scripts that may import what changed, as the change leaves them.

    ``names`` and ``held`` count what was searched for and the files that hold some of it, those
    beyond the bounds too.
    """

    scripts: Mapping[str, Script]
    imports: Mapping[str, tuple[Import, ...]]
    paths: frozenset[str]
    diff: Diff
    names: int
    held: int
    allowance: Allowance

    @classmethod
    def of(cls, task: Examination, altered: Sequence[Altered]) -> Surroundings:
        assert task.past is not None
        names = sorted({n for a in altered for n in (*a.changed, *a.gone)} - {DEFAULT})
        stems = sorted({_stem(a.file.path) for a in altered})
        touched = {path for f in task.diff.files for path in (f.path, f.old_path) if path}
        words = [*names, *stems]
        held = [
            p for p in task.past.holding(words[: bounds.MAX_NAMES], SUFFIXES) if p not in touched
        ]
        read = task.past.texts(held[: bounds.MAX_FILES])
        texts = {path: content.decode("utf-8", "replace") for path, content in read.items()}
        texts |= {path: text for path, text in task.texts.items() if path.endswith(SUFFIXES)}
        gone = {f.old_path for f in task.diff.files if f.old_path} - set(task.texts)
        paths = frozenset((set(task.past.tree()) - gone) | set(task.texts))
        allowance = Allowance(bounds.SECONDS)
        scripts: dict[str, Script] = {}
        for path, text in sorted(texts.items()):
            relative = any(resolve(path, m[1], paths) for m in _SPECIFIER.finditer(text))
            script = read_script(path, text) if relative and not allowance.over() else None
            if script is not None:
                scripts[path] = script
        imports = {path: tuple(imports_of(script)) for path, script in scripts.items()}
        return cls(scripts, imports, paths, task.diff, len(words), len(held), allowance)

    def importers(self, path: str, name: str, hops: int = 2) -> Iterator[Importer]:
        """Whoever imports ``name`` of ``path``, also through files that hand it on."""
        for importer, found in self._of(path):
            if self.allowance.over():
                return
            if found.name not in (name, "*") or importer == path:
                continue
            if not found.handed_on:
                yield from self._as_called(importer, found, name)
            elif hops:
                passed = name if found.name == "*" else found.local
                yield from self.importers(importer, passed, hops - 1)

    def _of(self, path: str) -> Iterator[tuple[str, Import]]:
        for importer, imports in self.imports.items():
            for found in imports:
                if resolve(importer, found.source, self.paths) == path:
                    yield importer, found

    def _as_called(self, path: str, found: Import, name: str) -> Iterator[Importer]:
        script = self.scripts[path]
        if found.name != "*":
            if script.declared[found.local] == _own(script, found):
                yield Importer(path, found.line, found.local)
            return
        if script.declared[found.local] > 1:
            return
        if name == DEFAULT:  # require() of a module that is a function
            yield Importer(path, found.line, found.local)
            return
        called = f"{found.local}.{name}"
        if line := script.members.get(called):
            yield Importer(path, line, called)

    def broken(self, importer: Importer, old: Function, new: Function) -> Broken:
        script = self.scripts[importer.path]
        found = []
        for node in script.calls.get(importer.called, ()):
            first, last = node.start_point.row + 1, node.end_point.row + 1
            rewritten = self._added(importer.path, first, last)
            if why := _why(script, node, old, new, rewritten=rewritten):
                found.append((Use(importer.path, first), why))
        return found

    def _added(self, path: str, first: int, last: int) -> bool:
        file = self.diff.by_path.get(path)
        return file is not None and any(n in file.added_lines for n in range(first, last + 1))


def _own(script: Script, found: Import) -> int:
    """How often the import itself declares its name: a require does, by its pattern."""
    node_types = [n for n in script.root.named_children if n.start_point.row + 1 == found.line]
    is_import = any(n.type == "import_statement" for n in node_types)
    return 0 if is_import else 1


def _why(script: Script, call: Node, old: Function, new: Function, *, rewritten: bool) -> str:
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type != "arguments":
        return ""
    given = [child for child in arguments.named_children if child.type != "comment"]
    if any(child.type == "spread_element" for child in given):
        return ""
    count = len(given)
    if count < old.required or (count > len(old.names) and not old.rest):
        return ""  # it did not fit before either
    if count < new.required:
        return f"does not pass {new.names[count]!r}"
    if count > len(new.names) and not new.rest:
        return f"passes {count} arguments, and it takes {len(new.names)}"
    if rewritten:
        return ""
    for number, (was, now) in enumerate(zip(old.names, new.names, strict=False), start=1):
        if number <= count and was != now and (was in new.names or now in old.names):
            return f"argument {number} was {was!r} and is now {now!r}"
    if new.waits and not old.waits and _used_at_once(script, call):
        return "does not await it, and it is async now"
    return ""


def _used_at_once(script: Script, call: Node) -> bool:
    """Whether something is done with the value that cannot be done with a promise."""
    parent = call.parent
    if parent is None:
        return False
    if parent.type == "member_expression":
        return script.part(parent, "property") not in _PROMISED
    if parent.type == "parenthesized_expression" and parent.parent is not None:
        return parent.parent.type in ("if_statement", "while_statement")
    return parent.type in ("binary_expression", "unary_expression", "subscript_expression")


def _stem(path: str) -> str:
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    return folder.rpartition("/")[2] or stem if stem == "index" else stem


def _altered(task: Examination, path: str, text: str) -> Altered | Gap:
    old, new = read_script(path, text), read_script(path, task.texts[path])
    if old is None or new is None:
        return not_compared(path)
    return Altered(task.diff.by_path[path], exports_of(old), exports_of(new))

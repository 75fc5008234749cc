"""Python functions and names that a change altered, and whoever relies on what they were.

A caller is left behind when its call fitted the signature before and does not now: both are bound
by Python's rules, so a parameter with a default, or one that nobody passes, says nothing. A caller
is found by its imports, not by its name alone, in the change and in the rest of the repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Gap
from synapse_bot.specialist.change import bounds
from synapse_bot.specialist.change.before import nearest_added, new_line_of, texts_before
from synapse_bot.specialist.change.binding import Given, misfit, moved
from synapse_bot.specialist.change.bounds import Allowance, not_compared, shortfalls
from synapse_bot.specialist.change.interface import Interface, read_interface
from synapse_bot.specialist.change.modules import Module, module_of
from synapse_bot.specialist.change.telling import finding, listed
from synapse_bot.specialist.change.uses import Source, Use
from synapse_bot.specialist.runner import Looked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.domain.diff import Diff, FileDiff
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.change.interface import Callable, Signature
    from synapse_bot.specialist.output.base import RawFinding
    from synapse_bot.specialist.runner import Place

RULE, GONE = "signature-callers", "name-removed-in-use"
_SUFFIXES = (".py", ".pyi")
_SHOWN = 3
# A method of one of these names may be anybody's: str, dict, list, set, bytes, int, files.
_COMMON = frozenset(
    name for kind in (str, dict, list, set, bytes, int, tuple) for name in dir(kind)
) | {"close", "read", "write", "open", "run", "start", "stop", "send", "save", "delete", "execute"}


def scan(task: Examination, paths: Sequence[str], place: Place) -> Looked:
    """A finding for every function or name of ``paths`` whose users were left behind."""
    del place
    before = texts_before(task, [path for path in paths if path.endswith(_SUFFIXES)])
    read = [_altered(task, path, old) for path, old in before.items() if old]
    altered = [item for item in read if isinstance(item, Altered)]
    unread = tuple(item for item in read if isinstance(item, Gap))
    names = sorted({name for item in altered for name in item.searched})
    if not names:
        return Looked((), unread)
    repository = Repository.around(task, names[: bounds.MAX_NAMES])
    found = tuple(raw for item in altered for raw in item.findings(repository))
    missed = shortfalls(len(names), repository.held, repository.allowance)
    return Looked(found, (*unread, *missed))


@dataclass(frozen=True)
class Repository:
    """The Python files that hold one of the names in question, as the change leaves them.

    ``held`` counts all that hold one, those beyond the bound too.
    """

    sources: tuple[Source, ...]
    paths: frozenset[str]
    diff: Diff
    held: int
    allowance: Allowance

    @classmethod
    def around(cls, task: Examination, names: Sequence[str]) -> Repository:
        assert task.past is not None
        tree = set(task.past.tree())
        touched = {path for f in task.diff.files for path in (f.path, f.old_path) if path}
        held = [p for p in task.past.holding(names, _SUFFIXES) if p not in touched]
        read = task.past.texts(held[: bounds.MAX_FILES])
        texts = {path: content.decode("utf-8", "replace") for path, content in read.items()}
        texts |= {path: text for path, text in task.texts.items() if path.endswith(_SUFFIXES)}
        wanted = [(p, t) for p, t in texts.items() if any(name in t for name in names)]
        sources = tuple(Source(path, text) for path, text in sorted(wanted))
        paths = frozenset(tree | set(task.texts))
        return cls(sources, paths, task.diff, len(held), Allowance(bounds.SECONDS))

    def is_submodule(self, module: Module, name: str) -> bool:
        """Whether a package has a module ``name``, which an import finds without its help."""
        folder, _, file = module.path.rpartition("/")
        if file != "__init__.py":
            return False
        return any(f"{folder}/{name}{end}" in self.paths for end in (".py", "/__init__.py"))

    def homes(self, module: Module, name: str) -> Iterator[tuple[Module, str]]:
        """Where ``name`` can be had: its module, and packages whose __init__ hands it on."""
        yield module, name
        for source in self.sources:
            if source.path.endswith("/__init__.py") and source.path != module.path:
                for found in source.imports(module):
                    if found.name == name:
                        yield module_of(source.path, self.paths), found.local

    def uses(self, module: Module, name: str) -> Iterator[Use]:
        seen: set[tuple[str, int, bool]] = set()
        for home, as_name in self.homes(module, name):
            for source in self.sources:
                if self.allowance.over():
                    return
                for use in source.uses(home, as_name) if source.path != home.path else ():
                    key = (use.path, use.line, use.call is None)
                    if key not in seen:
                        seen.add(key)
                        yield use


@dataclass(frozen=True)
class Altered:
    """One file before and after."""

    file: FileDiff
    old: Interface
    new: Interface
    module: Module

    @cached_property
    def changed(self) -> Mapping[str, tuple[Callable, Callable]]:
        """By name, the functions whose signature differs."""
        pairs = ((n, c, self.new.callables.get(n)) for n, c in self.old.callables.items())
        return {n: (c, now) for n, c, now in pairs if now and c.signature != now.signature}

    @cached_property
    def gone(self) -> Mapping[str, int]:
        """Names that the module bound at its top and no longer does, with their old line."""
        if self.new.offers_anything:
            return {}
        return {n: line for n, line in self.old.names.items() if n not in self.new.names}

    @property
    def searched(self) -> set[str]:
        return {name.replace(".__init__", "").rpartition(".")[2] for name in self.changed} | {
            *self.gone
        }

    def findings(self, repository: Repository) -> Iterator[RawFinding]:
        for name, (old, new) in self.changed.items():
            yield from self._of_function(name, old, new, repository)
        for name, line in self.gone.items():
            yield from self._of_gone(name, line, repository)

    def _of_gone(self, name: str, line: int, repository: Repository) -> Iterator[RawFinding]:
        users = list(repository.uses(self.module, name))
        if users and not repository.is_submodule(self.module, name):
            where = nearest_added(self.file, new_line_of(self.file, line))
            what = f"`{name}` is no longer in this module and is still used at {places(users)}."
            yield finding(self.file, where, GONE, what, "high", 0.85)

    def _of_function(
        self, name: str, old: Callable, new: Callable, repository: Repository
    ) -> Iterator[RawFinding]:
        sure, unsure = self._calls(name, repository)
        judge = Judge(old.signature, new.signature, repository.diff)
        broken = judge.broken(sure)
        severity, confidence = "high", 0.85
        if not broken:
            broken = judge.broken(unsure)
            severity, confidence = "medium", 0.6
        if broken:
            added = self.file.added_lines
            near = nearest_added(self.file, new.line)
            line = next((n for n in range(new.line, new.end_line + 1) if n in added), near)
            users = [use for use, _ in broken]
            what = f"The signature of `{name}` changed: {places(users)} {broken[0][1]}."
            yield finding(self.file, line, RULE, what, severity, confidence)

    def _calls(self, name: str, repository: Repository) -> tuple[list[Use], list[Use]]:
        """Calls that can mean nothing else, and calls of a method by its name alone."""
        owner, _, last = name.rpartition(".")
        own = next((s for s in repository.sources if s.path == self.module.path), None)
        if last == "__init__":
            return _class_calls(self, owner, own, repository), []
        if not owner:
            found = list(repository.uses(self.module, name))
            return found + (list(own.own_calls(name)) if own else []), []
        if last.startswith("__") or last in _COMMON:
            return [], []
        if sum(source.defined[last] for source in repository.sources) != 1:
            return [], []
        if repository.allowance.over():
            return [], []
        return [], [use for s in repository.sources for use in s.calls_of_method(last)]


def _class_calls(
    altered: Altered, owner: str, own: Source | None, repository: Repository
) -> list[Use]:
    found = list(repository.uses(altered.module, owner))
    return found + (list(own.own_calls(owner)) if own else [])


@dataclass(frozen=True)
class Judge:
    """What became of calls of one function whose signature changed."""

    old: Signature
    new: Signature
    diff: Diff

    def broken(self, uses: Sequence[Use]) -> list[tuple[Use, str]]:
        return [(use, why) for use in uses if (why := self._why(use))]

    def _why(self, use: Use) -> str:
        if use.call is None:
            return ""
        given = Given.of(use.call)
        if misfit(given, self.old):
            return ""  # it was broken before, or is not a call of this
        if why := misfit(given, self.new):
            return why
        if self._rewritten(use):
            return ""  # by this very change: its author knew
        if why := moved(given, self.old, self.new):
            return why
        if self.new.waits and not self.old.waits and not use.awaited and use.dropped:
            return "does not await it, and it is a coroutine now"
        if self.old.waits and not self.new.waits and use.awaited:
            return "awaits it, and it is no coroutine any more"
        return ""

    def _rewritten(self, use: Use) -> bool:
        file = self.diff.by_path.get(use.path)
        last = (use.call and use.call.end_lineno) or use.line
        lines = range(use.line, last + 1)
        return file is not None and any(line in file.added_lines for line in lines)


def places(uses: Sequence[Use]) -> str:
    """ "a.py:1, b.py:2, c.py:3 and 2 more"."""
    return listed(list(dict.fromkeys(str(use) for use in uses)), _SHOWN)


def _altered(task: Examination, path: str, text: str) -> Altered | Gap:
    assert task.past is not None  # or nothing of the text before would be known
    old, new = read_interface(text), read_interface(task.texts[path])
    if old is None or new is None:
        return not_compared(path)
    tree = task.past.tree()
    return Altered(task.diff.by_path[path], old, new, module_of(path, tree))

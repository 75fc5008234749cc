"""Which function of the change a call means: by name, by import, by the object's class."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.values import NOTHING, Token, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.specialist.python.source import Function, Module

# Method names of everybody: a call of one says nothing of whose method it is.
_COMMON = frozenset({
    "get", "post", "put", "patch", "delete", "list", "create", "update", "run", "execute", "save",
    "load", "open", "close", "read", "write", "send", "start", "stop", "add", "remove", "pop",
    "append", "items", "keys", "values", "copy", "format", "join", "split", "find", "filter",
    "all", "first", "query", "commit", "connect", "validate", "clean", "render", "process",
    "handle", "call", "apply", "init", "main", "setup", "encode", "decode", "dumps", "loads",
    "parse", "search", "match", "head", "options", "invoke", "fetch", "insert", "select"
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reach:
    """A value that gets to a sink. ``token`` says who chose it; ``formatted`` that it was pasted
    into a text, ``literal`` that there it stands for a value."""

    rule: str
    path: str
    line: int
    token: Token
    weak: float = 0.0
    formatted: bool = False
    literal: bool = False


@dataclass(frozen=True)
class Summary:
    """What a function does with its parameters, seen from a caller."""

    reaches: tuple[Reach, ...] = ()
    returns: Value = NOTHING


@dataclass(frozen=True, eq=False)
class Known:
    """A function and the file that it stands in."""

    module: Module
    function: Function


@dataclass
class Project:
    """All functions of the change, by dotted name; methods that only one class has, by name."""

    known: tuple[Known, ...]
    by_name: dict[str, Known] = field(default_factory=dict)
    by_method: dict[str, Known] = field(default_factory=dict)

    @classmethod
    def of(cls, modules: Iterable[Module]) -> Project:
        known = tuple(Known(module, f) for module in modules for f in module.functions)
        by_name: dict[str, Known] = {}
        methods: dict[str, list[Known]] = defaultdict(list)
        for entry in known:
            by_name[f"{entry.module.name}.{entry.function.name}"] = entry
            if entry.function.owner is not None:
                methods[entry.function.node.name].append(entry)
        single = {n: e[0] for n, e in methods.items() if len(e) == 1 and n not in _COMMON}
        return cls(known, by_name, single)

    def find(self, module: Module, within: Function | None, call: ast.Call) -> Known | None:
        """The function that ``call`` means, or None where the change does not hold it."""
        name = module.resolve(call.func)
        if not name:
            return None
        if name.startswith(("self.", "cls.")) and within is not None and "." in within.name:
            family = within.name.rpartition(".")[0]
            if own := self.by_name.get(f"{module.name}.{family}.{name.partition('.')[2]}"):
                return own
        if within is not None:
            nested = self.by_name.get(f"{module.name}.{within.name}.{name}")
            if nested:
                return nested
        if found := self._by_path(module, name):
            return found
        if isinstance(call.func, ast.Attribute):
            return self.by_method.get(call.func.attr)
        return None

    def _by_path(self, module: Module, name: str) -> Known | None:
        """``name`` in its own file, then as an absolute name, then below any folder."""
        plain = name.replace("()", "")
        candidates = [f"{module.name}.{plain}", plain]
        parts = module.name.split(".")[:-1]
        candidates += [".".join((*parts[:end], plain)) for end in range(len(parts), 0, -1)]
        return next((self.by_name[c] for c in candidates if c in self.by_name), None)

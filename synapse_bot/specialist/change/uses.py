"""Where a Python file uses a name of another module, and how it calls it."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.specialist.change.interface import binds, parse
from synapse_bot.specialist.change.modules import imports_of
from synapse_bot.specialist.python.trees import children, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from synapse_bot.specialist.change.modules import Imported, Module


@dataclass(frozen=True, slots=True)
class Use:
    """``call`` is None where the name is only imported or handed on.

    ``sure`` says that the name can mean nothing else.
    """

    path: str
    line: int
    call: ast.Call | None = None
    awaited: bool = False
    dropped: bool = False  # its value is used at once, as what the function returns
    sure: bool = True

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Source:
    """A file that may use what changed."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._text = text

    @cached_property
    def tree(self) -> ast.Module | None:
        return parse(self._text)

    @cached_property
    def _nodes(self) -> Sequence[ast.AST]:
        return walk(self.tree) if self.tree else ()

    @cached_property
    def _parents(self) -> Mapping[int, ast.AST]:
        return {id(child): node for node in self._nodes for child in children(node)}

    @cached_property
    def _bound(self) -> Counter[str]:
        """How often a name is bound anywhere in the file; what is bound by others may be theirs."""
        return Counter(name for node in self._nodes for name in binds(node))

    @cached_property
    def _calls(self) -> Mapping[str, list[ast.Call]]:
        """Calls by the whole dotted name that is called."""
        found: dict[str, list[ast.Call]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Call) and (name := dotted(node.func)):
                found.setdefault(name, []).append(node)
        return found

    @cached_property
    def defined(self) -> Counter[str]:
        """Functions and methods by their last name."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return Counter(node.name for node in self._nodes if isinstance(node, kinds))

    def imports(self, module: Module) -> tuple[Imported, ...]:
        stem = module.path.rpartition("/")[2].partition(".")[0]
        if stem != "__init__" and stem not in self._text:
            return ()  # no import of a module goes without its name; parsing is what costs
        return tuple(imports_of(self.tree, self.path, module)) if self.tree else ()

    def uses(self, module: Module, name: str) -> Iterator[Use]:
        """Imports of ``name`` and calls of what they bring, where nothing else bears the name."""
        found_all = self.imports(module)
        ours = Counter(found.local for found in found_all)
        for found in found_all:
            if found.guarded or (found.name and found.name != name):
                continue
            if found.name:
                yield Use(self.path, found.line)
            local = found.local if found.name else f"{found.local}.{name}"
            if self._bound[found.local.partition(".")[0]] == ours[found.local]:
                yield from self.calls_of(local)
                if not found.name:
                    yield from self._mentions(local)

    def calls_of(self, name: str) -> Iterator[Use]:
        """Calls of exactly ``name``, which may have dots."""
        for call in self._calls.get(name, ()):
            yield self._use(call)

    def own_calls(self, name: str) -> Iterator[Use]:
        """Calls of a function that this very file defines, once, and nothing else binds."""
        if self._bound[name] == 1:
            yield from self.calls_of(name)

    @cached_property
    def _attributes(self) -> Mapping[str, list[ast.Attribute]]:
        """Every ``anything.name``, by name."""
        found: dict[str, list[ast.Attribute]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Attribute):
                found.setdefault(node.attr, []).append(node)
        return found

    def calls_of_method(self, name: str) -> Iterator[Use]:
        """Calls of ``anything.name``, whatever it is."""
        for node in self._attributes.get(name, ()):
            parent = self._parents.get(id(node))
            if isinstance(parent, ast.Call) and parent.func is node:
                yield self._use(parent)

    def _mentions(self, name: str) -> Iterator[Use]:
        for node in self._attributes.get(name.rpartition(".")[2], ()):
            if dotted(node) == name:
                yield Use(self.path, node.lineno)

    def _use(self, call: ast.Call) -> Use:
        parent = self._parents.get(id(call))
        awaited = isinstance(parent, ast.Await)
        dropped = isinstance(parent, _CONSUMERS)
        return Use(self.path, call.lineno, call, awaited, dropped)


# What does something with a value that no coroutine can do, or throws it away.
_CONSUMERS = (
    ast.Expr,
    ast.Attribute,
    ast.Subscript,
    ast.Compare,
    ast.BinOp,
    ast.BoolOp,
    ast.UnaryOp,
    ast.If,
    ast.For,
)


def dotted(node: ast.expr) -> str:
    """ "a.b.c" of names joined by dots; "" for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join((node.id, *reversed(parts)))

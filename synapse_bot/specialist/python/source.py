"""A Python file as the analysis reads it: its tree, what its names mean, its functions."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from synapse_bot.specialist.python.trees import children, tree_of, walk

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_MAX_ASSIGNED = 50  # assignments of one name that are looked at
_MAX_CHAIN = 40  # links of a.b().c that a name is followed through


@dataclass(frozen=True, eq=False)
class Function:
    """A function or method. ``name`` is dotted within its file: "Orders.get"."""

    node: FunctionNode
    name: str
    owner: ast.ClassDef | None = None

    @cached_property
    def params(self) -> tuple[ast.arg, ...]:
        """In the order of a call, the object of a method left out; then *args and **kwargs."""
        spec = self.node.args
        plain = [*spec.posonlyargs, *spec.args]
        if self.owner is not None and plain and not self.is_static:
            plain = plain[1:]
        rest = [arg for arg in (spec.vararg, spec.kwarg) if arg is not None]
        return (*plain, *spec.kwonlyargs, *rest)

    @cached_property
    def is_static(self) -> bool:
        names = (d.id for d in self.node.decorator_list if isinstance(d, ast.Name))
        return "staticmethod" in names

    @cached_property
    def defaults(self) -> Mapping[str, ast.expr]:
        """Parameter name -> its default."""
        spec = self.node.args
        plain = [*spec.posonlyargs, *spec.args]
        tail = plain[len(plain) - len(spec.defaults) :]
        found = {arg.arg: value for arg, value in zip(tail, spec.defaults, strict=True)}
        pairs = zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
        return found | {arg.arg: value for arg, value in pairs if value is not None}

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in the body, the bodies of inner functions and classes left out."""
        return tuple(walk_own(self.node.body))


@dataclass(frozen=True, eq=False)
class Module:
    """``imports`` maps a local name to what it stands for: "sh" -> "subprocess"."""

    path: str
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]  # all of the tree
    imports: Mapping[str, str]
    functions: tuple[Function, ...]

    @cached_property
    def name(self) -> str:
        """The dotted name by its path: "shop/db.py" is shop.db."""
        path = PurePosixPath(self.path)
        parts = [*path.parts[:-1], path.stem]
        return ".".join(parts[:-1] if parts[-1] == "__init__" and parts[:-1] else parts)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.text.split("\n"))

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        return tuple(node for node in self.nodes if isinstance(node, ast.ClassDef))

    @cached_property
    def calls(self) -> tuple[tuple[str, ast.Call], ...]:
        """Every call with the dotted name of what is called."""
        return tuple((self.resolve(n.func), n) for n in self.nodes if isinstance(n, ast.Call))

    @cached_property
    def called(self) -> frozenset[str]:
        """The dotted names of all calls."""
        return frozenset(name for name, _ in self.calls)

    @cached_property
    def assigned(self) -> Mapping[str, tuple[ast.Assign, ...]]:
        """A plain name -> its assignments anywhere in the file."""
        found: dict[str, list[ast.Assign]] = defaultdict(list)
        for node in self.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id].append(node)
        return {name: tuple(nodes[:_MAX_ASSIGNED]) for name, nodes in found.items()}

    @cached_property
    def texts(self) -> frozenset[str]:
        """All its string literals."""
        return frozenset(text for node in self.nodes if (text := string(node)) is not None)

    @cached_property
    def roots(self) -> frozenset[str]:
        """The packages that it imports: {"flask", "os"}."""
        return frozenset(name.lstrip(".").partition(".")[0] for name in self.imports.values())

    def resolve(self, expr: ast.AST | None) -> str:
        """What ``expr`` names, imports followed: "flask.request.args.get()", "" for no name."""
        if expr is None or isinstance(expr, ast.Name):
            return "" if expr is None else self.imports.get(expr.id, expr.id)
        known = self._resolved.get(id(expr))  # the tree keeps its nodes, so that ids last
        if known is None:
            known = self._resolved[id(expr)] = self._followed(expr)
        return known

    @cached_property
    def _resolved(self) -> dict[int, str]:
        return {}

    def _followed(self, expr: ast.AST | None) -> str:
        parts: list[str] = []
        for _ in range(_MAX_CHAIN):
            match expr:
                case ast.Attribute():
                    parts.append("." + expr.attr)
                    expr = expr.value
                case ast.Call():
                    parts.append("()")
                    expr = expr.func
                case ast.Subscript():
                    parts.append("[]")
                    expr = expr.value
                case ast.Await():
                    expr = expr.value
                case ast.Name():
                    parts.append(self.imports.get(expr.id, expr.id))
                    return "".join(reversed(parts))
                case ast.Constant() if isinstance(expr.value, str):
                    parts.append("str")
                    return "".join(reversed(parts))
                case _:
                    break
        return "?" + "".join(reversed(parts)) if parts else ""


def parse_module(path: str, text: str) -> Module:
    """The file at ``path``. Raises Unreadable."""
    tree = tree_of(text)
    nodes = tuple(walk(tree))
    return Module(path, text, tree, nodes, _imports(nodes, path), tuple(_functions(tree)))


def _imports(nodes: Iterable[ast.AST], path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                found[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom):
            start = _absolute(node, path)
            for alias in node.names:
                found[alias.asname or alias.name] = f"{start}.{alias.name}".lstrip(".")
    return found


def _absolute(node: ast.ImportFrom, path: str) -> str:
    """The module that ``node`` imports from, a relative one by the place of its file."""
    if not node.level:
        return node.module or ""
    folder = PurePosixPath(path).parts[: -node.level]
    return ".".join((*folder, node.module) if node.module else folder)


def _functions(tree: ast.Module) -> Iterator[Function]:
    todo: list[tuple[ast.AST, str, ast.ClassDef | None]] = [(tree, "", None)]
    while todo:
        node, prefix, owner = todo.pop()
        for child in children(node):
            match child:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield Function(child, prefix + child.name, owner)
                    todo.append((child, f"{prefix}{child.name}.", None))
                case ast.ClassDef():
                    todo.append((child, f"{prefix}{child.name}.", child))
                case ast.expr():
                    pass
                case _:
                    todo.append((child, prefix, owner))


def walk_own(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of ``body`` in no order, without those of functions and classes inside."""
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, FunctionNode | ast.ClassDef):
            todo.extend(children(node))


def string(node: ast.AST | None) -> str | None:
    """The text of a string literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """The value of the first keyword of ``call`` that is in ``names``."""
    return next((word.value for word in call.keywords if word.arg in names), None)


def is_constant(node: ast.AST | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value

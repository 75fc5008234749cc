"""What a Python module offers to others: its functions, classes and names, with signatures."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.trees import Unreadable, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Decorators that leave the way in which a function is called as it is.
_TRANSPARENT = frozenset(
    {
        *("abstractmethod", "asynccontextmanager", "cache", "classmethod", "contextmanager"),
        *("deprecated", "final", "lru_cache", "override", "staticmethod", "wraps"),
    }
)
_MANAGERS = frozenset(("contextmanager", "asynccontextmanager"))
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Signature:
    """How a function is called; the object of a method is left out. ``optional`` names those
    that have a default."""

    positional: tuple[str, ...]  # by place; the first ``nameless`` of them by place only
    keyword: tuple[str, ...]  # by name only
    optional: frozenset[str] = frozenset()
    nameless: int = 0
    rest: bool = False  # *args
    others: bool = False  # **kwargs
    waits: bool = False  # a coroutine: its caller awaits it


@dataclass(frozen=True, slots=True)
class Callable:
    """``name`` is dotted within the module: "connect", "Pool.take". Lines count from 1."""

    name: str
    line: int
    end_line: int  # of the signature
    signature: Signature

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


class Interface:
    """Of one text. What is defined twice, or decorated by a stranger, has no signature here."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree

    @cached_property
    def callables(self) -> Mapping[str, Callable]:
        found = list(_callables(self.tree.body, ""))
        counts = Counter(name for name, _ in found)
        return {name: made for name, made in found if made is not None and counts[name] == 1}

    @cached_property
    def names(self) -> Mapping[str, int]:
        """Every name that the module binds at its top, whatever the branch, with its line."""
        return dict(_bound(self.tree.body))

    @cached_property
    def offers_anything(self) -> bool:
        """Whether it may have names that its text does not show."""
        return "*" in self.names or "__getattr__" in self.names


def read_interface(text: str) -> Interface | None:
    """None for what this interpreter cannot parse."""
    tree = parse(text)
    return None if tree is None else Interface(tree)


def parse(text: str) -> ast.Module | None:
    """The tree of ``text``, which others read too; None for what is no Python, or too long."""
    try:
        return tree_of(text)
    except Unreadable:
        return None


def _callables(body: Sequence[ast.stmt], owner: str) -> Iterator[tuple[str, Callable | None]]:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield f"{owner}{node.name}", _callable(node, owner)
            case ast.ClassDef() if not owner:
                yield from _callables(node.body, f"{node.name}.")
            case ast.If() | ast.Try():  # one of several versions: which, only a run knows
                for inner in ast.walk(node):
                    if isinstance(inner, FunctionNode):
                        yield f"{owner}{inner.name}", None


def _callable(node: FunctionNode, owner: str) -> Callable | None:
    decorators = {_name(decorator) for decorator in node.decorator_list}
    if not decorators <= _TRANSPARENT:
        return None
    spec = node.args
    plain = [*spec.posonlyargs, *spec.args]
    nameless = len(spec.posonlyargs)
    optional = {arg.arg for arg in plain[len(plain) - len(spec.defaults) :]}
    optional |= {
        arg.arg
        for arg, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
        if value is not None
    }
    if owner and "staticmethod" not in decorators:
        if not plain:
            return None
        plain, nameless = plain[1:], max(0, nameless - 1)
    signature = Signature(
        tuple(arg.arg for arg in plain),
        tuple(arg.arg for arg in spec.kwonlyargs),
        frozenset(optional),
        nameless,
        spec.vararg is not None,
        spec.kwarg is not None,
        isinstance(node, ast.AsyncFunctionDef) and not decorators & _MANAGERS,
    )
    end = max(node.lineno, node.body[0].lineno - 1)
    return Callable(f"{owner}{node.name}", node.lineno, end, signature)


def _name(decorator: ast.expr) -> str:
    while isinstance(decorator, ast.Call):
        decorator = decorator.func
    match decorator:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return "?"


def _bound(body: Sequence[ast.stmt]) -> Iterator[tuple[str, int]]:
    """In a branch or a loop whatever is bound anywhere counts: rather too many than too few."""
    for node in body:
        inner = ast.walk(node) if isinstance(node, _COMPOUND) else (node,)
        for part in inner:
            for name in binds(part):
                yield name, node.lineno


_COMPOUND = (
    *(ast.If, ast.Try, ast.TryStar, ast.With, ast.For, ast.While, ast.Match),
    *(ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.Expr),
)


def binds(node: ast.AST) -> Iterator[str]:
    """The names that ``node`` itself binds, those of its parts left out."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name

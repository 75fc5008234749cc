"""How one Python file names another: by import, absolute or relative."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


@dataclass(frozen=True)
class Module:
    """A file as others name it. ``full`` is the dotted path from the top of the repository."""

    path: str
    full: str
    names: frozenset[str]  # all absolute names that may mean it


@dataclass(frozen=True, slots=True)
class Imported:
    """``local`` stands for ``name`` of the module; "" for the module itself.

    ``guarded`` imports stand in a try: that one may fail is expected.
    """

    local: str
    name: str
    line: int
    guarded: bool


def module_of(path: str, tree: Collection[str]) -> Module:
    """The module at ``path``; ``tree`` are the paths of the repository.

    It is named from the topmost folder that is a package, and, since not every package has an
    __init__.py, by any longer path.
    """
    parts = path.removesuffix(".py").removesuffix(".pyi").split("/")
    if parts[-1] == "__init__":
        parts = parts[:-1]
    top = len(parts) - 1
    while top > 0 and "/".join((*parts[:top], "__init__.py")) in tree:
        top -= 1
    names = {".".join(parts[start:]) for start in range(top + 1)}
    return Module(path, ".".join(parts), frozenset(names - {""}))


def imports_of(tree: ast.Module, path: str, module: Module) -> Iterator[Imported]:
    """Every import in the file at ``path`` that may mean ``module`` or a name of it."""
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Try | ast.TryStar)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found = _plain(node, module)
        elif isinstance(node, ast.ImportFrom):
            found = _from(node, path, module)
        else:
            continue
        for local, name in found:
            yield Imported(local, name, node.lineno, id(node) in guarded)


def _plain(node: ast.Import, module: Module) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if alias.name in module.names:
            yield alias.asname or alias.name, ""


def _from(node: ast.ImportFrom, path: str, module: Module) -> Iterator[tuple[str, str]]:
    if node.level:
        folder = path.split("/")[:-1]
        above = len(folder) - (node.level - 1)
        if above < 0:
            return
        source = ".".join((*folder[:above], *([node.module] if node.module else [])))
        known: Collection[str] = (module.full,)
    else:
        source, known = node.module or "", module.names
    for alias in node.names:
        if source in known:
            yield alias.asname or alias.name, alias.name
        elif f"{source}.{alias.name}" in known:
            yield alias.asname or alias.name, ""

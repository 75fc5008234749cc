"""Loads an SDK without the hundreds of types that nobody here asks for.

Most of the time that importing an SDK takes goes into its ``types`` package, which only hands on
the names of other modules, each of which builds pydantic models. Such a package is not run here:
its source says which name comes from which module, and that module is imported when somebody asks
for the name. Whoever asks gets what he always gets, later. A package that does anything but hand
on names is run as ever.
"""

from __future__ import annotations

import ast
import gc
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import PathFinder
from importlib.util import resolve_name
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec


def load_sdk(name: str, *modules: str) -> None:
    """Import the package ``name``, and then its ``modules``, with its types deferred."""
    with _deferring(f"{name}.types"), _uncollected():
        for module in (name, *modules):
            import_module(module)


@contextmanager
def _deferring(package: str) -> Iterator[None]:
    finder = _Finder(package)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: of what an import makes nearly everything stays."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a name comes from; ``name`` "" is the module itself."""

    module: str
    name: str = ""


def handed_on(source: str, package: str) -> Mapping[str, Source] | None:
    """The names that the ``__init__`` of ``package`` hands on, None where it does more than that.

    Its own modules are among them, as they are once it has run. A name that is also the name of
    a module would mean the one or the other, by the order of imports: None as well.
    """
    names: dict[str, Source] = {}
    for node in ast.parse(source).body:
        match node:
            case ast.ImportFrom(module="__future__") | ast.Expr(ast.Constant()):
                pass
            case ast.ImportFrom(level=level) if level and node.names[0].name != "*":
                base = resolve_name("." * level + (node.module or ""), package)
                for alias in node.names:
                    whole = Source(f"{base}.{alias.name}")
                    found = Source(base, alias.name) if node.module else whole
                    names[alias.asname or alias.name] = found
            case _:
                return None
    prefix = f"{package}."
    own = {one.module for one in names.values() if one.module.startswith(prefix)}
    modules = {module.removeprefix(prefix).partition(".")[0] for module in own}
    if any(names[name] != Source(prefix + name) for name in modules & names.keys()):
        return None
    return {**names, **{name: Source(prefix + name) for name in modules}}


class _Finder(MetaPathFinder):
    """Finds ``package`` and what is in it as Python does, and defers what can be deferred."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._package and not fullname.startswith(f"{self._package}."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.submodule_search_locations is None:
            return spec  # a module, and no package
        if isinstance(spec.loader, InspectLoader):
            names = handed_on(spec.loader.get_source(fullname) or "", fullname)
            if names:
                spec.loader = _Deferrer(names)
        return spec


class _Deferrer(Loader):
    """Makes a package that looks its names up instead of running it."""

    def __init__(self, names: Mapping[str, Source]) -> None:
        self.names = names

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Deferred(spec.name, self.names)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Deferred(ModuleType):
    """A package whose names are imported when they are asked for."""

    def __init__(self, name: str, names: Mapping[str, Source]) -> None:
        super().__init__(name)
        self.__names = names

    def __getattr__(self, name: str) -> object:
        if name == "__all__":  # import * asks for it
            return [one for one in self.__names if not one.startswith("_")]
        source = self.__names.get(name)
        if source is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name)
        found = import_module(source.module)
        value = getattr(found, source.name) if source.name else found
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__names})

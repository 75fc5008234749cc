"""What every check of this package gives: hits. And what it gets: the application."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

    from synapse_bot.specialist.python.routes import Handler
    from synapse_bot.specialist.python.source import Module
    from synapse_bot.specialist.python.table import Setting


@dataclass(frozen=True, slots=True)
class Hit:
    """``rule`` is a rule of rules/taxonomy.yaml, ``line`` 1-based, ``confidence`` 0..1."""

    rule: str
    path: str
    line: int
    message: str
    severity: str
    confidence: float


@dataclass(frozen=True)
class Application:
    """The Python files of the change that could be parsed, seen as parts of one program.

    Tests, documentation and examples are not among them: no caller reaches those.
    """

    modules: tuple[Module, ...]
    handlers: tuple[Handler, ...] = ()
    settings: Mapping[str, Setting] = field(default_factory=dict)

    @cached_property
    def packages(self) -> frozenset[str]:
        """Everything that any file imports, by its first part."""
        return frozenset(root for module in self.modules for root in module.roots)

    def handlers_of(self, module: Module) -> tuple[Handler, ...]:
        return self._by_path.get(module.path, ())

    @cached_property
    def _by_path(self) -> dict[str, tuple[Handler, ...]]:
        found: dict[str, list[Handler]] = defaultdict(list)
        for handler in self.handlers:
            found[handler.module.path].append(handler)
        return {path: tuple(handlers) for path, handlers in found.items()}


Check = Callable[[Application], Iterator[Hit]]


def hit(
    rule: str, module: Module, node: ast.AST, message: str, severity: str, confidence: float
) -> Hit:
    """A hit at the first line of ``node``."""
    line = int(getattr(node, "lineno", 1))
    return Hit(rule, module.path, line, message, severity, confidence)

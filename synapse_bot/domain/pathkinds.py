"""What a file is for, by its path: the one answer to "is this a test?".

The globs are data, in rules/filekinds.yaml. Whoever asks is handed the value; nobody has a list of
its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.globs import any_of, matches

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class PathKinds:
    """``docs`` names documentation and examples alike: code that is shown and not shipped."""

    tests: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()

    def is_test(self, path: str) -> bool:
        return any_of(self.tests)(path)

    def is_docs(self, path: str) -> bool:
        return any_of(self.docs)(path)

    def is_aside(self, path: str) -> bool:
        """Whether no user of the program reaches ``path``: a test, documentation or an example."""
        return self.is_test(path) or self.is_docs(path)

    def named(self, entries: Iterable[str], path: str) -> bool:
        """Whether one of ``entries`` names ``path``: a glob, or the word ``tests`` or ``docs``."""
        return any(self._names(entry, path) for entry in entries)

    def _names(self, entry: str, path: str) -> bool:
        match entry:
            case "tests":
                return self.is_test(path)
            case "docs":
                return self.is_docs(path)
            case _:
                return matches(entry, path)

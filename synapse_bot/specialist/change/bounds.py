"""How far a check looks for the users of what changed, and how it says where it stopped.

A review has a deadline and a repository may have any size, so every search has an end. What lies
beyond it is told: a check that stopped has not found that nothing is left behind.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Gap, GapKind

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NAMES = 50
MAX_FILES = 300  # that are parsed in search of users
SECONDS = 10.0


@dataclass
class Allowance:
    """A time that runs from now; it remembers whether anybody was turned away by it."""

    seconds: float
    spent: bool = False
    _started: float = field(default_factory=time.monotonic)

    def over(self) -> bool:
        self.spent = self.spent or time.monotonic() - self._started >= self.seconds
        return self.spent


def shortfalls(names: int, files: int, allowance: Allowance) -> Iterator[Gap]:
    """What was left out of a search for ``names`` names in the ``files`` that hold one of them."""
    if names > MAX_NAMES:
        yield Gap("", f"looked for users of {MAX_NAMES} of {names} changed names")
    if files > MAX_FILES:
        yield Gap("", f"looked for users in {MAX_FILES} of {files} files that hold a changed name")
    if allowance.spent:
        yield Gap(
            "", f"stopped after {allowance.seconds:g} s: not all users of changed names are known"
        )


def not_compared(path: str) -> Gap:
    """Of a file whose functions cannot be read, before the change or after it."""
    return Gap(path, "could not parse it, as it is or as it was", GapKind.UNPARSED)

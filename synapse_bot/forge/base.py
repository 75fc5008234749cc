"""The Forge family: reading a change. Members: local.py (git), patch.py (a bare diff)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.change import Change
    from synapse_bot.domain.diff import Diff


@dataclass(frozen=True, slots=True)
class HeadText:
    """The content of one file at the head, or why there is none.

    ``complete`` is False where only the hunks are known (a bare patch): the lines outside them
    are blank, so that line numbers still hold.
    """

    content: bytes = b""
    complete: bool = True
    error: str = ""


class Forge(Protocol):
    """Reads one change. Nothing of the change is ever checked out or executed."""

    async def change(self) -> Change:
        """The change that the selector names. Raises RefMissing, ShallowClone, NotARepository."""
        ...

    async def diff(self, change: Change) -> Diff:
        """The parsed diff. A file that cannot be parsed carries its error; others are intact."""
        ...

    async def head_texts(self, change: Change, paths: Iterable[str]) -> Mapping[str, HeadText]:
        """Content at the head for every one of ``paths``; never follows links or pointers."""
        ...

    async def base_text(self, change: Change, path: str) -> bytes | None:
        """Content at the base, None where the file does not exist there."""
        ...

    async def base_paths(self, change: Change, prefix: str) -> tuple[str, ...]:
        """Paths of regular files below the folder ``prefix`` at the base, sorted."""
        ...

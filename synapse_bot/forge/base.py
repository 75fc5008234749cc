"""The Forge family: reading a change. Members: local.py (git), patch.py (a bare diff)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_bot.domain.change import Change
    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.history import History


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


class Repository(Protocol):
    """An extra ability: the whole base at hand, many files at once, as where there is git."""

    async def messages(self, change: Change) -> tuple[str, ...]:
        """The messages of the change's commits, the oldest first; their authors are not told."""
        ...

    def past(self, change: Change) -> Past | None:
        """What lies behind the change; None without a base."""
        ...


class Past(Protocol):
    """The base of a change and the commits that led to it.

    Every call blocks, within bounds of its own, and may be made from any thread. What cannot be
    read in time is left out; ``gaps`` says so.
    """

    @property
    def gaps(self) -> tuple[str, ...]:
        """What was left out so far, in words."""
        ...

    def texts(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Content at the base of those of ``paths`` that are regular files there."""
        ...

    def tree(self) -> Mapping[str, str]:
        """Blob id of every regular file at the base, by path."""
        ...

    def holding(self, words: Sequence[str], suffixes: Sequence[str]) -> tuple[str, ...]:
        """Paths of the files at the base, by suffix, that hold one of ``words``; sorted."""
        ...

    def history(self, diff: Diff) -> History | None:
        """How often, and by whom, what ``diff`` touches was changed; None where not known."""
        ...


@runtime_checkable
class HasRepository(Protocol):
    """A forge that may have its repository at hand; None where all comes by an API."""

    @property
    def repository(self) -> Repository | None: ...

"""A parsed unified diff: Diff > FileDiff > Hunk > Line.

A hunk keeps its text as one string and yields its lines on demand: half a million Line
objects for a 10 MB diff would cost ten times the diff itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class LineKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CONTEXT = "context"


class Side(StrEnum):
    """Which version a line number counts in: GitHub's RIGHT is NEW, its LEFT is OLD."""

    NEW = "new"
    OLD = "old"


class FileStatus(StrEnum):
    ADDED = "added"
    DELETED = "deleted"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"
    MODE_CHANGED = "mode-changed"


class FileKind(StrEnum):
    """What the path holds at the head (at the base, for a deleted file)."""

    REGULAR = "regular"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    LFS_POINTER = "lfs-pointer"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk, 1-based numbers. ``old`` is None for added, ``new`` for removed."""

    kind: LineKind
    old: int | None
    new: int | None
    text: str  # without the prefix and the final \n; \r, \f and U+2028 stay


_KIND_OF = {"+": LineKind.ADDED, "-": LineKind.REMOVED, " ": LineKind.CONTEXT}


@dataclass(frozen=True, slots=True)
class Hunk:
    """``body`` is the hunk's prefixed lines joined by \\n, "\\ No newline" markers left out."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: str
    body: str

    def lines(self) -> Iterator[Line]:
        old, new = self.old_start, self.new_start
        if not self.body:
            return
        for raw in self.body.split("\n"):
            kind = _KIND_OF[raw[:1] or " "]
            match kind:
                case LineKind.ADDED:
                    yield Line(kind, None, new, raw[1:])
                    new += 1
                case LineKind.REMOVED:
                    yield Line(kind, old, None, raw[1:])
                    old += 1
                case LineKind.CONTEXT:
                    yield Line(kind, old, new, raw[1:])
                    old, new = old + 1, new + 1

    def span(self, side: Side) -> range:
        """The line numbers that the hunk covers on one side; empty where it has none."""
        if side is Side.NEW:
            return range(self.new_start, self.new_start + self.new_count)
        return range(self.old_start, self.old_start + self.old_count)


@dataclass(frozen=True)
class FileDiff:
    """One file of the diff. ``path`` is the new path, or the old one of a deleted file."""

    path: str
    old_path: str | None  # None for an added file; differs from path for a rename
    status: FileStatus
    kind: FileKind = FileKind.REGULAR
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False
    old_mode: str = ""  # "100644", "" where unknown
    new_mode: str = ""
    old_blob: str = ""  # object ids, "" where unknown
    new_blob: str = ""
    error: str = ""  # why this file's part of the diff could not be parsed

    @cached_property
    def added_lines(self) -> frozenset[int]:
        """New line numbers that the change adds."""
        return frozenset(
            line.new
            for hunk in self.hunks
            for line in hunk.lines()
            if line.kind is LineKind.ADDED and line.new is not None
        )

    @cached_property
    def context_lines(self) -> frozenset[int]:
        """New line numbers that a hunk shows unchanged."""
        shown = {number for hunk in self.hunks for number in hunk.span(Side.NEW)}
        return frozenset(shown - self.added_lines)

    def lines(self) -> Iterator[Line]:
        for hunk in self.hunks:
            yield from hunk.lines()

    @cached_property
    def counts(self) -> tuple[int, int]:
        """(added, removed) line counts."""
        added = removed = 0
        for hunk in self.hunks:
            for raw in hunk.body.split("\n") if hunk.body else ():
                added += raw.startswith("+")
                removed += raw.startswith("-")
        return added, removed

    @property
    def readable(self) -> bool:
        """Whether there is head text that a specialist could examine."""
        return (
            self.kind is FileKind.REGULAR
            and self.status is not FileStatus.DELETED
            and not self.binary
            and not self.error
        )


@dataclass(frozen=True)
class Diff:
    """``raw_bytes`` is the size of the unparsed diff."""

    files: tuple[FileDiff, ...] = ()
    raw_bytes: int = 0
    errors: tuple[str, ...] = field(default=())  # faults that belong to no file

    @cached_property
    def by_path(self) -> dict[str, FileDiff]:
        return {file.path: file for file in self.files}

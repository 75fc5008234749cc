"""``git diff --raw``: every changed file with its modes and blob ids, before any patch.

The patch alone leaves gaps: a pure rename shows no blob id, and a patch that was cut at the
limit does not show the files behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import Diff, FileDiff, FileKind, FileStatus
from synapse_bot.forge.quoting import render_path, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENTRY = re.compile(
    rb":([0-7]{6}) ([0-7]{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64})"
    rb" ([A-Z])[0-9]*\t([^\t]*)(?:\t(.*))?"
)
_STATUSES = {
    "A": FileStatus.ADDED,
    "C": FileStatus.COPIED,
    "D": FileStatus.DELETED,
    "R": FileStatus.RENAMED,
}
_KINDS = {"120000": FileKind.SYMLINK, "160000": FileKind.SUBMODULE}


@dataclass(frozen=True, slots=True)
class Entry:
    """One changed file. Modes and blob ids are "" on a side where the file does not exist."""

    letter: str
    path: str
    old_path: str | None
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str

    def file(self, error: str) -> FileDiff:
        """The file without hunks, and why there are none."""
        return FileDiff(
            path=self.path,
            old_path=self.old_path,
            status=_STATUSES.get(self.letter, FileStatus.MODIFIED),
            kind=_KINDS.get(self.new_mode or self.old_mode, FileKind.REGULAR),
            old_mode=self.old_mode,
            new_mode=self.new_mode,
            old_blob=self.old_blob,
            new_blob=self.new_blob,
            error=error,
        )


def parse_listing(raw: bytes) -> tuple[tuple[Entry, ...], int]:
    """The entries at the head of ``raw``, and the offset of what follows them."""
    entries: list[Entry] = []
    at = 0
    while raw.startswith(b":", at):
        end = raw.find(b"\n", at)
        match = _ENTRY.fullmatch(raw[at : end if end >= 0 else len(raw)])
        if match is not None:
            entries.append(_entry(match))
        at = end + 1 if end >= 0 else len(raw)
    return tuple(entries), at


def _entry(match: re.Match[bytes]) -> Entry:
    old_mode, new_mode, old_blob, new_blob, letter = (part.decode() for part in match.groups()[:5])
    first = render_path(unquote(match[6]))
    path = render_path(unquote(match[7])) if match[7] is not None else first
    return Entry(
        letter,
        path,
        None if letter == "A" else first,
        _known(old_mode),
        _known(new_mode),
        _known(old_blob),
        _known(new_blob),
    )


def _known(value: str) -> str:
    return value if value.strip("0") else ""


def complete(diff: Diff, entries: Iterable[Entry], missing: str) -> Diff:
    """``diff`` with blob ids and modes from ``entries``; a file that it lacks says ``missing``."""
    files = [_completed(diff.by_path.get(entry.path), entry, missing) for entry in entries]
    listed = {file.path for file in files}
    files += [file for file in diff.files if file.path not in listed]
    return replace(diff, files=tuple(files))


def _completed(file: FileDiff | None, entry: Entry, missing: str) -> FileDiff:
    if entry.letter == "U":
        return entry.file("it has merge conflicts")
    if file is None:
        return entry.file(missing)
    return replace(
        file,
        old_mode=file.old_mode or entry.old_mode,
        new_mode=file.new_mode or entry.new_mode,
        old_blob=file.old_blob or entry.old_blob,
        new_blob=file.new_blob or entry.new_blob,
    )

"""The rows of a pull request's ``/files`` pages as a Diff.

Only where git does not have the revisions. What GitHub leaves out (a missing ``patch``, files
beyond 3,000) is an error of that file or of the diff, never "no change". Rows have no modes: a
symlink reads as a file of one line, which is never followed either.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import Diff, FileDiff, FileKind, FileStatus
from synapse_bot.forge.hunks import HunkFault, read_hunks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.domain.diff import Hunk
    from synapse_bot.forge.github_calls import Row

MAX_FILES = 3000
_EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
_SUBMODULE = re.compile(r"[+-]Subproject commit [0-9a-f]{40}(?:-dirty)?")
_STATUSES = {
    "added": FileStatus.ADDED,
    "removed": FileStatus.DELETED,
    "renamed": FileStatus.RENAMED,
    "copied": FileStatus.COPIED,
}


def diff_of(rows: Iterable[Row], changed_files: int) -> Diff:
    """The Diff. ``changed_files`` is the pull request's own count."""
    files: dict[str, FileDiff] = {}
    size = 0
    for row in rows:
        file = file_of(row)
        files[file.path] = file
        size += len(str(row.get("patch") or "").encode("utf-8", "surrogatepass"))
    gap = f"GitHub lists {len(files)} of {changed_files} files: clone with fetch-depth: 0"
    return Diff(tuple(files.values()), size, (gap,) if changed_files > len(files) else ())


def file_of(row: Row) -> FileDiff:
    """One file; where its part of the diff is not there or not readable, it says so."""
    path = str(row.get("filename") or "")
    status = _STATUSES.get(str(row.get("status")), FileStatus.MODIFIED)
    patch = row.get("patch")
    hunks, error = _hunks(patch) if isinstance(patch, str) and patch else ((), "")
    blob = str(row.get("sha") or "")
    binary = False
    if not hunks and not error:
        changes = row.get("changes")
        is_binary = changes == 0 and blob != _EMPTY_BLOB
        binary = is_binary and status not in (FileStatus.RENAMED, FileStatus.COPIED)
        error = f"GitHub gives no diff of its {changes} changed lines" if changes else ""
    return FileDiff(
        path=path,
        old_path=None if status is FileStatus.ADDED else str(row.get("previous_filename") or path),
        status=status,
        kind=_kind(hunks),
        hunks=hunks,
        binary=binary,
        new_blob="" if status is FileStatus.DELETED else blob,
        error=error,
    )


def _hunks(patch: str) -> tuple[tuple[Hunk, ...], str]:
    raw = patch.encode("utf-8", "surrogatepass") + b"\n"
    try:
        hunks, end = read_hunks(raw, 0)
    except HunkFault as fault:
        return (), str(fault)
    rest = raw[end:].strip()
    return (hunks, "") if hunks and not rest else ((), "GitHub's diff of it could not be parsed")


def _kind(hunks: tuple[Hunk, ...]) -> FileKind:
    lines = hunks[0].body.split("\n") if len(hunks) == 1 else ()
    is_submodule = 0 < len(lines) <= 2 and all(_SUBMODULE.fullmatch(line) for line in lines)
    return FileKind.SUBMODULE if is_submodule else FileKind.REGULAR

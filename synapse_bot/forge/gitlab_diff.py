"""The entries of a merge request's ``/diffs`` pages as a Diff.

Only where the revisions are not in a local repository. What GitLab leaves out (too large,
collapsed, beyond its limit of files) is an error of that file or of the diff, never "no change".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_bot.domain.diff import Diff, FileDiff, FileKind, FileStatus
from synapse_bot.forge.content import is_lfs_pointer
from synapse_bot.forge.hunks import HunkFault, read_hunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.diff import Hunk

_KINDS = {"120000": FileKind.SYMLINK, "160000": FileKind.SUBMODULE}


def diff_of(entries: Iterable[Mapping[str, Any]], changes_count: str = "") -> Diff:
    """The Diff. ``changes_count`` is the merge request's: "1000+" where GitLab gave up."""
    files: dict[str, FileDiff] = {}
    size = 0
    for entry in entries:
        file = file_of(entry)
        files[file.path] = file
        size += len(str(entry.get("diff") or "").encode("utf-8", "surrogatepass"))
    return Diff(tuple(files.values()), size, _gap(len(files), changes_count))


def file_of(entry: Mapping[str, Any]) -> FileDiff:
    """One file; where its part of the diff is not there or not readable, it says so."""
    text = entry.get("diff")
    raw = (text if isinstance(text, str) else "").encode("utf-8", "surrogatepass")
    binary = raw.startswith(b"Binary files ")
    hunks, error = ((), "") if binary else _hunks(raw)
    status = _status(entry)
    deleted, added = status is FileStatus.DELETED, status is FileStatus.ADDED
    old_path, new_path = str(entry.get("old_path") or ""), str(entry.get("new_path") or "")
    return FileDiff(
        path=(old_path if deleted else new_path) or old_path or new_path,
        old_path=None if added else old_path or new_path,
        status=status,
        kind=_kind(entry, hunks, deleted=deleted),
        hunks=hunks,
        binary=binary,
        old_mode="" if added else str(entry.get("a_mode") or ""),
        new_mode="" if deleted else str(entry.get("b_mode") or ""),
        error=error or _left_out(entry, status, empty=not raw),
    )


def _hunks(raw: bytes) -> tuple[tuple[Hunk, ...], str]:
    try:
        hunks, end = read_hunks(raw, 0)
    except HunkFault as fault:
        return (), str(fault)
    return (hunks, "") if end == len(raw) else ((), "GitLab's diff of it could not be parsed")


def _status(entry: Mapping[str, Any]) -> FileStatus:
    if entry.get("new_file"):
        return FileStatus.ADDED
    if entry.get("deleted_file"):
        return FileStatus.DELETED
    if entry.get("renamed_file"):
        return FileStatus.RENAMED
    if not entry.get("diff") and entry.get("a_mode") != entry.get("b_mode"):
        return FileStatus.MODE_CHANGED
    return FileStatus.MODIFIED


def _kind(entry: Mapping[str, Any], hunks: tuple[Hunk, ...], *, deleted: bool) -> FileKind:
    kind = _KINDS.get(str(entry.get("a_mode" if deleted else "b_mode")), FileKind.REGULAR)
    if kind is FileKind.REGULAR and len(hunks) == 1:
        gone = "+" if deleted else "-"
        lines = hunks[0].body[:8192].split("\n")
        text = "".join(f"{line[1:]}\n" for line in lines if not line.startswith(gone))
        if is_lfs_pointer(text.encode("utf-8", "replace")):
            return FileKind.LFS_POINTER
    return kind


def _left_out(entry: Mapping[str, Any], status: FileStatus, *, empty: bool) -> str:
    if entry.get("too_large"):
        return "GitLab leaves its diff out: too large"
    if entry.get("collapsed"):
        return "GitLab leaves its diff out: collapsed"
    if not empty or status in (FileStatus.RENAMED, FileStatus.MODE_CHANGED):
        return ""
    # An empty file has no diff either; older versions do not say which of the two it is.
    told = "too_large" in entry and "collapsed" in entry
    may_be_empty = told and status in (FileStatus.ADDED, FileStatus.DELETED)
    return "" if may_be_empty else "GitLab sent no diff of it"


def _gap(found: int, changes_count: str) -> tuple[str, ...]:
    wanted = changes_count.removesuffix("+")
    if changes_count.endswith("+"):
        return (f"GitLab lists {found} files of more than {wanted}: clone with GIT_DEPTH: 0",)
    if wanted.isdigit() and int(wanted) > found:
        return (f"GitLab lists {found} files of {wanted}: clone with GIT_DEPTH: 0",)
    return ()

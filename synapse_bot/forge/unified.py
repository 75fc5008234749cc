"""Unified diff bytes -> Diff, one file at a time: a fault stays with its file.

A git patch is cut at "diff --git" at the beginning of a line: every line of a hunk begins with
+, -, space or backslash, so nothing inside a hunk can pass for it. A plain "---/+++" patch has
no such mark, and its files are told apart by the hunks' counts alone. Lines end at \\n only:
form feed, U+2028 and a bare CR stay in their line. Text is UTF-8; what is not becomes U+FFFD.
hunks.py says why unidiff is not used here.
"""

from __future__ import annotations

import re
from dataclasses import replace

from synapse_bot.domain.diff import Diff, FileDiff, FileKind, FileStatus, Hunk
from synapse_bot.forge.content import SAMPLE_BYTES, is_lfs_pointer, looks_binary
from synapse_bot.forge.headers import (
    Header,
    HeaderFault,
    fallback_path,
    is_header_line,
    parse_binary_line,
    parse_git_header,
    parse_plain_header,
)
from synapse_bot.forge.hunks import HunkFault, read_hunks
from synapse_bot.forge.quoting import render_path, unquote

_COMBINED = (b"diff --cc ", b"diff --combined ")
_NEXT_GIT_FILE = re.compile(rb"^diff --(?:git|cc|combined) ", re.MULTILINE)
_NEXT_FILE = re.compile(
    rb"^(?:diff --(?:git|cc|combined) |--- [^\n]*\n\+\+\+ [^\n]*\n@@ -)", re.MULTILINE
)
_ANYTHING = re.compile(
    rb"^(?:diff --(?:git|cc|combined) |--- [^\n]*\n\+\+\+ |@@ -|Binary files |\* Unmerged path )",
    re.MULTILINE,
)
_UNMERGED = b"* Unmerged path "
_LFS = "https://git-lfs."
_MAX_HEADER_LINES = 16
_MAX_HEADER_LINE = 20_000  # twice the longest path, quoted
_EMPTY_BLOBS = (  # the id of an empty file, in SHA-1 and in SHA-256 repositories
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)


def parse_diff(raw: bytes) -> Diff:
    """Every file of ``raw``, in order. Never raises: a fault is the file's or the diff's error."""
    files: list[FileDiff] = []
    errors: list[str] = []
    at = 0
    while at < len(raw):
        if raw.startswith(b"diff --git ", at):
            file, at = _git_file(raw, at)
            files.append(file)
        elif raw.startswith(_COMBINED, at):
            path = fallback_path(_line(raw, at))
            files.append(_broken(path, "it is a combined diff, of a merge"))
            at = _resync(_NEXT_GIT_FILE, raw, at)
        elif _is_plain_header(raw, at):
            file, at = _plain_file(raw, at)
            files.append(file)
        else:
            file_or_none = _lone_file(raw, at)
            if file_or_none is not None:
                files.append(file_or_none)
            elif raw.startswith(b"@@ -", at) and not errors:
                errors.append("a hunk belongs to no file")
            at = _resync(_ANYTHING, raw, at)
    return Diff(_one_a_path(files), len(raw), tuple(errors))


def _git_file(raw: bytes, at: int) -> tuple[FileDiff, int]:
    """The file whose "diff --git" line stands at ``at``, and the offset behind it."""
    lines = [_line(raw, at)]
    end = _next_line(raw, at)
    while len(lines) < _MAX_HEADER_LINES and is_header_line(line := _line(raw, end)):
        lines.append(line)
        end = _next_line(raw, end)
        if line.startswith((b"+++ ", b"Binary files ", b"GIT binary patch")):
            break
    try:
        header = parse_git_header(lines)
    except HeaderFault as fault:
        broken = _broken(fallback_path(lines[0]), str(fault))
        return broken, _resync(_NEXT_GIT_FILE, raw, at)
    has_names = lines[-1].startswith(b"+++ ")
    return _with_hunks(raw, end, header, _NEXT_GIT_FILE, expects_hunks=has_names)


def _plain_file(raw: bytes, at: int) -> tuple[FileDiff, int]:
    old_line, new_line = _line(raw, at), _line(raw, middle := _next_line(raw, at))
    end = _next_line(raw, middle)
    try:
        header = parse_plain_header(old_line, new_line)
    except HeaderFault as fault:
        return _broken(fallback_path(b"+++ " + new_line), str(fault)), _resync(_NEXT_FILE, raw, end)
    return _with_hunks(raw, end, header, _NEXT_FILE, expects_hunks=True)


def _lone_file(raw: bytes, at: int) -> FileDiff | None:
    """A file that one line names outside any header: a binary one, or one in conflict."""
    if raw.startswith(_UNMERGED, at):
        path = render_path(unquote(_line(raw, at).removeprefix(_UNMERGED)))
        return _broken(path, "it has merge conflicts")
    if raw.startswith(b"Binary files ", at):
        try:
            header = parse_binary_line(_line(raw, at))
        except HeaderFault as fault:
            return _broken(fallback_path(_line(raw, at)), str(fault))
        return _file(header, ()) if header else None
    return None


def _with_hunks(
    raw: bytes, at: int, header: Header, resync: re.Pattern[bytes], *, expects_hunks: bool
) -> tuple[FileDiff, int]:
    try:
        hunks, end = read_hunks(raw, at)
        _check_behind(raw, end, hunks)
    except HunkFault as fault:
        return _file(header, (), str(fault)), _resync(resync, raw, at)
    if (
        hunks
        and raw.find(b"\0", at, end) >= 0
        and looks_binary(raw[at : min(end, at + SAMPLE_BYTES)])
    ):
        header.binary, hunks = True, ()
    elif not hunks and (expects_hunks or _hides_hunks(header)):
        return _file(header, (), "its header promises hunks and none follows"), end
    return _file(header, hunks), end


def _check_behind(raw: bytes, end: int, hunks: tuple[Hunk, ...]) -> None:
    """No line of the file may stand behind its counted hunks. A mail's signature may."""
    if not hunks or not raw.startswith((b"+", b"-", b" "), end) or _is_plain_header(raw, end):
        return
    if _line(raw, end).rstrip(b"\r") not in (b"-- ", b"--"):
        raise HunkFault("a hunk is longer than its header says")


def _hides_hunks(header: Header) -> bool:
    """Whether the blob ids say that the content differs, and no hunk shows how."""
    if header.binary or header.deleted or header.old_blob == header.new_blob:
        return False
    return not any(empty.startswith(header.new_blob) for empty in _EMPTY_BLOBS)


def _file(header: Header, hunks: tuple[Hunk, ...], error: str = "") -> FileDiff:
    status = header.status(bool(hunks))
    return FileDiff(
        path=header.path,
        old_path=header.old_path,
        status=status,
        kind=_kind(header, hunks, deleted=status is FileStatus.DELETED),
        hunks=hunks,
        binary=header.binary,
        old_mode=header.old_mode,
        new_mode=header.new_mode,
        old_blob=header.old_blob,
        new_blob=header.new_blob,
        error=error,
    )


def _kind(header: Header, hunks: tuple[Hunk, ...], *, deleted: bool) -> FileKind:
    if header.kind is FileKind.REGULAR and len(hunks) == 1 and _LFS in hunks[0].body[:8192]:
        gone = "+" if deleted else "-"
        lines = hunks[0].body.split("\n")
        text = "".join(f"{line[1:]}\n" for line in lines if not line.startswith(gone))
        if is_lfs_pointer(text.encode("utf-8", "replace")):
            return FileKind.LFS_POINTER
    return header.kind


def _broken(path: str, error: str) -> FileDiff:
    return FileDiff(path, path, FileStatus.MODIFIED, error=error)


def _one_a_path(files: list[FileDiff]) -> tuple[FileDiff, ...]:
    """One FileDiff a path: git shows a changed type as a deletion and an addition."""
    by_path: dict[str, FileDiff] = {}
    for file in files:
        known = by_path.get(file.path)
        by_path[file.path] = file if known is None else _joined(known, file)
    return tuple(by_path.values())


def _joined(first: FileDiff, second: FileDiff) -> FileDiff:
    statuses = (first.status, second.status)
    if statuses == (FileStatus.DELETED, FileStatus.ADDED) and not (first.error or second.error):
        return replace(
            second,
            old_path=first.path,
            status=FileStatus.MODIFIED,
            hunks=first.hunks + second.hunks,
            binary=first.binary or second.binary,
            old_mode=first.old_mode,
            old_blob=first.old_blob,
        )
    if first.error:
        return first
    why = "it occurs more than once: a series of patches needs --base and --head"
    return replace(first, error=why)


def _is_plain_header(raw: bytes, at: int) -> bool:
    return raw.startswith(b"--- ", at) and raw.startswith(b"+++ ", _next_line(raw, at))


def _resync(pattern: re.Pattern[bytes], raw: bytes, at: int) -> int:
    """The next file's offset behind a fault; the rest belongs to the broken file."""
    found = pattern.search(raw, at + 1)
    return found.start() if found else len(raw)


def _line(raw: bytes, at: int) -> bytes:
    """The line at ``at`` without its \\n, cut where no header line is that long."""
    end = raw.find(b"\n", at)
    return raw[at : min(end if end >= 0 else len(raw), at + _MAX_HEADER_LINE)]


def _next_line(raw: bytes, at: int) -> int:
    return raw.find(b"\n", at) + 1 or len(raw)

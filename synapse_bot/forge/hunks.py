"""The hunks of one file: bytes -> Hunk, strictly by the counts in their headers.

Written by hand rather than with unidiff, which is the differential oracle in the tests:
unidiff drops what stands behind a hunk that has met its counts ("+eval(x)" is gone without a
word), it takes a "no newline" marker anywhere, and at 10 MB it costs three seconds and 200 MB.
Where a plain patch's next file begins is known only from the counts, so the walk over the lines
is needed anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from synapse_bot.domain.diff import Hunk

# At most ten digits: a line number beyond that is a lie, and int() of a megabyte of digits slow.
_HEADER = re.compile(
    rb"@@ -([0-9]{1,10})(?:,([0-9]{1,10}))? \+([0-9]{1,10})(?:,([0-9]{1,10}))? @@ ?([^\n]*)"
)
_ADDED, _REMOVED, _CONTEXT, _MARKER = b"+- \\"
_STRIPPED = b"\n\r"  # an empty context line whose trailing space a mail program removed


class HunkFault(Exception):
    """Why the hunk cannot be read, in words that follow the file's name."""


@dataclass(frozen=True, slots=True)
class ReadHunk:
    hunk: Hunk
    end: int  # offset of the line behind the hunk
    at_eof: bool  # a marker says that it ends with the file's last line


def read_hunks(raw: bytes, at: int) -> tuple[tuple[Hunk, ...], int]:
    """All hunks from offset ``at`` on, and the offset behind them. Raises HunkFault."""
    hunks: list[Hunk] = []
    last: ReadHunk | None = None
    while raw.startswith(b"@@ -", at):
        read = read_hunk(raw, at)
        if last is not None:
            _check_order(last, read)
        hunks.append(read.hunk)
        last, at = read, read.end
    return tuple(hunks), at


def read_hunk(raw: bytes, at: int) -> ReadHunk:
    """The hunk whose header stands at ``at``. Raises HunkFault."""
    header = _HEADER.match(raw, at)
    if header is None:
        raise HunkFault("a hunk header is malformed")
    old_start, old_count, new_start, new_count = _numbers(header)
    start = _next_line(raw, header.end())
    body, end, at_eof = _read_body(raw, start, old_count, new_count)
    section = header[5].decode("utf-8", "replace").rstrip("\r")
    hunk = Hunk(old_start, old_count, new_start, new_count, section, body)
    return ReadHunk(hunk, end, at_eof)


def _numbers(header: re.Match[bytes]) -> tuple[int, int, int, int]:
    old_start, old_count, new_start, new_count = (
        1 if part is None else int(part) for part in header.groups()[:4]
    )
    if old_count == 0 and new_count == 0:
        raise HunkFault("a hunk is empty")
    if (old_count and not old_start) or (new_count and not new_start):
        raise HunkFault("a hunk starts at line 0")
    return old_start, old_count, new_start, new_count


def _read_body(raw: bytes, start: int, old: int, new: int) -> tuple[str, int, bool]:
    """The prefixed lines without markers, the offset behind, and whether the file ends there."""
    pieces: list[bytes] = []
    piece, at, size, mark, at_eof = start, start, len(raw), 0, False
    while old or new:
        if at >= size:
            raise HunkFault("a hunk is shorter than its header says")
        before, mark = mark, raw[at]
        after = raw.find(b"\n", at) + 1 or size
        if mark == _ADDED:
            new -= 1
        elif mark == _REMOVED:
            old -= 1
        elif mark == _CONTEXT:
            old, new = old - 1, new - 1
        elif mark == _MARKER:
            _check_marker(before, old, new)
            pieces.append(raw[piece:at])
            piece, at_eof = after, True
        elif mark in _STRIPPED:
            old, new = old - 1, new - 1
            pieces += [raw[piece:at], b" "]
            piece, mark = at, _CONTEXT
        else:
            raise HunkFault("a hunk is shorter than its header says")
        if old < 0 or new < 0:
            raise HunkFault("a hunk is longer than its header says")
        at = after
    pieces.append(raw[piece:at])
    if raw.startswith(b"\\ ", at):
        at, at_eof = _next_line(raw, at), True
    body = (pieces[0] if len(pieces) == 1 else b"".join(pieces)).removesuffix(b"\n")
    return body.decode("utf-8", "replace"), at, at_eof


def _check_marker(before: int, old: int, new: int) -> None:
    """A line without a newline is the last of its side; else two lines would read as one."""
    ends_old = before in (_REMOVED, _CONTEXT) and old == 0
    ends_new = before in (_ADDED, _CONTEXT) and new == 0
    if not (ends_old or ends_new) or (before == _CONTEXT and not (ends_old and ends_new)):
        raise HunkFault("a 'no newline' marker stands where lines follow")


def _check_order(last: ReadHunk, read: ReadHunk) -> None:
    if last.at_eof:
        raise HunkFault("a hunk follows the end of the file")
    before, after = last.hunk, read.hunk
    if _begin(after.old_start, after.old_count) < _end(before.old_start, before.old_count):
        raise HunkFault("its hunks overlap or are out of order")
    if _begin(after.new_start, after.new_count) < _end(before.new_start, before.new_count):
        raise HunkFault("its hunks overlap or are out of order")


def _begin(start: int, count: int) -> int:
    """The first line that a hunk touches; with no lines, ``start`` is the line before it."""
    return start if count else start + 1


def _end(start: int, count: int) -> int:
    return _begin(start, count) + count


def _next_line(raw: bytes, at: int) -> int:
    return raw.find(b"\n", at) + 1 or len(raw)

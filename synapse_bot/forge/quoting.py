"""Paths between git's bytes and our text.

Git quotes a path in C style when it holds a control character, a quote or a backslash; here it
is unquoted to the bytes that name the file. In the domain a path is one line of valid Unicode:
control characters and bytes that are not UTF-8 stand as backslash and three octal digits, as
git prints them. ``path_bytes`` takes that back, so no name is lost and no two names meet.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb'\\(?:([0-3][0-7]{2})|([abtnvfr"\\]))')
_LETTERS = {
    b"a": b"\a",
    b"b": b"\b",
    b"t": b"\t",
    b"n": b"\n",
    b"v": b"\v",
    b"f": b"\f",
    b"r": b"\r",
    b'"': b'"',
    b"\\": b"\\",
}
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)

_OCTAL = re.compile(r"\\[0-3][0-7]{2}")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f\udc80-\udcff]")
_UNPRINTED_OR_BACKSLASH = re.compile(r"[\x00-\x1f\x7f\\\udc80-\udcff]")
_OCTAL_BYTES = re.compile(rb"\\([0-3][0-7]{2})")


def take_quoted(data: bytes, at: int = 0) -> tuple[bytes, int] | None:
    """The C-quoted string at ``at``, unquoted, and the offset behind it; None if there is none."""
    match = _QUOTED.match(data, at)
    return (_unescape(match[1]), match.end()) if match else None


def unquote(token: bytes) -> bytes:
    """``token`` without its C-style quotes, or as it is when it has none."""
    taken = take_quoted(token)
    return taken[0] if taken and taken[1] == len(token) else token


def _unescape(body: bytes) -> bytes:
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 8)]) if m[1] else _LETTERS[m[2]], body)


def render_path(raw: bytes) -> str:
    """The path ``raw`` as one line of text; the same bytes always give the same text."""
    text = raw.decode("utf-8", "surrogateescape")
    if _UNPRINTED.search(text) is None and _OCTAL.search(text) is None:
        return text
    return _UNPRINTED_OR_BACKSLASH.sub(_octal, text)


def _octal(match: re.Match[str]) -> str:
    return f"\\{ord(match[0]) & 0xFF:03o}"  # an escaped byte b stands as U+DC00 + b


def path_bytes(path: str) -> bytes:
    """The bytes that ``render_path`` made ``path`` from."""
    raw = path.encode("utf-8", "surrogateescape")
    return _OCTAL_BYTES.sub(lambda m: bytes([int(m[1], 8)]), raw)

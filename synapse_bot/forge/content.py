"""What bytes are: text or not, a Git LFS pointer or not."""

from __future__ import annotations

import re

SAMPLE_BYTES = 1_000_000

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: keys sorted after "version".
_LFS_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n"
    rb"(?:ext-[0-9a-z.-]+ [^\n]+\n)*oid sha256:[0-9a-f]{64}\nsize [0-9]{1,20}\n?"
)


def looks_binary(data: bytes) -> bool:
    """Whether ``data`` holds NUL bytes and a tenth of it is not text.

    Git calls a file binary for one NUL in its first 8000 bytes; a change could hide its code
    from the review with one NUL in a comment.
    """
    if b"\0" not in data:
        return False
    text = data[:SAMPLE_BYTES].decode("utf-8", "replace")
    return (text.count("\0") + text.count("\ufffd")) * 10 >= len(text)


def is_lfs_pointer(data: bytes) -> bool:
    """Whether ``data`` is a Git LFS pointer and nothing else: no code hides behind its header."""
    return len(data) < 4096 and _LFS_POINTER.fullmatch(data) is not None

"""Reading a patch from git as it comes: text whole, a binary's dump dropped, all of it bounded.

``git diff --text`` is needed, for an attribute that the change brings could hide hunks, and it
dumps a binary as if it were lines. Such a dump is dropped here, before it is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.forge.content import looks_binary

if TYPE_CHECKING:
    from typing import IO

_PIECE_BYTES = 65_536  # a longer line comes in pieces
_PROBE_BYTES = 65_536  # of a file's patch: enough to tell a binary; smaller ones are parsed
_FILE_SHARE = 4  # no file may take more than a quarter of the limit from the others


@dataclass(frozen=True, slots=True)
class Patch:
    """``cut`` says that a file, or all behind one, was left out for the limit."""

    raw: bytes
    cut: bool


def read_patch(stream: IO[bytes], max_bytes: int) -> Patch:
    """The patch on ``stream``, at most ``max_bytes`` of it, in whole files."""
    held = bytearray()
    section, probed, dropping, cut, new_line = 0, False, False, False, True
    while piece := stream.readline(_PIECE_BYTES):
        if new_line and piece.startswith(b"diff --git "):
            section, probed, dropping = len(held), False, False
        new_line = piece.endswith(b"\n")
        if dropping:
            continue
        held += piece
        size = len(held) - section
        if not probed and size >= _PROBE_BYTES:
            probed, dropping = True, _drop_dump(held, section)
        elif size * _FILE_SHARE > max_bytes and section:
            del held[section:]
            dropping = cut = True
        if len(held) > max_bytes:
            del held[section:]
            return Patch(bytes(held), cut=True)
    return Patch(bytes(held), cut)


def _drop_dump(held: bytearray, section: int) -> bool:
    """Whether the file that begins at ``section`` is binary; then only its header stays."""
    if not looks_binary(bytes(held[section:])):
        return False
    hunks = held.find(b"\n--- ", section)
    held[hunks + 1 if hunks >= 0 else section :] = b"Binary files differ\n"
    return True

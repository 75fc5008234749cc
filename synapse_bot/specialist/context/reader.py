"""Reads the symbols of many files, in a process that may die of any one of them.

A parser is native code, and the files are whatever somebody wrote: one that makes it crash, or
takes it longer than ``SECONDS``, ends this process alone. parsing.py starts it, and starts it again
behind that file.
"""

from __future__ import annotations

import json
import signal
import struct
import sys
from typing import IO, TYPE_CHECKING

from synapse_bot.specialist.context.symbols import read_symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SECONDS = 1.0  # of the processor, for one file: a busy machine makes none look slow
_HEAD = struct.Struct(">II")  # bytes of the path and of the content


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """What this process reads from its standard input."""
    parts: list[bytes] = []
    for path, content in files:
        name = path.encode("utf-8", "surrogatepass")
        parts += (_HEAD.pack(len(name), len(content)), name, content)
    return b"".join(parts)


def unpacked(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """The inverse of ``packed``."""
    while head := stream.read(_HEAD.size):
        name, content = _HEAD.unpack(head)
        yield stream.read(name).decode("utf-8", "surrogatepass"), stream.read(content)


def main() -> None:
    """One line of JSON a file, in their order: its symbols, or null."""
    for path, content in unpacked(sys.stdin.buffer):
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # nobody handles it: it ends the process
        found = read_symbols(path, content)
        signal.setitimer(signal.ITIMER_PROF, 0)
        line = json.dumps(found and found.to_plain(), separators=(",", ":"))
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

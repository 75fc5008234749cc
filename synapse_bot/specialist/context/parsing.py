"""Symbols of files by way of reader.py, a process apart: as isolated as a tool is."""

from __future__ import annotations

import asyncio
import json
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.config.settings import Sandbox
from synapse_bot.specialist import namespaces
from synapse_bot.specialist.context.reader import packed
from synapse_bot.specialist.context.symbols import Symbols
from synapse_bot.specialist.sandbox import Cell, Command, Limits, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ARGV = (sys.executable, "-I", "-m", "synapse_bot.specialist.context.reader")
# What it has to read to run: the interpreter, what is installed, and this package of a checkout.
_ROOTS = (
    Path(sys.prefix),
    Path(sys.base_prefix),
    Path(sysconfig.get_path("purelib")),
    Path(__file__).resolve().parents[2],
)
_SEARCH_PATH = "/usr/bin:/bin"
_MEMORY_MB = 1024
_OUTPUT_MB = 256
_DEATHS = 5  # files that may end the reader before the rest is given up


@dataclass(frozen=True)
class Parsed:
    """``symbols`` by path, None for no known language; ``unread`` files had no turn, or hung."""

    symbols: Mapping[str, Symbols | None] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


async def parse_files(
    files: Mapping[str, bytes],
    scratch: Path | None,
    seconds: float,
    sandbox: Sandbox = Sandbox.AUTO,
) -> Parsed:
    """The symbols of ``files`` (path -> content), as many as ``seconds`` allow. Never raises.

    ``scratch`` is a folder for the reader's own; without it one is made and removed. Where
    ``sandbox`` demands namespaces and there are none, nothing is read.
    """
    late = time.monotonic() + seconds
    found: dict[str, Symbols | None] = {}
    killers: list[str] = []
    with tempfile.TemporaryDirectory(prefix="read-", dir=scratch, ignore_cleanup_errors=True) as at:
        left = list(files)
        for attempt in range(_DEATHS):
            if not left or time.monotonic() >= late:
                break
            seconds_left = max(late - time.monotonic(), 0.1)
            pairs = [(path, files[path]) for path in left]
            cell = Cell(Path(at) / str(attempt))
            lines = await _read(pairs, cell, seconds_left, sandbox)
            read = await asyncio.to_thread(_decoded, lines)
            found |= zip(left, read, strict=False)
            left = left[len(read) :]
            if left and time.monotonic() < late:
                killers.append(left.pop(0))
    return Parsed(found, (*killers, *left))


async def _read(
    pairs: Iterable[tuple[str, bytes]], cell: Cell, seconds: float, sandbox: Sandbox
) -> list[bytes]:
    folders = namespaces.Folders(_ROOTS, writable=(cell.folder.parent,))
    limits = Limits(timeout_s=seconds, memory_mb=_MEMORY_MB, output_mb=_OUTPUT_MB)
    try:
        prefix = await asyncio.to_thread(
            namespaces.prefix, sandbox, _SEARCH_PATH, folders, cell.cwd
        )
        command = Command(_ARGV, _SEARCH_PATH, prefix, packed(pairs))
        done = await run(command, limits, cell)
    except (OSError, namespaces.NoNamespaces):  # as if every file had been too slow
        return []
    return done.stdout.split(b"\n")[:-1]


def _decoded(lines: Iterable[bytes]) -> list[Symbols | None]:
    read: list[Symbols | None] = []
    for line in lines:
        plain = json.loads(line)
        read.append(None if plain is None else Symbols.from_plain(plain))
    return read

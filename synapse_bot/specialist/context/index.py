"""Where each name of a repository is defined and used, at the base with the change on top.

Only files in languages that a grammar reads count, within limits; what was left out is said. The
base comes through the forge, and what a blob holds is read once: nothing is checked out.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from synapse_bot.config.settings import Sandbox
from synapse_bot.specialist.context import cache
from synapse_bot.specialist.context.grammars import grammar_of
from synapse_bot.specialist.context.parsing import Parsed, parse_files
from synapse_bot.specialist.context.symbols import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from synapse_bot.specialist.context.symbols import Definition, Symbols

    ReadTexts = Callable[[Sequence[str]], Awaitable[Mapping[str, bytes]]]  # paths -> content


@dataclass(frozen=True, slots=True)
class IndexLimits:
    """Of the files that are read: how many, how many bytes of new ones, and how long."""

    files: int = 6_000
    bytes: int = 40_000_000
    seconds: float = 6.0


@dataclass(frozen=True)
class Index:
    """``files`` has the symbols by path; ``left_out`` says in words what is missing, "" nothing."""

    files: Mapping[str, Symbols] = field(default_factory=dict)
    left_out: str = ""

    @cached_property
    def definitions(self) -> Mapping[str, Sequence[tuple[str, Definition]]]:
        """Where each name is defined, sorted by path and line."""
        found: dict[str, list[tuple[str, Definition]]] = {}
        for path in sorted(self.files):
            for definition in self.files[path].definitions:
                found.setdefault(definition.name, []).append((path, definition))
        return found

    @cached_property
    def uses(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        """Where each name is used, sorted by path and line."""
        found: dict[str, list[tuple[str, int]]] = {}
        for path in sorted(self.files):
            for name, line in self.files[path].uses:
                found.setdefault(name, []).append((path, line))
        return found

    def with_head(self, head: Mapping[str, Symbols], gone: Iterable[str] = ()) -> Index:
        """With the change on top: its files as ``head`` has them, and without those ``gone``."""
        without = set(gone)
        files = {path: found for path, found in self.files.items() if path not in without}
        return Index({**files, **head}, self.left_out)


async def build_index(
    tree: Mapping[str, str],
    read: ReadTexts,
    *,
    near: Iterable[str] = (),
    folder: Path | None = None,
    repository: str = "",
    scratch: Path | None = None,
    limits: IndexLimits | None = None,
    sandbox: Sandbox = Sandbox.AUTO,
) -> Index:
    """The index of ``tree`` (path -> blob id). Never raises for what a file holds.

    ``read`` gives the content at the base. Files close to those of ``near`` are read first, so that
    a limit cuts what is far away. ``folder`` keeps what was read for the next run.
    """
    bounds = limits or IndexLimits()
    late = time.monotonic() + bounds.seconds
    paths = _by_nearness((path for path in tree if grammar_of(path)), near)
    wanted = paths[: bounds.files]
    before = await asyncio.to_thread(cache.load, folder, repository)
    known = {tree[path]: before[tree[path]] for path in wanted if tree[path] in before}
    new = [path for path in wanted if tree[path] not in known]
    files, over = await _contents(new, read, bounds.bytes, late)
    parsed = Parsed()
    if files:
        parsed = await parse_files(files, scratch, late - time.monotonic(), sandbox)
    known |= {tree[path]: found for path, found in parsed.symbols.items()}
    if parsed.symbols or len(known) < len(before):
        await asyncio.to_thread(cache.save, folder, repository, known)
    missing = len(paths) - len(wanted) + over + len(parsed.unread)
    found = {path: symbols for path in wanted if (symbols := known.get(tree[path])) is not None}
    return Index(found, f"{missing} of {len(paths)} source files" if missing else "")


_BATCH = 500


async def _contents(
    paths: Sequence[str], read: ReadTexts, max_bytes: int, late: float
) -> tuple[dict[str, bytes], int]:
    """Content by path within the limits, and how many files those left out."""
    files: dict[str, bytes] = {}
    size = 0
    for start in range(0, len(paths), _BATCH):
        if size > max_bytes or time.monotonic() > late:
            return files, len(paths) - start
        batch = paths[start : start + _BATCH]
        texts = await read(batch)
        for path in batch:
            content = texts.get(path, b"")
            files[path] = content if len(content) <= MAX_BYTES else b""
            size += len(files[path])
    return files, 0


def _by_nearness(paths: Iterable[str], near: Iterable[str]) -> list[str]:
    """``paths`` with those first that share the longest folder with one of ``near``."""
    folders = {folder for path in near for folder in PurePosixPath(path).parents}

    def depth(path: str) -> int:
        shared = (folder for folder in PurePosixPath(path).parents if folder in folders)
        return max((len(folder.parts) for folder in shared), default=-1)

    return sorted(paths, key=lambda path: (-depth(path), path))

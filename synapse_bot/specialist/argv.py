"""From an action's declared arguments to a real argument list. No shell is ever involved."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_BYTES = 500_000  # of file arguments a process; Linux allows 2 MB with the environment


@dataclass(frozen=True)
class Places:
    """What the placeholders stand for. ``languages`` are those of the files, sorted."""

    files: tuple[Path, ...]
    folder: Path
    rules: Path
    out: Path
    cache: Path
    languages: tuple[str, ...] = ()


def expand(declared: Sequence[str], places: Places) -> tuple[str, ...]:
    """``declared`` with its placeholders filled.

    ``{files}`` becomes one argument a file. An argument with ``{language}`` is repeated, with
    the one before it when that is an option, for every language that has such a path:
    ``--config {rules}/static/semgrep/{language}``.
    """
    argv: list[str] = []
    for argument in declared:
        if argument == "{files}":
            argv += map(str, places.files)
        elif "{language}" in argument:
            _repeat(argument, argv, places)
        elif argument != "{tool}":
            argv.append(_fill(argument, places))
    return tuple(argv)


def _repeat(argument: str, argv: list[str], places: Places) -> None:
    option = argv.pop() if argv and argv[-1].startswith("-") else ""
    for language in places.languages:
        value = _fill(argument.replace("{language}", language), places)
        path = value.partition("=")[2] if value.startswith("-") else value
        if os.path.isabs(path) and not os.path.exists(path):
            continue
        argv += [option, value] if option else [value]


def _fill(argument: str, places: Places) -> str:
    # Plain replacement, not str.format: braces are common in the arguments of tools.
    for name, value in (
        ("{dir}", places.folder),
        ("{rules}", places.rules),
        ("{out}", places.out),
        ("{cache}", places.cache),
    ):
        argument = argument.replace(name, str(value))
    return argument


def batches(paths: Sequence[tuple[str, Path]]) -> Iterator[tuple[tuple[str, Path], ...]]:
    """``paths`` in parts whose arguments fit one process."""
    batch: list[tuple[str, Path]] = []
    size = 0
    for item in paths:
        length = len(os.fsencode(item[1])) + 9  # its NUL and its pointer
        if batch and size + length > MAX_BYTES:
            yield tuple(batch)
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield tuple(batch)

"""From an action's declared arguments to a real argument list. No shell is ever involved."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_BYTES = 500_000  # of file arguments a process; Linux allows 2 MB with the environment
DIALECTS = {"typescript": "javascript"}  # a language whose rules lie in another's folder


def fair_share() -> int:
    """Half of the processors, at least one: tools run side by side, and threads that wait for
    one another's turn cost more than they bring (semgrep's two on two processors: 60 %)."""
    return max(1, (os.cpu_count() or 1) // 2)


@dataclass(frozen=True)
class Places:
    """What the placeholders stand for. ``languages`` are those of the files, sorted; none when
    nothing is known of them. ``jobs`` is how many threads a tool may have."""

    files: tuple[Path, ...]
    folder: Path
    rules: Path
    out: Path
    cache: Path
    languages: tuple[str, ...] = ()
    jobs: int = field(default_factory=fair_share)


def expand(declared: Sequence[str], places: Places) -> tuple[str, ...]:
    """``declared`` with its placeholders filled.

    ``{files}`` becomes one argument a file. An argument with ``{language}`` is repeated, with
    the one before it when that is an option, for every language that has such a path:
    ``--config {rules}/static/semgrep/{language}``. A tool then loads the rules that its files
    need and no other. Where no language is known, every path that there is takes its turn.
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
    takes_option = argv and argv[-1].startswith("-") and not argument.startswith("-")
    option = argv.pop() if takes_option else ""
    for value in _per_language(argument, places):
        argv += [option, value] if option else [value]


def _per_language(argument: str, places: Places) -> Iterator[str]:
    """``argument`` for each language, without those that would name a path that is not there."""
    flag, path = _split(_fill(argument, places))
    named = dict.fromkeys(DIALECTS.get(language, language) for language in places.languages)
    for language in named or _every(path):
        value = path.replace("{language}", language)
        if not os.path.isabs(value) or os.path.exists(value):
            yield flag + value


def _split(argument: str) -> tuple[str, str]:
    """``--config=`` and the rest; "" and all of it where there is no flag."""
    flag, equals, value = argument.partition("=")
    return (flag + equals, value) if equals and flag.startswith("-") else ("", argument)


def _every(path: str) -> list[str]:
    """The names that can stand for {language} in an absolute ``path``, sorted."""
    before, _, after = path.partition("{language}")
    folder, prefix = os.path.split(before)
    if prefix or not os.path.isdir(folder):
        return []
    names = (name for name in os.listdir(folder) if not name.startswith("."))
    return sorted(name for name in names if os.path.exists(f"{before}{name}{after}"))


def _fill(argument: str, places: Places) -> str:
    # Plain replacement, not str.format: braces are common in the arguments of tools.
    for name, value in (
        ("{dir}", places.folder),
        ("{rules}", places.rules),
        ("{out}", places.out),
        ("{cache}", places.cache),
        ("{jobs}", places.jobs),
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

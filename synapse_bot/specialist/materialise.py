"""Writes the head's texts where tools can read them, and nothing that configures the tools.

Every file gets a numbered folder to itself: no tool finds configuration beside it, two names
that differ in case do not meet, and no path of the change is ever used as a path here. Comments
that would silence a tool are broken in the copy (disarm.py); its lines and columns stay true.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from synapse_bot.specialist.disarm import disarm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\Z")
_EXTENSION = re.compile(r"\.([A-Za-z0-9_]{1,16})\Z")
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def materialise(texts: Mapping[str, bytes], folder: Path) -> Mapping[str, Path]:
    """Write ``texts`` (path of the change -> content) below ``folder``; where each one lies.

    ``folder`` is made with mode 0700 when it is not there. Raises FileExistsError rather than
    write over or through something.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = folder.resolve()
    placed = {}
    for number, (path, content) in enumerate(texts.items(), start=1):
        home = folder / f"{number:05d}"
        home.mkdir(mode=0o700)
        placed[path] = home / safe_name(path)
        _write(placed[path], disarm(content))
    return placed


def link(placed: Mapping[str, Path], paths: Iterable[str], folder: Path) -> Mapping[str, Path]:
    """Hard links (copies across file systems) of some materialised files, below ``folder``.

    They keep their numbered folders, so that a tool that walks ``folder`` reads them and no other.
    """
    linked = {}
    for path in paths:
        source = placed[path]
        home = folder / source.parent.name
        home.mkdir(mode=0o700, parents=True)
        linked[path] = home / source.name
        try:
            os.link(source, linked[path], follow_symlinks=False)
        except OSError:
            _write(linked[path], source.read_bytes())
    return linked


def safe_name(path: str) -> str:
    """The name that ``path`` gets: its own where that is plain, else ``file`` and its extension.

    >>> safe_name("src/app.py"), safe_name("a/-rf.py"), safe_name(".eslintrc.json")
    ('app.py', 'file.py', 'file.json')
    """
    name = PurePosixPath(path).name
    if _PLAIN.match(name):
        return name
    extension = _EXTENSION.search(name)
    return f"file.{extension[1]}" if extension else "file"


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, _FLAGS, 0o600), "wb") as file:
        file.write(content)

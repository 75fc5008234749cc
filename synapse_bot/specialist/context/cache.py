"""The symbols that were read once, by the id of the blob: a later run reads new blobs alone.

One file a repository holds what its base has now, so that it grows with the repository and not with
its history. It is JSON, never code, and holds names and line numbers. A file that is corrupt, made
by other grammars, or in a folder that others may write to, counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_bot import __version__
from synapse_bot.specialist.context import grammars, symbols
from synapse_bot.specialist.context.symbols import Symbols

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
KEPT = 32  # repositories; the one that was used longest ago goes first
MAX_BYTES = 100_000_000

Known = dict[str, "Symbols | None"]


def load(folder: Path | None, repository: str) -> Known:
    """The symbols by blob id that ``repository`` had last time; none where that is not known."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        if folder is not None:
            _refuse_foreign(folder)
            return _read(_file(folder, repository))
    return {}


def save(folder: Path | None, repository: str, known: Mapping[str, Symbols | None]) -> None:
    """Keep ``known`` for the next run. A full disk or a read-only home costs speed only."""
    if folder is None:
        return
    plain = {blob: found and found.to_plain() for blob, found in sorted(known.items())}
    body = json.dumps(plain, separators=(",", ":"))
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_foreign(folder)
        file = _file(folder, repository)
        partial = file.with_suffix(f".{os.getpid()}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(partial, flags, 0o600), "w", encoding="utf-8") as stream:
            stream.write(f"{_seal(body)}\n{body}")
        partial.replace(file)  # two runs at once: each sees a whole file
        for old in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)


def _read(file: Path) -> Known:
    with open(
        os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), encoding="utf-8"
    ) as stream:
        seal, _, body = stream.read(MAX_BYTES).partition("\n")
    if seal != _seal(body):
        raise ValueError("corrupt, or of another version")
    found: dict[str, Any] = json.loads(body)
    return {blob: Symbols.from_plain(plain) if plain else None for blob, plain in found.items()}


def _file(folder: Path, repository: str) -> Path:
    return folder / f"{hashlib.sha256(repository.encode('utf-8', 'replace')).hexdigest()[:32]}.json"


def _seal(body: str) -> str:
    """Of ``body`` and of everything that decides how a file reads."""
    stamps = [str(FORMAT), __version__, grammars.versions()]
    for path in (symbols.__file__, grammars.__file__):
        with contextlib.suppress(OSError):  # inside a zip there is no file, and no edit either
            info = os.stat(path)
            stamps.append(f"{info.st_size} {info.st_mtime_ns}")
    return hashlib.sha256("\n".join((*stamps, body)).encode()).hexdigest()


def _refuse_foreign(folder: Path) -> None:
    info = os.lstat(folder)
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o022:
        raise PermissionError(f"{folder} is not this user's alone")

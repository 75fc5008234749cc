"""What was parsed and validated once, kept as JSON, so that a warm run loads no YAML or pydantic.

A compiled file is data, never code: JSON, read back through the caller's ``decode``. It is named
by the sha256 of the input, the version of the package and the source of the code that made it, so
nothing ever has to be invalidated. A file that is corrupt, or a folder that others may write to,
counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from synapse_bot import __version__

T = TypeVar("T")

FORMAT = 1  # raised when this file's own layout changes
KEPT = 16  # compiled files of one name; the oldest go first
MAX_BYTES = 20_000_000


def compiled(
    cache_dir: Path | None,
    name: str,
    inputs: bytes,
    build: Callable[[], T],
    encode: Callable[[T], Any],
    decode: Callable[[Any], T],
    code: Iterable[str] = (),
) -> T:
    """``build()``, or what an earlier ``build()`` made of the same ``inputs``.

    ``encode`` and ``decode`` turn the value to plain JSON and back; ``decode(encode(x)) == x``
    must hold. ``code`` names the source files (``__file__``) whose change makes old results
    stale, for a checkout where the version stays the same. Without ``cache_dir`` nothing is kept.
    What ``build`` raises passes through, and is not kept.
    """
    if cache_dir is None:
        return build()
    file = cache_dir / f"{name}-{_digest(name, inputs, code)}.json"
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return decode(_read(file))
    value = build()
    with contextlib.suppress(OSError):  # a full disk or a read-only home costs speed only
        _write(file, name, json.dumps(encode(value), sort_keys=True, separators=(",", ":")))
    return value


def _digest(name: str, inputs: bytes, code: Iterable[str]) -> str:
    stamps = [f"{FORMAT} {__version__} {name}"]
    for path in code:
        with contextlib.suppress(OSError):  # inside a zip there is no file, and no edit either
            info = os.stat(path)
            stamps.append(f"{info.st_size} {info.st_mtime_ns}")
    return hashlib.sha256("\n".join(stamps).encode() + b"\0" + inputs).hexdigest()[:40]


def _read(file: Path) -> Any:
    """The JSON in ``file``. Raises OSError or ValueError where it is not ours or not whole."""
    _refuse_foreign(file.parent)
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(handle, encoding="utf-8") as stream:
        text = stream.read(MAX_BYTES)
    digest, _, body = text.partition("\n")
    if digest != hashlib.sha256(body.encode()).hexdigest():
        raise ValueError("corrupt")
    return json.loads(body)


def _refuse_foreign(folder: Path) -> None:
    info = os.lstat(folder)
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o022:
        raise PermissionError(f"{folder} is not this user's alone")


def _write(file: Path, name: str, body: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_foreign(file.parent)
    partial = file.with_suffix(f".{os.getpid()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(partial, flags, 0o600), "w", encoding="utf-8") as stream:
        stream.write(f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}")
    partial.replace(file)  # two runs at once: each sees a whole file
    _prune(file.parent, name)


def _prune(folder: Path, name: str) -> None:
    files = [(path.stat().st_mtime_ns, path) for path in folder.glob(f"{name}-*.json")]
    for _, path in sorted(files)[:-KEPT]:
        path.unlink(missing_ok=True)

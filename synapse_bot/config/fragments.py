"""The host's own configuration: the files of its folder, under one digest, kept whole.

A long-lived process does not read that folder for each review: an edit is many moments long. It
takes the files as fragments, once they are quiet and right, and each review reads a copy that
never changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from synapse_bot.config.document import parse_document, read_bytes
from synapse_bot.domain.errors import ConfigInvalid

SETTINGS, MODELS, SPECIALISTS = "config.yml", "models.yaml", "specialists"
SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 4_000_000  # of all files together


@dataclass(frozen=True, slots=True)
class Fragment:
    """One file: ``name`` is its path below the folder, with slashes."""

    name: str
    raw: bytes


Fragments = tuple[Fragment, ...]  # sorted by name, each once


def read_fragments(folder: Path) -> Fragments:
    """The files of ``folder`` that a review would read; a folder that is not there has none.

    Links are followed, as they are of a folder that is mounted. Hidden files are an editor's.
    Raises ConfigInvalid for a file that cannot be read, and for more than MAX_BYTES.
    """
    paths = [folder / name for name in (SETTINGS, MODELS)]
    with suppress(OSError):
        paths += (folder / SPECIALISTS).iterdir()
    found = [
        Fragment(path.relative_to(folder).as_posix(), read_bytes(path))
        for path in paths
        if path.suffix in SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]
    if sum(len(fragment.raw) for fragment in found) > MAX_BYTES:
        raise ConfigInvalid(f"{folder}:1: more than {MAX_BYTES} bytes of configuration")
    return tuple(sorted(found, key=lambda fragment: fragment.name))


def digest_of(fragments: Fragments, folder: Path) -> str:
    """The sha256, in hex, of what the files mean: their canonical JSON by name.

    Comments, the order of keys and the way a value is quoted do not count. Raises ConfigInvalid
    with the faults of every file, named as they lie in ``folder``.
    """
    meant: dict[str, object] = {}
    faults: list[str] = []
    for fragment in fragments:
        try:
            meant[fragment.name] = parse_document(fragment.raw, str(folder / fragment.name)).data
        except ConfigInvalid as error:
            faults.append(str(error))
    if faults:
        raise ConfigInvalid("\n".join(faults))
    text = json.dumps(meant, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write_fragments(fragments: Fragments, folder: Path) -> None:
    """Make ``folder`` with the files in it, for its owner alone: whole, or not at all.

    One that is there already stays as it is. Raises OSError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:16]}."))  # 0700
    try:
        for fragment in fragments:
            path = partial / fragment.name
            path.parent.mkdir(exist_ok=True, mode=0o700)
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(fragment.raw)
                file.flush()
                os.fsync(file.fileno())
        with suppress(FileExistsError, NotADirectoryError):
            _rename(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _rename(partial: Path, folder: Path) -> None:
    """An empty folder would be replaced without a word: a configuration may have no files."""
    if not folder.exists():
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster
                raise


def fragments_json(fragments: Fragments) -> dict[str, str]:
    """Text by name. They are UTF-8, or they would have no digest."""
    return {fragment.name: fragment.raw.decode() for fragment in fragments}


def fragments_of(data: Mapping[str, object]) -> Fragments:
    """``fragments_json`` back. Raises ValueError for what it never gave."""
    found = []
    for name, text in sorted(data.items()):
        inside = name in (SETTINGS, MODELS) or _is_specialist(name)
        if not inside or not isinstance(text, str):
            raise ValueError(f"no file of a configuration: {name!r:.60}")
        found.append(Fragment(name, text.encode()))
    return tuple(found)


def _is_specialist(name: str) -> bool:
    """Whether the name is that of a file right below the specialists' folder, and of no other."""
    folder, _, file = name.partition("/")
    plain = "/" not in file and "\0" not in file and not file.startswith(".")
    return folder == SPECIALISTS and plain and file.endswith(SUFFIXES)

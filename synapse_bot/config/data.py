"""Where the shipped data lies: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent.parent


def data_dir(name: Literal["specialists", "rules"]) -> Path:
    """The absolute folder of the shipped ``specialists`` or ``rules``."""
    packed = _PACKAGE / "data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def rules_digest() -> str:
    """16 hex digits of the rules that tools read, in a checkout, where they may be edited.

    "" in an installed package: there the version says which rules they are.
    """
    folder = data_dir("rules")
    if folder.parent == _PACKAGE / "data":
        return ""
    digest = sha256()
    files = [path for path in folder.glob("*") if path.is_file()]
    for path in sorted((*files, *(p for p in folder.glob("static/**/*") if p.is_file()))):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]

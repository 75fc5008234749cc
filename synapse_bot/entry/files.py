"""Writing an artefact whole or not at all."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import OutputUnwritable

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Replace ``path`` by ``text``: a reader, or a kill, never meets half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise OutputUnwritable(f"{path}: {error.strerror}") from error

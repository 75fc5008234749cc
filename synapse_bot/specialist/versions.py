"""The version of a tool on PATH that says it nowhere but itself: asked once, then remembered.

Remembered by the program's path, size and time of change, so that an upgrade is asked anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.specialist.sandbox import Cell, Command, Ending, Limits, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.specialist.toolbox import Tool

_NUMBER = re.compile(r"\d+(?:\.\d+)+[\w.+-]{0,40}")
_LIMITS = Limits(timeout_s=10.0, output_mb=1)
_KEPT = 200


async def version_of(
    tool: Tool, arguments: Sequence[str], *, cache: Path, search_path: str, scratch: Path
) -> str:
    """What ``tool`` says to ``arguments``, by its first dotted number; "" when it says none."""
    file = cache / "versions.json"
    stamp = _stamp(tool)
    known = _read(file)
    if stamp in known:
        return known[stamp]
    try:
        command = Command((*tool.binary, *arguments), search_path=search_path)
        done = await run(command, _LIMITS, Cell(scratch))
    except OSError:
        return ""
    if done.ending is not Ending.EXITED:
        return ""
    found = _NUMBER.search((done.stdout + b"\n" + done.stderr)[:4000].decode(errors="replace"))
    version = found[0] if found else ""
    _write(file, {**known, stamp: version})
    return version


def _stamp(tool: Tool) -> str:
    program = tool.binary[-1]
    with contextlib.suppress(OSError):
        info = os.stat(program)
        return f"{program} {info.st_size} {info.st_mtime_ns}"
    return program


def _read(file: Path) -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        data = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(data, dict) and all(isinstance(value, str) for value in data.values()):
            return data
    return {}


def _write(file: Path, versions: dict[str, str]) -> None:
    newest = dict(list(versions.items())[-_KEPT:])
    with contextlib.suppress(OSError):  # it will be asked again
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(newest, stream)
        Path(partial).replace(file)

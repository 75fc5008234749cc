"""Programs on disk: found on a search path, seen through shims and wrapper scripts."""

from __future__ import annotations

import os
import re
from pathlib import Path

_SHEBANG = re.compile(rb"#!\s*(\S+)(?:[ \t]+(\S+))?")


def absolute_only(search_path: str) -> str:
    """``search_path`` without its relative entries: those would name folders of the change."""
    return os.pathsep.join(p for p in search_path.split(os.pathsep) if os.path.isabs(p))


def which(name: str, search_path: str) -> Path | None:
    """The first executable file ``name``; a pyenv shim stands for what it would start."""
    for folder in absolute_only(search_path).split(os.pathsep):
        candidate = Path(folder, name)
        if not folder or not candidate.is_file() or not os.access(candidate, os.X_OK):
            continue
        if candidate.parent.name != "shims":
            return candidate
        if real := _behind_shim(candidate):
            return real
    return None


def _behind_shim(shim: Path) -> Path | None:
    """What a pyenv shim starts: a shim needs the user's HOME and costs 0.2 s a start."""
    root = shim.parent.parent
    try:
        chosen = (root / "version").read_text(encoding="utf-8").split()
    except OSError:
        chosen = []
    others = sorted((p.name for p in root.glob("versions/*")), key=_numbers, reverse=True)
    for version in (*chosen, *others):
        candidate = root / "versions" / version / "bin" / shim.name
        if os.access(candidate, os.X_OK):
            return candidate
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def start(script: Path, python: Path) -> tuple[str, ...]:
    """What starts ``script``: itself, or ``python -I`` and the script where it is Python's.

    An environment that was moved into place has scripts that name the old place; and without -I
    a script would take modules from where PYTHONPATH points.
    """
    return (str(python), "-I", str(script)) if _is_python(script) else (str(script),)


def _shebang(script: Path) -> tuple[str, str]:
    """(interpreter, first argument) of a script's first line; ("", "") for a program."""
    with script.open("rb") as file:
        found = _SHEBANG.match(file.readline(512))
    if not found:
        return "", ""
    return os.fsdecode(found[1]), os.fsdecode(found[2] or b"")


def _is_python(script: Path) -> bool:
    interpreter, argument = _shebang(script)
    return "python" in Path(interpreter).name or (
        Path(interpreter).name == "env" and "python" in argument
    )


def packaged_version(site: Path, package: str) -> str:
    """The version of ``package`` by the name of its metadata folder; "" when it is not there."""
    wanted = re.sub(r"[-_.]+", "_", package).lower()
    try:
        names = os.listdir(site)
    except OSError:
        return ""
    for name in names:
        stem, dot, _ = name.partition(".dist-info")
        distribution, _, version = stem.rpartition("-")
        if dot and re.sub(r"[-_.]+", "_", distribution).lower() == wanted:
            return version
    return ""


def version_beside(program: Path, package: str) -> str:
    """The version of ``package`` in the Python environment that ``program`` belongs to."""
    for place in (program, program.resolve()):
        for site in sorted(place.parent.parent.glob("lib/python*/site-packages")):
            if version := packaged_version(site, package):
                return version
    return ""


def interpreter_roots(python: Path) -> tuple[Path, ...]:
    """The folders that an environment's interpreter really lives in."""
    return (python.resolve().parent.parent,) if python.exists() else ()


def program_roots(program: Path, search_path: str) -> tuple[Path, ...]:
    """The folders that a program on PATH needs: its own, its target's, its interpreter's."""
    real = program.resolve()
    needed = [program, real]
    interpreter, argument = _shebang(real)
    if Path(interpreter).name == "env":
        named = which(argument, search_path) if argument else None
        needed += [named, named.resolve()] if named else []
    elif interpreter:
        needed += [Path(interpreter), Path(interpreter).resolve()]
    return tuple(dict.fromkeys(_root(path) for path in needed))


def _root(program: Path) -> Path:
    """The installation around ``program``; only its own folder where there is none, as ~/bin."""
    outer = program.parent.parent
    return outer if outer != Path("/") and (outer / "lib").is_dir() else program.parent

"""Installs a pinned tool into an environment of its own: all of it, or nothing.

The environment is built beside its place and moved there when it is complete, so that an
installation killed at any moment leaves no half tool, and the next one ends right.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ToolInstallFailed
from synapse_bot.specialist import executables
from synapse_bot.specialist.toolbox import Tool, ToolPin, environment_of, installed, program_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Report = Callable[[str], None]

_STEP_S = 900.0
_STALE_S = 3600.0
_BUILDING = ".building-"


def install(pin: ToolPin, cache: Path, report: Report, search_path: str = os.defpath) -> Tool:
    """``pin`` in its environment below ``cache``, made now unless it is there already.

    ``search_path`` is where uv is looked for; without it venv and pip do the work. Raises
    ToolInstallFailed, which names the step and quotes the end of its output.
    """
    if tool := installed(pin, cache):
        report(f"{pin.name} {tool.version} is installed already")
        return tool
    if pin.lock is None or not pin.lock.is_file():
        raise ToolInstallFailed(
            f"{pin.name} has no lock file to install from",
            "It comes with synapse-bot itself." if pin.bundled else "Put it on PATH instead.",
        )
    home = environment_of(pin, cache)
    try:
        home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(home.parent)
        building = Path(tempfile.mkdtemp(prefix=f"{_BUILDING}{pin.name}-", dir=home.parent))
    except OSError as error:
        raise ToolInstallFailed(
            f"{home.parent} cannot be written: {error.strerror}",
            "Choose another folder with `tools.cache_dir`, or put the tool on PATH.",
        ) from error
    try:
        _build(pin, building, report, search_path)
        _readdress(building, home)
        _move(building, home, pin, cache)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    tool = installed(pin, cache)
    if tool is None:
        raise ToolInstallFailed(f"{pin.name}: its packages hold no program {pin.binary!r}")
    report(f"{pin.name} {tool.version} installed in {home}")
    return tool


def _build(pin: ToolPin, building: Path, report: Report, search_path: str) -> None:
    uv = executables.which("uv", search_path)
    report(f"{pin.name} {pin.version}: fetching with {'uv' if uv else 'pip'}")
    python = building / "bin" / "python"
    if uv:
        _step(pin, building, [str(uv), "venv", "--quiet", "--allow-existing", "--python",
                              sys.executable, str(building)])  # fmt: skip
        _step(pin, building, [str(uv), "pip", "install", "--quiet", "--python", str(python),
                              *_PINNED, "--compile-bytecode", "-r", str(pin.lock)])  # fmt: skip
    else:
        _step(pin, building, [sys.executable, "-I", "-m", "venv", "--without-pip", str(building)])
        _step(pin, building, [*_pip(), "--python", str(python), "install", "--quiet",
                              "--no-input", "--disable-pip-version-check", *_PINNED,
                              "-r", str(pin.lock)])  # fmt: skip
        _step(pin, building, [str(python), "-I", "-m", "compileall", "-q", "-j0",
                              str(building / "lib")], must=False)  # fmt: skip
    _warm(pin, building)


# Every byte that is installed was hashed when the lock file was made; nothing is built here.
_PINNED = ("--require-hashes", "--no-deps", "--only-binary", ":all:")


def _pip() -> tuple[str, ...]:
    """A pip that works: this environment's, or that of the Python it was made from."""
    base = getattr(sys, "_base_executable", sys.executable)
    for python in dict.fromkeys((sys.executable, str(base))):
        probe = [python, "-I", "-c", "import pip"]
        if subprocess.run(probe, capture_output=True, check=False, cwd="/").returncode == 0:
            return (python, "-I", "-m", "pip")
    raise ToolInstallFailed(
        "neither uv nor pip is there to install with", "Install uv, or python3-pip."
    )


def _step(pin: ToolPin, cwd: Path, argv: Sequence[str], *, must: bool = True) -> None:
    # The user's environment is inherited: proxies, certificates and mirrors are set there. The
    # working directory is ours, since uv and pip read configuration from it.
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_STEP_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolInstallFailed(f"{pin.name}: {argv[0]} did not finish: {error}") from error
    if must and done.returncode != 0:
        tail = done.stdout.decode(errors="replace").strip()[-1500:]
        raise ToolInstallFailed(f"{pin.name}: {Path(argv[0]).name} failed:\n{tail}")


def _warm(pin: ToolPin, building: Path) -> None:
    """One run that lets the tool compute what it keeps; its outcome does not matter."""
    if not pin.warm:
        return
    cache = building / "cache"
    cache.mkdir(mode=0o700)
    sample = building / "sample"
    sample.mkdir()
    (sample / "sample.txt").write_text("warm-up\n", encoding="utf-8")
    program = program_in(pin, building)
    if program:
        argv = [*program, *(a.format(cache=cache, dir=sample) for a in pin.warm)]
        home = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(sample)}
        subprocess.run(
            argv, cwd=sample, env=home, capture_output=True, timeout=_STEP_S, check=False
        )
    shutil.rmtree(sample, ignore_errors=True)


def _readdress(building: Path, home: Path) -> None:
    """Let the scripts name the interpreter where it will lie: semgrep starts one of its own."""
    old, new = os.fsencode(building), os.fsencode(home)
    for script in (building / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if content.startswith(b"#!") and old in content:
            script.write_bytes(content.replace(old, new))


def _move(building: Path, home: Path, pin: ToolPin, cache: Path) -> None:
    """Into place at once. What another process put there meanwhile is as good as ours."""
    if home.exists() and installed(pin, cache) is None:
        shutil.rmtree(home, ignore_errors=True)
    try:
        building.rename(home)
    except OSError as error:
        if installed(pin, cache) is None:
            raise ToolInstallFailed(f"{home} cannot be made: {error.strerror}") from error


def _sweep(folder: Path) -> None:
    """Remove what killed installations left behind, long enough ago to be nobody's."""
    for left in folder.glob(f"{_BUILDING}*"):
        try:
            old = time.time() - left.stat().st_mtime > _STALE_S
        except OSError:
            continue
        if old:
            shutil.rmtree(left, ignore_errors=True)

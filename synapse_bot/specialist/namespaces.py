"""Namespaces around a tool: no network, no other process in sight, and (with bubblewrap) a file
system that holds the system, the tool and its input, read-only.

Measured: bubblewrap adds 5 ms to a tool's start, unshare 2 ms; finding out which one works is
one start more, once a process.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.config.settings import Sandbox
from synapse_bot.specialist import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix")
_PROBE_S = 5.0


class NoNamespaces(Exception):
    """The policy demands namespaces and this machine offers none."""


@dataclass(frozen=True, slots=True)
class Folders:
    """What a tool may see: ``readable`` paths, and ``writable`` ones."""

    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()


Wrap = Callable[[Folders, Path], tuple[str, ...]] if TYPE_CHECKING else object


def prefix(mode: Sandbox, search_path: str, folders: Folders, cwd: Path) -> tuple[str, ...]:
    """The arguments to put before a tool's own. Raises NoNamespaces as ``mode`` demands."""
    if mode is Sandbox.OFF:
        return ()
    kind = available(search_path)
    if kind:
        binary = _which(kind, search_path)
        return _WRAPS[kind](binary, folders, cwd)
    if mode is Sandbox.REQUIRE:
        raise NoNamespaces("neither bwrap nor unshare can make namespaces here")
    return ()


@cache
def available(search_path: str) -> str:
    """ "bwrap", "unshare" or "": the first that really works here."""
    for kind, wrap in _WRAPS.items():
        binary = _which(kind, search_path)
        if binary and _works((*wrap(binary, Folders(), Path("/")), "/bin/true")):
            return kind
    return ""


def _bwrap(binary: str, folders: Folders, cwd: Path) -> tuple[str, ...]:
    argv = [binary, "--unshare-all", "--die-with-parent"]
    for system in _SYSTEM:
        argv += _bind_system(system)
    argv += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - the inner one
    for path in _outermost(folders.readable):
        argv += ["--ro-bind-try", str(path), str(path)]
    for path in _outermost(folders.writable):
        argv += ["--bind", str(path), str(path)]
    return (*argv, "--chdir", str(cwd), "--")


def _bind_system(path: str) -> list[str]:
    if os.path.islink(path):
        return ["--symlink", os.readlink(path), path]
    return ["--ro-bind", path, path] if os.path.isdir(path) else []


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """``paths`` sorted, without those inside another or inside the system folders."""
    system = [Path(path) for path in _SYSTEM]
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(outer) for outer in (*kept, *system)):
            kept.append(path)
    return kept


def _unshare(binary: str, folders: Folders, cwd: Path) -> tuple[str, ...]:
    """Network and processes only: the file system stays what it is.

    The shell is process 1 in there: a tool in that place would not die of its own signals.
    """
    del folders, cwd
    flags = ("--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
    return (binary, *flags, "/bin/sh", "-c", '"$@"; exit $?', "sh")


_WRAPS: dict[str, Callable[[str, Folders, Path], tuple[str, ...]]] = {
    "bwrap": _bwrap,
    "unshare": _unshare,
}


def _which(name: str, search_path: str) -> str:
    for folder in search_path.split(os.pathsep):
        candidate = os.path.join(folder, name)
        if os.path.isabs(folder) and os.access(candidate, os.X_OK):
            return candidate
    return ""


def _works(argv: tuple[str, ...]) -> bool:
    try:
        probe = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )
    except OSError:
        return False
    processes.watch(probe.pid)
    try:
        return probe.wait(_PROBE_S) == 0
    except subprocess.TimeoutExpired:
        processes.kill_group(probe.pid)
        probe.wait()
        return False
    finally:
        processes.kill_orphans(probe.pid)

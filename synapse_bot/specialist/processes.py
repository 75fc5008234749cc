"""Ends a tool and everything that it started, however far that got away.

A group is killed as one. What left the group (a daemon: fork, setsid, fork) is adopted by this
process, because it asks the kernel to be the reaper of its descendants, and is recognised by the
HOME that only that run's processes have. Where /proc is missing only the group is killed.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 200  # a killed parent's children come up in the next round


@cache
def adopt_orphans() -> bool:
    """Become the reaper of our descendants (Linux). Returns whether that worked."""
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def kill_group(leader: int) -> None:
    """SIGKILL to the process group of ``leader``, which must not have been waited for yet."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def kill_orphans(leader: int, home: str = "/nonexistent") -> None:
    """Kill and reap adopted processes of the session of ``leader`` or with ``home`` as HOME."""
    sessions = {leader}
    for _ in range(_ROUNDS):
        strays = _strays(sessions, f"HOME={home}".encode())
        if not strays:
            return
        for pid in strays:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _strays(sessions: set[int], mark: bytes) -> list[int]:
    found = []
    for pid in _children():
        session = _session(pid)
        if session in sessions:
            found.append(pid)
        elif mark in _environment(pid):
            sessions.add(session)
            found.append(pid)
    return found


def _children() -> list[int]:
    """Direct children of this process, adopted ones too."""
    pids: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError, ValueError):
            pids += map(int, task.read_text().split())
    return pids


def _session(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        # pid (name) state ppid pgrp session; the name may hold spaces and brackets
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])
    return 0


def _environment(pid: int) -> tuple[bytes, ...]:
    with suppress(OSError):
        return tuple(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    return ()

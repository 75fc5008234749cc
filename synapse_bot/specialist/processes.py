"""Ends a tool and everything that it started, however far that got away.

A group is killed as one. What left the group (a daemon: fork, setsid, fork) is adopted by this
process, because it asks the kernel to be the reaper of its descendants, and is recognised by the
HOME that only that run's processes have. Where /proc is missing only the group is killed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 200  # a killed parent's children come up in the next round
_UNCLEAR_ROUNDS = 50  # of 1 ms: for a process that never shows its environment
_STARTED: dict[int, frozenset[int]] = {}  # our running tools -> our children when it started


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


def watch(leader: int) -> None:
    """Note that ``leader`` was just started by us, in a session of its own: no orphan, then."""
    _STARTED[leader] = frozenset(_children())


def kill_orphans(leader: int, home: str = "/nonexistent") -> None:
    """Kill and reap adopted processes of the session of ``leader`` or with ``home`` as HOME.

    A process that is just dying, or just becoming another program, shows neither; its children
    are adopted once it has: it is looked at again.
    """
    earlier = _STARTED.pop(leader, frozenset())
    _end_group(leader)
    sessions = {leader}
    unclear_rounds = 0
    for _ in range(_ROUNDS):
        strays, unclear = _strays(sessions, f"HOME={home}".encode(), earlier)
        for pid in strays:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
        if strays:
            continue
        if not unclear or unclear_rounds == _UNCLEAR_ROUNDS:
            return
        unclear_rounds += 1
        time.sleep(0.001)


def _end_group(leader: int) -> None:
    """Kill and reap what the leader left of its group (the init of bwrap's namespace outlives it).

    /proc may miss a child that is adopted just now; the kernel's own wait does not.
    """
    for _ in range(_ROUNDS):
        try:
            reaped, _status = os.waitpid(-leader, os.WNOHANG)
        except ChildProcessError:
            return
        if not reaped:
            kill_group(leader)
            time.sleep(0.001)


def _strays(sessions: set[int], mark: bytes, earlier: frozenset[int]) -> tuple[list[int], bool]:
    """The orphans, and whether there is a child of whom it cannot be told yet."""
    found: list[int] = []
    unclear = False
    started_by_us = {os.getsid(0), *_STARTED} - sessions
    for pid in _children():
        state, session = _state(pid)
        environment = _environment(pid)
        if session in sessions or mark in environment:
            sessions.add(session)
            found.append(pid)
        elif environment or pid in earlier or session in started_by_us:
            continue
        elif state == "Z":
            found.append(pid)  # a daemon's parent: all that is left to do is to reap it
        else:
            unclear = unclear or state != ""
    return found, unclear


def _children() -> list[int]:
    """Direct children of this process, adopted ones too."""
    pids: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError, ValueError):
            pids += map(int, task.read_text().split())
    return pids


def _state(pid: int) -> tuple[str, int]:
    """(state letter, session) of a process; ("", 0) where it is gone."""
    with suppress(OSError, ValueError, IndexError):
        # pid (name) state ppid pgrp session; the name may hold spaces and brackets
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return fields[0], int(fields[3])
    return "", 0


def _environment(pid: int) -> tuple[bytes, ...]:
    with suppress(OSError):
        return tuple(filter(None, Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")))
    return ()

"""Whether a run is alive on this machine: its process holds a lock that the system lets go of at
its death, however it dies."""

from __future__ import annotations

import os
import re
import socket
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from synapse_bot.domain.errors import StoreUnusable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDER = "alive"
_SAFE = re.compile(r"[A-Za-z0-9_.-]{1,200}")
# Who only looks whether it is held holds it for an instant too.
_TRIES, _PAUSE_S = 10, 0.02


def executor_id() -> str:
    """A name for this process that no other has, and no restart gets again: host-pid-random."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"


def host_of(executor: str) -> str:
    """The machine of ``executor``, as ``executor_id`` named it."""
    return executor.rsplit("-", 2)[0]


@contextmanager
def alive(folder: Path, run: str) -> Iterator[bool]:
    """Hold ``run`` while the block runs. False where another process of this machine holds it.

    Raises StoreUnusable where the lock's file cannot be made.
    """
    try:
        import fcntl
    except ImportError:  # Windows: only the heartbeat tells
        yield True
        return
    path = _path(folder, run)
    descriptor = None
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_S)
        if (descriptor := _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)) is not None:
            break
    if descriptor is None:
        yield False
        return
    try:
        yield True
    finally:
        # While it is still held: whoever made the file anew in between holds another one.
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _locked(path: Path, how: int) -> int | None:
    """The descriptor of ``path``, locked; None where another process holds it."""
    import fcntl

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnusable(f"a run cannot be held: {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, how)
        if _same(descriptor, path):  # else its holder has just ended, and took the name along
            return descriptor
    except BlockingIOError:
        pass
    except OSError as error:  # a file system without locks
        os.close(descriptor)
        raise StoreUnusable(f"a run cannot be held: {path}: {error.strerror}") from error
    os.close(descriptor)
    return None


def _same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def is_alive(folder: Path, run: str) -> bool:
    """Whether a process of this machine is at work on ``run``. Changes nothing."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        descriptor = os.open(_path(folder, run), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _path(folder: Path, run: str) -> Path:
    if not _SAFE.fullmatch(run) or run.startswith("."):
        raise StoreUnusable(f"no run has the id {run!r:.60}")
    return folder / _FOLDER / run

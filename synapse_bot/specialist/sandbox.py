"""Runs one tool in isolation: the only place of the package that starts one.

The tool gets an argument list (no shell), an empty working directory, an environment of PATH,
LANG and a HOME (with the XDG folders) of its own, limits on memory, processor time and file
size that are set before it starts, and an end: at its deadline, or with too much output, its
whole group is killed. Nothing that it started outlives it.
"""

from __future__ import annotations

import asyncio
import math
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from synapse_bot.specialist import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_CHUNK = 1 << 16
_STDERR_TAIL = 1 << 14
_REAP_S = 5.0  # a killed process that the kernel holds longer than this is given up
_MB = 1 << 20


class Ending(StrEnum):
    EXITED = "exited"  # by itself, or by a signal: see the exit code
    TIMEOUT = "timeout"
    FLOODED = "flooded"


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory_mb`` 0 sets no limit. Files cover what the tool writes, its caches too."""

    timeout_s: float = 120.0
    memory_mb: int = 4096
    output_mb: int = 32
    file_mb: int = 1024
    processes: int = 16_384  # of the user, not of the tool: only a runaway reaches it


@dataclass(frozen=True, slots=True)
class Command:
    """``argv`` starts with an absolute binary; ``prefix`` (namespaces) goes before it."""

    argv: tuple[str, ...]
    search_path: str = "/usr/bin:/bin"
    prefix: tuple[str, ...] = ()
    stdin: bytes = b""


@dataclass(frozen=True, slots=True)
class Completed:
    """``exit_code`` is negative for a death by signal. ``stderr`` is its last 16 KiB."""

    ending: Ending
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Cell:
    """The folders of one run; all of them inside ``folder``, which is the tool's alone."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def cwd(self) -> Path:
        return self.folder / "cwd"

    def make(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True)
        self.home.mkdir(mode=0o700)
        self.cwd.mkdir(mode=0o700)

    def environment(self, search_path: str) -> dict[str, str]:
        """The whole environment of the tool."""
        home = str(self.home)
        return {
            "PATH": search_path,
            "LANG": "C.UTF-8",
            "HOME": home,
            "XDG_CACHE_HOME": f"{home}/.cache",
            "XDG_CONFIG_HOME": f"{home}/.config",
            "XDG_DATA_HOME": f"{home}/.local/share",
            "XDG_STATE_HOME": f"{home}/.local/state",
            "XDG_RUNTIME_DIR": home,
        }


async def run(command: Command, limits: Limits, cell: Cell) -> Completed:
    """Run ``command`` in ``cell`` to its end. Raises OSError when it cannot be started.

    Cancelling the task kills the tool before the cancellation goes on.
    """
    processes.adopt_orphans()
    cell.make()
    started = time.monotonic()
    child = _Child(command, limits, cell)
    try:
        async with asyncio.timeout(limits.timeout_s):
            ending = await child.ended()
    except TimeoutError:
        ending = Ending.TIMEOUT
    finally:
        await child.end()
    return Completed(
        ending, child.exit_code, child.stdout, child.stderr, time.monotonic() - started
    )


class _Child:
    """One running tool with its two pipes."""

    def __init__(self, command: Command, limits: Limits, cell: Cell) -> None:
        self._loop = asyncio.get_running_loop()
        self._flooded = asyncio.Event()
        self._home = str(cell.home)
        self._in_namespace = bool(command.prefix)
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        try:
            self._process = _spawn(command, limits, cell, out_end, err_end)
        except BaseException:
            os.close(out)
            os.close(err)
            raise
        finally:
            os.close(out_end)
            os.close(err_end)
        processes.watch(self._process.pid)
        cap = limits.output_mb * _MB
        self._out = _Pipe(self._loop, out, cap, cap, self._flooded.set)
        self._err = _Pipe(self._loop, err, cap, _STDERR_TAIL, self._flooded.set)

    async def ended(self) -> Ending:
        exit_ = asyncio.ensure_future(_exited(self._process))
        flood = asyncio.ensure_future(self._flooded.wait())
        try:
            await asyncio.wait((exit_, flood), return_when=asyncio.FIRST_COMPLETED)
        finally:
            exit_.cancel()
            flood.cancel()
        return Ending.FLOODED if self._flooded.is_set() else Ending.EXITED

    async def end(self) -> None:
        """Kill what still lives, reap it, and read what the pipes still hold."""
        processes.kill_group(self._process.pid)
        with suppress(TimeoutError):
            async with asyncio.timeout(_REAP_S):
                await _exited(self._process)
        self._process.poll()
        processes.kill_orphans(self._process.pid, self._home)
        self._out.finish()
        self._err.finish()

    @property
    def exit_code(self) -> int | None:
        code = self._process.returncode
        if self._in_namespace and code is not None and 128 < code <= 128 + signal.NSIG:
            return 128 - code  # how the process 1 of a namespace tells of a death by signal
        return code

    @property
    def stdout(self) -> bytes:
        return bytes(self._out.data)

    @property
    def stderr(self) -> bytes:
        return bytes(self._err.data)


class _Pipe:
    """Reads a pipe as it fills. Keeps the last ``keep`` bytes; says so past ``cap`` in all."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        fd: int,
        cap: int,
        keep: int,
        on_flood: Callable[[], None],
    ) -> None:
        self.data = bytearray()
        self._loop, self._fd, self._cap, self._keep = loop, fd, cap, keep
        self._on_flood = on_flood
        self._total = 0
        self._open = True
        os.set_blocking(fd, False)
        loop.add_reader(fd, self._read)

    def _read(self) -> bool:
        """Take what is there; False at the end, for now or for good."""
        try:
            chunk = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return False
        if not chunk:
            self._close()
            return False
        self._total += len(chunk)
        self.data += chunk
        if len(self.data) > self._keep:
            del self.data[: len(self.data) - self._keep]
        if self._total > self._cap:
            self._on_flood()
            self._close()
            return False
        return True

    def finish(self) -> None:
        while self._open and self._read():
            pass
        self._close()

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._fd)
            os.close(self._fd)


def _spawn(
    command: Command, limits: Limits, cell: Cell, stdout: int, stderr: int
) -> subprocess.Popen[bytes]:
    stdin = _input(command.stdin, cell)
    try:
        return subprocess.Popen(
            (*_leash(), *_limiter(limits), *command.prefix, *command.argv),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=cell.cwd,
            env=cell.environment(command.search_path),
            start_new_session=True,
            close_fds=True,
        )
    finally:
        if stdin != subprocess.DEVNULL:
            os.close(stdin)


def _input(data: bytes, cell: Cell) -> int:
    """A descriptor to read ``data`` from: a file, so that a tool that never reads blocks nobody."""
    if not data:
        return subprocess.DEVNULL
    path = cell.folder / "stdin"
    path.write_bytes(data)
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _limiter(limits: Limits) -> tuple[str, ...]:
    """A program that sets the limits on itself and then becomes the tool: no race, no thread."""
    cpu_s = math.ceil(limits.timeout_s * (os.cpu_count() or 1)) + 1
    cpu_s = _within(resource.RLIMIT_CPU, cpu_s)
    size = _within(resource.RLIMIT_FSIZE, limits.file_mb * _MB)
    memory = _within(resource.RLIMIT_AS, limits.memory_mb * _MB) if limits.memory_mb > 0 else 0
    if prlimit := _prlimit():
        argv = [prlimit, "--core=0", f"--cpu={cpu_s}", f"--fsize={size}"]
        argv += [f"--nproc={_within(resource.RLIMIT_NPROC, limits.processes)}"]
        return (*argv, f"--as={memory}", "--") if memory else (*argv, "--")
    # POSIX counts files in blocks of 512 bytes; -v is in KiB, and macOS refuses it.
    script = f"ulimit -c 0; ulimit -t {cpu_s}; ulimit -f {size // 512}; "
    script += f"ulimit -v {memory // 1024} 2>/dev/null; " if memory else ""
    return ("/bin/sh", "-c", script + 'exec "$@"', "sh")


@cache
def _leash() -> tuple[str, ...]:
    """A program that lets the tool die with us, even of SIGKILL, and becomes it; () without one.

    setpriv of util-linux 2.33; that of busybox cannot.
    """
    argv = ("/usr/bin/setpriv", "--pdeathsig", "KILL", "--")
    if sys.platform != "linux" or not os.access(argv[0], os.X_OK):
        return ()
    try:
        probe = subprocess.run(
            (*argv, "/bin/true"), capture_output=True, env={}, timeout=_REAP_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return argv if probe.returncode == 0 else ()


def _within(kind: int, value: int) -> int:
    """``value``, or the hard limit in force where that is lower: nobody may raise it."""
    hard = resource.getrlimit(kind)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


@cache
def _prlimit() -> str:
    candidates = ("/usr/bin/prlimit", "/bin/prlimit")
    return next((path for path in candidates if os.access(path, os.X_OK)), "")


async def _exited(process: subprocess.Popen[bytes]) -> None:
    """Until ``process`` has exited; it stays unreaped, so that its id still names its group."""
    if sys.platform != "linux" or process.returncode is not None:
        await _poll(process)
        return
    try:
        fd = os.pidfd_open(process.pid)
    except OSError:
        await _poll(process)
        return
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(fd, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)


async def _poll(process: subprocess.Popen[bytes]) -> None:
    while process.returncode is None and not _has_exited(process.pid):  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.01)


def _has_exited(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True

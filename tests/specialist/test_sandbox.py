"""A tool in its sandbox: what it gets, what it may use, and that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from synapse_bot.config.settings import Sandbox
from synapse_bot.specialist import namespaces, sandbox
from synapse_bot.specialist.namespaces import Folders, NoNamespaces
from synapse_bot.specialist.sandbox import Cell, Command, Completed, Ending, Limits, run

PYTHON = os.path.realpath(sys.executable)
KINDS = ("none", "unshare", "bwrap")


def wrapped(kind: str, cell: Cell) -> tuple[str, ...]:
    if kind == "none":
        return ()
    binary = shutil.which(kind)
    wrap = namespaces._WRAPS[kind]
    probe = (*wrap(binary or "", Folders(), Path("/")), "/bin/true")
    if not binary or not namespaces._works(probe):
        pytest.skip(f"{kind} cannot make namespaces here")
    roots = (Path(PYTHON).parent.parent,)
    return wrap(binary, Folders(roots, (cell.folder,)), cell.cwd)


def start(
    folder: Path, *argv: str, kind: str = "none", stdin: bytes = b"", **limits: float
) -> Completed:
    cell = Cell(folder / "cell")
    command = Command(argv, prefix=wrapped(kind, cell), stdin=stdin)
    return asyncio.run(run(command, Limits(**{"timeout_s": 20, **limits}), cell))  # type: ignore[arg-type]


def python(code: str) -> tuple[str, ...]:
    return (PYTHON, "-IS", "-c", code)


def alive(mark: str) -> list[str]:
    """Processes with ``mark`` in their arguments; their states."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in entry.read_bytes():  # a zombie has none
                found.append((entry.parent / "stat").read_text())
        except OSError:
            continue
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_gets_path_lang_and_a_home_of_its_own_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "planted-token-of-the-parent")
    done = start(tmp_path, "/usr/bin/env", kind=kind)
    assert b"planted" not in done.stdout
    names = {line.partition("=")[0] for line in done.stdout.decode().splitlines()}
    xdg = {f"XDG_{name}_HOME" for name in ("CACHE", "CONFIG", "DATA", "STATE")}
    shells_own = {"PWD"}  # namespaces are entered through a shell
    assert names - shells_own == {"PATH", "LANG", "HOME", "XDG_RUNTIME_DIR"} | xdg
    assert f"HOME={tmp_path}/cell/home" in done.stdout.decode()


@pytest.mark.parametrize("kind", ["unshare", "bwrap"])
def test_in_a_namespace_a_tool_cannot_read_the_parents_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    code = (
        "import glob\n"
        "for f in glob.glob('/proc/[0-9]*/environ'):\n"
        "    print(f, open(f,'rb').read())\n"
    )
    done = start(tmp_path, *python(code), kind=kind)
    assert done.exit_code == 0
    assert "/proc/" in done.stdout.decode()
    assert b"PYTEST_CURRENT_TEST" not in done.stdout


@pytest.mark.parametrize("kind", ["unshare", "bwrap"])
def test_in_a_namespace_there_is_no_network(tmp_path: Path, kind: str) -> None:
    code = (
        "import socket\n"
        "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n"
        "socket.create_connection(s.getsockname(), 2)\n"
    )
    outside = start(tmp_path / "a", *python("import socket\n" + code))
    assert outside.exit_code == 0
    done = start(tmp_path / "b", *python("import socket; print(socket.if_nameindex())"), kind=kind)
    assert b"eth" not in done.stdout
    reach = "import socket; socket.create_connection(('203.0.113.1', 80), 2)"
    unreachable = start(tmp_path / "c", *python(reach), kind=kind)
    assert b"unreachable" in unreachable.stderr


def test_bubblewrap_hides_the_rest_of_the_file_system(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    done = start(tmp_path, *python(f"open({str(secret)!r})"), kind="bwrap")
    assert b"FileNotFoundError" in done.stderr
    write = start(tmp_path / "2", *python("open('/usr/planted', 'w')"), kind="bwrap")
    assert b"Read-only file system" in write.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_the_working_directory_is_empty_and_private(tmp_path: Path, kind: str) -> None:
    done = start(tmp_path, *python("import os; print(os.getcwd(), os.listdir())"), kind=kind)
    assert done.stdout.decode() == f"{tmp_path}/cell/cwd []\n"
    assert (tmp_path / "cell").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", KINDS)
def test_a_hanging_tool_is_killed_at_its_deadline(tmp_path: Path, kind: str) -> None:
    mark = uuid.uuid4().hex
    started = time.monotonic()
    code = f"# {mark}\nimport time; print('partial', flush=True); time.sleep(60)"
    done = start(tmp_path, *python(code), kind=kind, timeout_s=1.0)
    assert (done.ending, done.exit_code) == (Ending.TIMEOUT, -9)
    assert done.stdout == b"partial\n"
    assert time.monotonic() - started < 10
    assert alive(mark) == []


DAEMON = """# {mark}
import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        if os.fork():
            os._exit(0)
        time.sleep(300)
        os._exit(0)
{last}
"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("last", ["print('done')", "time.sleep(300)"])
def test_no_process_outlives_the_run_even_when_it_left_the_group(
    tmp_path: Path, kind: str, last: str
) -> None:
    mark = uuid.uuid4().hex
    code = DAEMON.format(mark=mark, last=last)
    done = start(tmp_path, *python(code), kind=kind, timeout_s=1.0)
    assert done.ending is (Ending.EXITED if "print" in last else Ending.TIMEOUT)
    assert alive(mark) == []


RUNNER = """
import asyncio, pathlib, sys
from synapse_bot.specialist.sandbox import Cell, Command, Limits, run
argv, prefix = sys.argv[2].split("|"), sys.argv[3].split("|") if sys.argv[3] else ()
print("about to", flush=True)
asyncio.run(run(Command(argv, prefix=tuple(prefix)), Limits(60), Cell(pathlib.Path(sys.argv[1]))))
"""


@pytest.mark.skipif(not sandbox._leash(), reason="needs setpriv --pdeathsig")
@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_dies_with_its_runner_even_of_sigkill(tmp_path: Path, kind: str) -> None:
    cell = Cell(tmp_path / "cell")
    mark = uuid.uuid4().hex
    tool = "|".join(python(f"import time; open('up', 'w'); time.sleep(300)  # {mark}"))
    argv = [sys.executable, "-c", RUNNER, str(cell.folder), tool, "|".join(wrapped(kind, cell))]
    runner = subprocess.Popen(argv, stdout=subprocess.PIPE)
    try:
        assert until((cell.cwd / "up").exists)
    finally:
        runner.kill()
        runner.communicate()
    assert until(lambda: not alive(mark))
    with suppress(ChildProcessError):  # they were adopted by this process
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def until(happened: Callable[[], bool], seconds: float = 20) -> bool:
    ends = time.monotonic() + seconds
    while not happened() and time.monotonic() < ends:
        time.sleep(0.02)
    return happened()


def test_no_zombie_is_left(tmp_path: Path) -> None:
    before = _children()
    start(tmp_path, *python(DAEMON.format(mark="x", last="print('done')")))
    states = [Path(f"/proc/{pid}/stat").read_text() for pid in _children() - before]
    assert [state for state in states if ") Z " in state] == []


def _children() -> set[str]:
    """Of this process and all its threads."""
    tasks = Path("/proc/self/task").glob("*/children")
    return set(" ".join(path.read_text() for path in tasks).split())


def test_a_grandchild_that_keeps_the_pipe_open_delays_nobody(tmp_path: Path) -> None:
    started = time.monotonic()
    done = start(tmp_path, "/bin/sh", "-c", "sleep 300 & echo early; exit 7")
    assert (done.ending, done.exit_code, done.stdout) == (Ending.EXITED, 7, b"early\n")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("stream", ["1", "2"])
def test_a_flood_is_cut_and_its_author_killed(tmp_path: Path, stream: str) -> None:
    done = start(tmp_path, "/bin/sh", "-c", f"yes >&{stream}", output_mb=1)
    assert done.ending is Ending.FLOODED
    assert len(done.stdout) <= (1 << 20) + (1 << 16)
    assert len(done.stderr) <= 1 << 14


def test_five_megabytes_within_the_limit_arrive_whole(tmp_path: Path) -> None:
    code = "import sys; sys.stdout.write('x' * 5_000_000)"
    assert len(start(tmp_path, *python(code)).stdout) == 5_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_death_by_signal_is_told_as_one(tmp_path: Path, kind: str) -> None:
    assert start(tmp_path, "/bin/sh", "-c", "kill -SEGV $$", kind=kind).exit_code == -11


def test_memory_is_limited(tmp_path: Path) -> None:
    done = start(tmp_path, *python("x = bytearray(1 << 30)"), memory_mb=256)
    assert done.exit_code == 1
    assert b"MemoryError" in done.stderr


def test_a_file_that_grows_without_end_is_stopped(tmp_path: Path) -> None:
    done = start(tmp_path, "/bin/sh", "-c", "exec yes > file", file_mb=1)
    assert done.exit_code == -25  # SIGXFSZ
    assert (tmp_path / "cell" / "cwd" / "file").stat().st_size == 1 << 20


def test_limits_hold_from_the_first_instruction(tmp_path: Path) -> None:
    names = ("AS", "CORE", "FSIZE", "CPU")
    code = "import resource as r; print(*(r.getrlimit(getattr(r, 'RLIMIT_' + n))[1] for n in %s))"
    done = start(tmp_path, PYTHON, "-I", "-c", code % (names,), memory_mb=512, file_mb=1)
    memory, core, size, cpu = map(int, done.stdout.split())
    assert (memory, core, size) == (512 << 20, 0, 1 << 20)
    assert 0 < cpu < 10_000


def test_without_prlimit_the_shell_sets_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synapse_bot.specialist.sandbox._prlimit", lambda: "")
    test_limits_hold_from_the_first_instruction(tmp_path)


@pytest.mark.parametrize("data", [b"", b"diff\n", b"x" * 5_000_000])
def test_standard_input_is_the_diff_or_closed(tmp_path: Path, data: bytes) -> None:
    assert start(tmp_path, "/bin/cat", stdin=data).stdout == data


def test_a_tool_that_never_reads_its_input_blocks_nobody(tmp_path: Path) -> None:
    assert start(tmp_path, "/bin/true", stdin=b"x" * 5_000_000).exit_code == 0


def test_descriptors_of_the_parent_are_closed(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    try:
        done = start(tmp_path, "/bin/sh", "-c", f"echo x >&{write_end}")
        assert done.exit_code != 0
    finally:
        os.close(read_end)
        os.close(write_end)


def test_cancelling_the_review_kills_the_tool(tmp_path: Path) -> None:
    mark = uuid.uuid4().hex

    async def cancel() -> None:
        command = Command(python(f"# {mark}\nimport time; time.sleep(300)"))
        task = asyncio.create_task(run(command, Limits(), Cell(tmp_path / "cell")))
        while not alive(mark):  # noqa: ASYNC110 - another process's state has no event
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert alive(mark) == []


def test_fifty_runs_leak_no_descriptor(tmp_path: Path) -> None:
    def held() -> int:
        return len(os.listdir("/proc/self/fd"))

    start(tmp_path / "first", "/bin/true")
    before = held()
    for number in range(50):
        start(tmp_path / str(number), "/bin/echo", "x")
    assert held() == before


def test_require_fails_closed_where_no_namespace_can_be_made(tmp_path: Path) -> None:
    with pytest.raises(NoNamespaces):
        namespaces.prefix(Sandbox.REQUIRE, "/nowhere", Folders(), tmp_path)
    assert namespaces.prefix(Sandbox.AUTO, "/nowhere", Folders(), tmp_path) == ()
    assert namespaces.prefix(Sandbox.OFF, os.defpath, Folders(), tmp_path) == ()

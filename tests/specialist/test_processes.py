"""Ending what a tool started, in the moments where a process does not show whose it is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synapse_bot.specialist import processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux")
HOME = "/nonexistent/home-of-the-run"


@pytest.fixture(autouse=True)
def before() -> set[int]:
    """The children of other tests."""
    assert processes.adopt_orphans()
    return set(processes._children())


def start(code: str) -> subprocess.Popen[bytes]:
    leader = subprocess.Popen(
        [sys.executable, "-IS", "-c", f"import os, time\n{code}"],
        env={"HOME": HOME},
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    processes.watch(leader.pid)
    return leader


DAEMON_THAT_ENDED = """
if os.fork() == 0:
    os.setsid()
    os._exit(0)
time.sleep(0.2)
"""


def test_a_dead_daemon_that_shows_nothing_any_more_is_reaped(before: set[int]) -> None:
    leader = start(DAEMON_THAT_ENDED)
    leader.wait()
    processes.kill_orphans(leader.pid, HOME)
    assert set(processes._children()) <= before


PARENT_AND_CHILD_APART = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        print(os.getpid(), flush=True)
        time.sleep(300)
    time.sleep(300)
time.sleep(0.2)
"""


def test_who_is_just_dying_is_looked_at_again(
    before: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = start(PARENT_AND_CHILD_APART)
    assert leader.stdout is not None
    grandchild = int(leader.stdout.readline())
    leader.wait()
    shown = processes._environment
    silent = 3  # looks, during which nobody shows an environment, as while dying or in execve

    def environment(pid: int) -> tuple[bytes, ...]:
        nonlocal silent
        silent -= 1
        return () if silent >= 0 else shown(pid)

    monkeypatch.setattr(processes, "_environment", environment)
    processes.kill_orphans(leader.pid, HOME)
    assert set(processes._children()) <= before
    assert not Path(f"/proc/{grandchild}").exists()


def test_others_children_are_left_alone() -> None:
    sleeper = [sys.executable, "-IS", "-c", "import time; time.sleep(300)"]
    apart = subprocess.Popen(sleeper, env={"HOME": "/other"}, start_new_session=True)
    ended = subprocess.Popen(["/bin/sh", "-c", "exit 7"], start_new_session=True)
    ours = subprocess.Popen(["/bin/sh", "-c", "exit 8"])
    time.sleep(0.1)
    leader = start("")
    later = subprocess.Popen(["/bin/sh", "-c", "exit 9"])
    other_tool = start("import sys; sys.exit(6)")
    leader.wait()
    time.sleep(0.2)
    try:
        processes.kill_orphans(leader.pid, HOME)
        assert apart.poll() is None
        assert [process.wait() for process in (ended, ours, later)] == [7, 8, 9]
        os.kill(other_tool.pid, 0)
    finally:
        apart.kill()
        apart.wait()
        other_tool.wait()
        processes.kill_orphans(other_tool.pid, HOME)

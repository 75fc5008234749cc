"""A run is alive while its process is, and not a moment longer."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.engine.liveness import alive, executor_id, host_of, is_alive

HOLD = (
    "import sys, time\nfrom pathlib import Path\nfrom synapse_bot.engine.liveness import alive\n"
    "with alive(Path(sys.argv[1]), 'run') as held:\n    print(held, flush=True)\n    time.sleep(99)"
)


def test_one_process_holds_a_run_and_its_death_lets_go(tmp_path: Path) -> None:
    assert not is_alive(tmp_path, "run")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert is_alive(tmp_path, "run")
        with alive(tmp_path, "run") as held:
            assert not held
        with alive(tmp_path, "another") as held:
            assert held
        other.send_signal(signal.SIGKILL)
    assert not is_alive(tmp_path, "run")
    with alive(tmp_path, "run") as held:
        assert held
    assert os.listdir(tmp_path / "alive") == [], "what has ended leaves nothing behind"


def test_who_only_looks_keeps_nobody_out(tmp_path: Path) -> None:
    """To look is to hold the lock for an instant, shared with others who look."""
    (tmp_path / "alive").mkdir()
    looking = os.open(tmp_path / "alive" / "run", os.O_CREAT | os.O_RDWR)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.03, os.close, [looking]).start()
    with alive(tmp_path, "run") as held:
        assert held


@pytest.mark.parametrize("run", ["", "..", "a/b", "../x", ".hidden", "a\0b", "x" * 300])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, run: str) -> None:
    with pytest.raises(StoreUnusable), alive(tmp_path, run):
        pass


def test_no_two_processes_share_a_name() -> None:
    assert executor_id() != executor_id()
    assert host_of(executor_id()) == host_of(executor_id())

"""The database of a fleet is restarted in the middle of its work: it goes on, and loses nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from synapse_bot.domain.errors import SynapseError
from synapse_bot.domain.workflow import WorkflowState
from synapse_bot.server.late import LateQueue
from synapse_bot.wiring.queues import open_queue
from tests.conftest import _INITDB, _SERVER, PostgresServer, _postgres_program, _wait_for

from .test_fleet import Fleet

_NOBODY = 65534


class OwnServer:
    """A PostgreSQL that one test may stop and start; each connection to it is trusted."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synapse-pg-"))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        self.program, libraries = _postgres_program(self.folder)
        self.given = {
            "env": {"PATH": os.defpath, "LD_LIBRARY_PATH": str(libraries), "LC_ALL": "C"},
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "cwd": "/",
        }
        if os.geteuid() == 0:
            self.given.update(user=_NOBODY, group=_NOBODY, extra_groups=[])
            for path in (self.folder, self.data):
                os.chown(path, _NOBODY, _NOBODY)
        initdb = [self.program / "bin" / "initdb", "-D", self.data, *_INITDB]
        subprocess.run(initdb, check=True, **self.given)
        self.start()

    @property
    def url(self) -> str:
        return PostgresServer(self.folder).url()

    def start(self) -> None:
        settings = [part for setting in _SERVER for part in ("-c", setting)]
        argv = [self.program / "bin" / "postgres", "-D", self.data, "-k", self.folder, *settings]
        self.process = subprocess.Popen(argv, **self.given)
        _wait_for(PostgresServer(self.folder))

    def stop(self) -> None:
        """At once: whoever is connected is cut off."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


@pytest.fixture
def own_server():
    server = OwnServer()
    yield server
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.mark.parametrize("away_s", [1, 6], ids=["for a moment", "until workers count as dead"])
def test_after_a_restart_of_the_database_workers_and_doors_go_on_and_nothing_is_lost(
    own_server, tmp_path, away_s
):
    with ExitStack() as stack:
        fleet = Fleet(own_server.url, tmp_path, stack)
        stack.callback(fleet.close)
        workers = [fleet.worker(stale_s=4, attempts=20) for _ in range(2)]
        door = LateQueue(lambda: stack.enter_context(open_queue(fleet.database)))
        ids = [fleet.add(door, f"github:o/n#{n}", step_s=1.5) for n in range(12)]
        fleet.until(lambda: sum(bool(fleet.notes(id)) for id in ids) >= 4)
        own_server.stop()
        with pytest.raises(SynapseError):
            fleet.add(door, "github:o/n#away")
        with pytest.raises(SynapseError):
            door.depth()
        time.sleep(away_s)  # reviews end their steps meanwhile, and cannot tell
        own_server.start()
        late = fleet.add(door, "github:o/n#99")
        fleet.until_ended(late, *ids)
        assert {fleet.state(id) for id in (late, *ids)} == {WorkflowState.DONE}
        assert [len(fleet.comments(id)) for id in (late, *ids)] == [1] * 13
        said = "".join(path.read_text() for path in tmp_path.glob("*.log"))
        assert ": failed" not in said
        assert "a bug of ours" not in said
        assert [worker.poll() for worker in workers] == [None, None], "nobody died of it"

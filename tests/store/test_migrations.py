"""A record of an earlier version goes on: written, read, and read where nobody may write."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from synapse_bot.store import migrations
from synapse_bot.store.open import open_stores
from synapse_bot.store.sqlite import SqliteStore
from synapse_bot.store.sqlite_file import FILE

FIRST = Path(migrations.__file__).parent / "0001_runs.sql"


@pytest.fixture
def earlier(tmp_path, make_run) -> Path:
    """A folder as the first version left it, with two runs of one start."""
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as connection:
        connection.executescript(FIRST.read_text(encoding="utf-8"))
        connection.execute("PRAGMA user_version = 1")
        for id_ in ("a", "b"):
            run = make_run(id_)
            row = [getattr(run, name) for name in run.__dataclass_fields__]
            connection.execute(
                "INSERT INTO runs (id, change_key, ref, route, verdict, findings, started_at,"
                " seconds, config_digest, audit) VALUES (?,?,?,?,?,?,?,?,?,?)",
                [*row, f"audit of {id_}"],
            )
    return tmp_path


def test_runs_of_an_earlier_version_are_kept_in_order(earlier, make_run):
    store = SqliteStore.open(earlier)
    store.record(make_run("c"), "audit of c")
    assert [run.id for run in store.runs()] == ["c", "b", "a"]
    assert store.runs()[2] == make_run("a")
    assert store.audit("a") == "audit of a"
    assert [run.id for run in open_stores(earlier, tenant="local").runs.runs()] == ["c", "b", "a"]


def test_an_earlier_version_is_read_without_a_change_to_its_file(earlier, make_run):
    before = (earlier / FILE).read_bytes()
    store = SqliteStore.open_to_read(earlier)
    assert store is not None
    assert [run.id for run in store.runs()] == ["b", "a"]
    assert store.latest("repo@1", "d") == "audit of b"
    assert (earlier / FILE).read_bytes() == before


def test_both_databases_know_the_same_columns(tmp_path, postgres_url):
    import psycopg

    open_stores(tmp_path)
    open_stores(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute("""
            SELECT table_name, column_name, is_nullable, column_default IS NOT NULL
            FROM information_schema.columns
            WHERE table_schema = 'synapse' AND table_name NOT IN ('migrations', 'tenant_roles')
                AND column_name <> 'sequence'
        """).fetchall()
    fleet = {(table, column, null == "YES", default) for table, column, null, default in rows}
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        rows = connection.execute("""
            SELECT m.name, c.name, NOT c."notnull", c.dflt_value IS NOT NULL
            FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
            WHERE m.type = 'table' AND m.name NOT IN ('ledger_door', 'sqlite_sequence')
                AND c.name <> 'sequence'
        """).fetchall()
    file = {(table, column, bool(null), bool(default)) for table, column, null, default in rows}
    assert file == fleet

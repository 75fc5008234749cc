"""The database of a fleet: migrated once, by whoever may; lost and found; no password in a word."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.domain.ledger import Entry
from synapse_bot.store.open import open_stores, stores_on
from synapse_bot.store.postgres import MOST_CONNECTIONS, PostgresDatabase

OTHERS = """
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def sql(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_processes_that_open_a_new_database_at_once_migrate_it_once(postgres_url):
    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(open_stores, [postgres_url] * 6))
    assert all(stores.runs.runs() == () for stores in opened)
    assert sql(postgres_url, "SELECT number FROM synapse.migrations ORDER BY 1") == [(1,)]


def test_a_database_of_a_newer_version_is_left_alone(postgres_url):
    open_stores(postgres_url)
    sql(postgres_url, "INSERT INTO synapse.migrations VALUES (99)")
    with pytest.raises(StoreUnusable, match="number 99") as caught:
        open_stores(postgres_url)
    assert "Upgrade" in caught.value.hint


def test_hostile_text_is_only_text(postgres_url, make_run):
    hostile = "x'); DROP TABLE runs; --\0\udce9\u202e%s%(a)s:b"
    stores = open_stores(postgres_url)
    stores.runs.record(make_run(ref=hostile, change_key=hostile), hostile)
    (run,) = stores.runs.runs()
    assert run.ref == "x'); DROP TABLE runs; --\\x00\\udce9\u202e%s%(a)s:b"


def test_a_lost_connection_is_made_anew(postgres_url, make_run):
    stores = open_stores(postgres_url)
    stores.runs.record(make_run(), "{}")
    lost = f"SELECT pg_terminate_backend(pid) {OTHERS}"
    assert sql(postgres_url, lost) == [(True,)]
    assert len(stores.runs.runs()) == 1


def test_what_raises_leaves_nothing_behind_and_the_connection_serves_on(postgres_url, make_run):
    stores = open_stores(postgres_url)

    def half(transaction):
        transaction.change(
            "INSERT INTO outbox (tenant, key, run, target) VALUES ('local', 'k', 'r', 't')"
        )
        raise KeyError("half way")

    for _ in range(2 * MOST_CONNECTIONS):
        with pytest.raises(KeyError):
            stores.database.write(half)
    assert stores.outbox.find("k") is None


def test_threads_share_a_few_connections(postgres_url, make_workflow):
    stores = open_stores(postgres_url)
    with ThreadPoolExecutor(12) as pool:
        begun = list(pool.map(lambda n: stores.workflows.begin(make_workflow(f"w{n}")), range(60)))
    assert all(begun)
    ((connections,),) = sql(postgres_url, f"SELECT count(*) {OTHERS}")
    assert 1 <= connections <= MOST_CONNECTIONS
    stores.close()
    stores.close()
    assert len(stores.workflows.list(limit=100)) == 60


def test_a_writer_waits_for_another_so_long_and_no_longer(postgres_url):
    with psycopg.connect(postgres_url) as blocker:
        stores = stores_on(PostgresDatabase.open(postgres_url, lock_s=0.1))
        blocker.execute("LOCK TABLE synapse.outbox IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreUnusable, match="lock timeout"):
            stores.outbox.intend("k", "r", "t")
    assert stores.outbox.intend("k", "r", "t")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s3cret-word@127.0.0.1:1/db",
        "postgresql://127.0.0.1:1/db?user=me&password=s3cret-word",
        "postgresql://me:s3cret-word@127.0.0.1:1/db?nonsense=s3cret-word",
        "postgresql://me:s3cret-word@127.0.0.1:not-a-port/db",
        "postgresql://me:s3cret-word/9@127.0.0.1:1/db",
        "postgresql://me:s3cret-word?x@127.0.0.1:1/db",
        "postgresql://me:9/s3cret-word@127.0.0.1:1/db",
        "postgresql://127.0.0.1:1/db?password=s3cret-word%zz",
        "postgresql://me:s3cret-word%zz@127.0.0.1:1/db",
    ],
)
def test_what_cannot_be_reached_says_so_without_the_password(url):
    with pytest.raises(StoreUnusable) as caught:
        open_stores(url)
    assert "s3cret-word" not in f"{caught.value} {caught.value.__cause__} {caught.value.hint}"
    assert caught.value.__suppress_context__
    assert "engine.database" in caught.value.hint


@pytest.fixture
def plain_owner(postgres_url, postgres_server) -> Iterator[str]:
    """The address for a login that owns the database and may make roles, but is no superuser."""
    name = f"owner_{uuid4().hex[:8]}"
    database = str(psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"])
    postgres_server.run(
        f"CREATE ROLE {name} LOGIN CREATEROLE;\nALTER DATABASE {database} OWNER TO {name};\n"
        # As where this owner made them; on this server, another database may have.
        "DO $$ BEGIN CREATE ROLE synapse_tenant; EXCEPTION WHEN OTHERS THEN NULL; END $$;\n"
        "DO $$ BEGIN CREATE ROLE synapse_fleet; EXCEPTION WHEN OTHERS THEN NULL; END $$;\n"
        "DO $$ BEGIN CREATE ROLE synapse_retention; EXCEPTION WHEN OTHERS THEN NULL; END $$;\n"
        f"GRANT synapse_tenant, synapse_fleet, synapse_retention TO {name}"
    )
    yield postgres_server.url(database, name)
    postgres_server.run(f"ALTER DATABASE {database} OWNER TO postgres")
    postgres_server.run(f"REASSIGN OWNED BY {name} TO postgres", database)
    postgres_server.run(f"DROP OWNED BY {name}", database)
    postgres_server.run(f"DROP ROLE {name}")


def test_an_owner_that_is_no_superuser_can_migrate_and_work(plain_owner, make_run):
    stores = open_stores(plain_owner)
    stores.runs.record(make_run(), "{}")
    assert len(open_stores(plain_owner).runs.runs()) == 1
    stores.ledger.append(Entry("local", "r1", "requested", 0.0, 0.0, "", {}))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        sql(plain_owner, "DELETE FROM synapse.events")


def test_a_login_that_may_create_nothing_works_on_a_migrated_database(
    postgres_url, postgres_server, make_run
):
    name = f"worker_{uuid4().hex[:8]}"
    database = str(psycopg.conninfo.conninfo_to_dict(postgres_url)["dbname"])
    open_stores(postgres_url)
    roles = "synapse_tenant, synapse_fleet, synapse_retention"
    postgres_server.run(f"CREATE ROLE {name} LOGIN IN ROLE {roles}")
    try:
        worker = open_stores(postgres_server.url(database, name), tenant=None)
        worker.of("acme").runs.record(make_run(), "{}")
        assert worker.tenants() == ("acme",)
        worker.of("acme").ledger.append(Entry("acme", "r1", "requested", 0.0, 0.0, "", {}))
        assert worker.of("acme").retention.prune(9.0, now=10.0).entries == 1
        worker.close()
    finally:
        postgres_server.run(f"DROP ROLE {name}")

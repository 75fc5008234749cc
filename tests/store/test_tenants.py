"""No tenant sees, changes or adds a row of another: by our stores, nor by SQL of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest

from synapse_bot.breaker.shared import SharedBreakers
from synapse_bot.domain.breaker import Breaker, Call
from synapse_bot.domain.ledger import Entry
from synapse_bot.domain.quota import Hold, Limits, Used
from synapse_bot.domain.workflow import Recorded
from synapse_bot.store.open import StoreSet, open_stores

TABLES = ("breakers", "events", "holds", "outbox", "runs", "steps", "workflows")


def fill(operator: StoreSet, tenant: str, make_run, make_workflow) -> StoreSet:
    """One row in each table, with the same ids for every tenant."""
    stores = operator.of(tenant)
    stores.runs.record(make_run(ref=tenant), tenant)
    stores.workflows.begin(make_workflow(tenant=tenant, ref=tenant))
    stores.journal.record("r1", "fetch", Recorded("", tenant, 0.0))
    stores.outbox.intend("k", "r1", tenant)
    stores.ledger.append(Entry(tenant, "r1", "requested", 0.0, 0.0, "", {}, key="k"))
    stores.quotas.reserve(tenant, "k", Limits(), at=0.0, for_s=60.0, tokens=len(tenant))
    broken = Breaker("tool:x", (Call(1.0, failed=True),), why=tenant)
    SharedBreakers(stores.database).change("tool:x", lambda before: (broken, None))
    return stores


@pytest.fixture
def two(place, make_run, make_workflow) -> tuple[StoreSet, StoreSet, StoreSet]:
    operator = open_stores(place, tenant=None)
    return (
        operator,
        fill(operator, "acme", make_run, make_workflow),
        fill(operator, "rival", make_run, make_workflow),
    )


def test_equal_ids_of_two_tenants_are_two_things(two):
    _, acme, rival = two
    for stores, name in ((acme, "acme"), (rival, "rival")):
        assert [run.ref for run in stores.runs.runs()] == [name]
        assert stores.runs.audit("r1") == name
        assert stores.runs.latest("repo", "d") == name
        assert stores.workflows.find("w1").ref == name
        assert [w.ref for w in stores.workflows.list()] == [name]
        assert stores.journal.recall("r1", "fetch").data == name
        assert stores.outbox.find("k").target == name
        assert [i.target for i in stores.outbox.pending("r1")] == [name]
        assert [e.tenant for e in stores.ledger.of("r1")] == [name]
        assert [e.tenant for _, e in stores.ledger.since(0)] == [name]
        assert stores.tenants() == (name,)


def test_what_one_does_leaves_the_other_alone(two):
    _, acme, rival = two
    assert acme.workflows.claim("w1", "me", now=0.0, stale_s=30.0, most_attempts=3) is not None
    assert acme.outbox.settle("k", "u")
    acme.journal.record("r1", "fetch", Recorded("", "changed", 0.0))
    assert rival.workflows.find("w1").owner == ""
    assert rival.outbox.find("k").state == "pending"
    assert rival.journal.recall("r1", "fetch").data == "rival"
    assert rival.quotas.used("rival", 1.0) == Used(1, len("rival"), 0.0)
    assert rival.workflows.cancel("w1", 0.0, "")
    assert acme.workflows.beat("w1", "me", 1.0)


def test_the_operator_sees_all_and_writes_for_one(two):
    operator, *_ = two
    assert operator.tenants() == ("acme", "rival")
    assert {w.tenant for w in operator.workflows.list()} == {"acme", "rival"}
    assert isinstance(operator.quotas.reserve("new", "k", Limits(), at=0.0, for_s=1.0), Hold)
    for write in (
        lambda: operator.outbox.intend("k", "r", "t"),
        lambda: operator.journal.record("r", "s", Recorded("", 0, 0.0)),
    ):
        with pytest.raises(ValueError, match="tenant"):
            write()


# --- PostgreSQL holds it by itself -------------------------------------------------------------


@pytest.fixture(scope="module")
def server(postgres_server, make_run, make_workflow) -> Iterator[str]:
    """A database with the rows of two tenants, for all tests below."""
    name = f"tenants_{uuid4().hex}"
    postgres_server.run(f"CREATE DATABASE {name}")
    operator = open_stores(postgres_server.url(name), tenant=None)
    for tenant in ("acme", "rival"):
        fill(operator, tenant, make_run, make_workflow)
    operator.close()
    yield name
    postgres_server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def as_acme(server, postgres_server) -> Iterator[Callable[[str], list[tuple[object, ...]]]]:
    """SQL over a login of acme's own, with whatever acme likes to write."""
    name = f"acme_{uuid4().hex[:8]}"
    postgres_server.run(
        f"CREATE ROLE {name} LOGIN IN ROLE synapse_tenant;\n"
        f"INSERT INTO synapse.tenant_roles VALUES ('{name}', 'acme')",
        server,
    )

    def run(sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(postgres_server.url(server, name)) as connection:
            connection.execute("SET search_path = synapse")
            cursor = connection.execute(sql.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]

    yield run
    postgres_server.run(f"DROP ROLE {name}")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "before",
    ["", "SET synapse.tenant = 'rival';", "SET ROLE synapse_tenant; SET synapse.tenant = 'rival';",
     "RESET ROLE; SET LOCAL synapse.tenant TO rival;"],
)  # fmt: skip
def test_sql_of_a_tenant_sees_no_row_of_another(as_acme, table, before):
    assert as_acme(f"{before} SELECT DISTINCT tenant FROM {table}") == [("acme",)]
    assert as_acme(f"{before} SELECT count(*) FROM {table} WHERE tenant = 'rival'") == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO outbox (tenant, key, run, target) VALUES ('rival', 'x', 'x', 'x')",
        "SET synapse.tenant = 'rival';"
        "INSERT INTO outbox (tenant, key, run, target) VALUES ('rival', 'x', 'x', 'x')",
        "UPDATE outbox SET tenant = 'rival'",
        "ALTER TABLE runs DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE runs NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY of_a_tenant ON runs",
        "CREATE POLICY mine ON runs USING (true)",
        "SET row_security = off; SELECT * FROM runs",
        "SET ROLE synapse_fleet",
        "SET ROLE synapse_retention",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "SELECT * FROM tenant_roles",
        "UPDATE tenant_roles SET tenant = 'rival'",
        "CREATE TABLE synapse.mine (x int)",
        "CREATE OR REPLACE FUNCTION synapse.current_tenant() RETURNS text "
        "LANGUAGE sql AS $$ SELECT 'rival' $$",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DELETE FROM events",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "GRANT synapse_fleet TO CURRENT_USER",
    ],
)
def test_sql_of_a_tenant_cannot_get_out(as_acme, sql):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_acme(sql)


def test_sql_of_a_tenant_changes_no_row_of_another(as_acme, postgres_server, server):
    assert as_acme("UPDATE runs SET audit = 'mine' WHERE tenant <> 'acme'") == [(0,)]
    assert as_acme("DELETE FROM runs WHERE tenant <> 'acme'") == [(0,)]
    assert as_acme("UPDATE runs SET audit = 'mine'") == [(1,)]
    assert open_stores(postgres_server.url(server), tenant="rival").runs.audit("r1") == "rival"


@pytest.mark.parametrize("table", TABLES)
def test_a_statement_of_ours_that_forgets_the_tenant_is_held_to_it(postgres_server, server, table):
    url = postgres_server.url(server)
    acme = open_stores(url, tenant="acme")
    seen = acme.database.read(lambda t: t.rows(f"SELECT tenant FROM {table}"))
    assert seen == [("acme",)]
    nobody = open_stores(url, tenant="")
    assert nobody.database.read(lambda t: t.rows(f"SELECT tenant FROM {table}")) == []


def test_every_table_with_a_tenant_is_secured_and_no_role_of_ours_owns_or_bypasses(
    postgres_server, server
):
    with psycopg.connect(postgres_server.url(server)) as connection:
        rows = connection.execute("""
            SELECT relname, relrowsecurity AND relforcerowsecurity, rolsuper
            FROM pg_class JOIN pg_roles ON relowner = pg_roles.oid
            JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant'
            WHERE relnamespace = 'synapse'::regnamespace AND relkind = 'r'
                AND relname <> 'tenant_roles'
            ORDER BY relname
        """).fetchall()
        roles = connection.execute("""
            SELECT rolname, rolbypassrls OR rolsuper OR rolcanlogin OR rolcreaterole,
                (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid)
            FROM pg_roles WHERE rolname LIKE 'synapse\\_%' ORDER BY rolname
        """).fetchall()
    assert rows == [(name, True, True) for name in TABLES]
    assert roles == [
        ("synapse_fleet", False, 0), ("synapse_retention", False, 0), ("synapse_tenant", False, 0)
    ]  # fmt: skip

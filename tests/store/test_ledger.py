"""The ledger only grows, an entry of a key stands once, and both times of it are kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from synapse_bot.domain.ledger import Entry
from synapse_bot.store.open import open_stores
from synapse_bot.store.sqlite_file import FILE


def entry(type_: str = "posted", run: str = "r1", **other: object) -> Entry:
    fields = {
        "tenant": "local", "run": run, "type": type_, "happened_at": 10.0, "known_at": 12.5,
        "config_digest": "d", "data": {"url": "https://x/\0\udce9", "n": [1, None]},
    }  # fmt: skip
    return Entry(**(fields | other))  # type: ignore[arg-type]


def test_the_life_of_a_review_is_read_in_order(place, stores):
    stores.ledger.append(entry("requested"), entry("planned", "r2"), entry("planned"))
    stores.ledger.append(entry("posted", happened_at=1.0))
    life = open_stores(place).ledger.of("r1")
    assert life == (entry("requested"), entry("planned"), entry("posted", happened_at=1.0))


def test_a_key_stands_once_and_without_a_key_a_fact_may_repeat(stores):
    stores.ledger.append(entry(key="a"), entry("again", key="a"), entry(key="b"))
    stores.ledger.append(entry("again", key="a"), entry(), entry())
    assert [(e.type, e.key) for e in stores.ledger.of("r1")] == [
        ("posted", "a"), ("posted", "b"), ("posted", ""), ("posted", ""),
    ]  # fmt: skip


def test_a_key_is_of_its_tenant(place):
    operator = open_stores(place, tenant=None)
    operator.ledger.append(entry(tenant="a", key="k"), entry(tenant="b", key="k"))
    assert [e.tenant for e in operator.ledger.of("r1")] == ["a", "b"]
    assert [e.tenant for e in operator.of("b").ledger.of("r1")] == ["b"]


def test_all_of_an_append_or_none(stores):
    with pytest.raises(TypeError):
        stores.ledger.append(entry("planned"), entry(data={"a": {1}}))
    assert stores.ledger.of("r1") == ()


def test_a_reader_goes_on_where_it_stopped(stores):
    stores.ledger.append(*(entry(str(n)) for n in range(5)))
    first = stores.ledger.since(0, 3)
    rest = stores.ledger.since(first[-1][0], 100)
    assert [e.type for _, e in first + rest] == ["0", "1", "2", "3", "4"]
    assert stores.ledger.since(rest[-1][0]) == ()


CHANGES = [
    "UPDATE events SET type = 'x'",
    "DELETE FROM events",
    "DELETE FROM events WHERE run = 'r1'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_refuses_to_change_an_entry(tmp_path, change):
    stores = open_stores(tmp_path)
    stores.ledger.append(entry())
    refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, refused:
        connection.execute(change)
    assert stores.ledger.of("r1") == (entry(),)


@pytest.mark.parametrize("change", [*CHANGES, "TRUNCATE events"])
@pytest.mark.parametrize("role", ["postgres", "synapse_fleet", "synapse_tenant"])
def test_a_server_refuses_to_change_an_entry_even_to_the_superuser(postgres_url, change, role):
    import psycopg

    stores = open_stores(postgres_url)
    stores.ledger.append(entry())
    with psycopg.connect(postgres_url) as connection:
        connection.execute("SET search_path = synapse; SET synapse.tenant = 'local'")
        connection.execute(f"SET ROLE {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(change)
    assert stores.ledger.of("r1") == (entry(),)


def test_processes_that_append_at_once_write_each_key_once_and_in_visible_order(stores, race):
    seen = race("""
from synapse_bot.domain.ledger import Entry
cursor, read = 0, []
for n in range(25):
    stores.ledger.append(
        Entry("local", "r1", me, 0, 0, "", {}, f"k{n}"), Entry("local", "r1", me, 0, 0, "", {}))
    for number, _ in stores.ledger.since(cursor, 1000):
        read.append(number)
        cursor = number
print(json.dumps(read))
""")
    entries = stores.ledger.since(0)
    assert len(entries) == 25 + 4 * 25
    assert sorted(e.key for _, e in entries if e.key) == sorted(f"k{n}" for n in range(25))
    numbers = [number for number, _ in entries]
    for read in seen:  # who follows has skipped none, whoever wrote it
        assert read == numbers[: len(read)]

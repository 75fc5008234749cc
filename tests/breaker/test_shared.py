"""Breakers in the database of a fleet: a real PostgreSQL, with the roles of the store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from synapse_bot.breaker.shared import SharedBreakers
from synapse_bot.domain.breaker import Breaker, Call, Lease
from synapse_bot.entry.host import read_host
from synapse_bot.store.open import StoreSet, open_stores
from synapse_bot.wiring.breakers import open_breakers

KEY = "provider:openai"
OPEN = Breaker(KEY, (Call(1.0, True),), 2, 99.5, (Lease("me", 7.25),), "500: «down»")


@pytest.fixture
def stores(postgres_url: str) -> Iterator[StoreSet]:
    opened = open_stores(postgres_url, tenant="one")
    yield opened
    opened.close()


def put(breakers: SharedBreakers) -> None:
    breakers.change(KEY, lambda before: (OPEN, None))


def test_what_one_worker_keeps_another_finds_and_resets(
    stores: StoreSet, postgres_url: str
) -> None:
    put(SharedBreakers(stores.database))
    other = open_stores(postgres_url, tenant="one")
    again = SharedBreakers(other.database)
    assert again.all() == (OPEN,)
    assert again.reset(KEY)
    assert not again.reset(KEY)
    assert SharedBreakers(stores.database).all() == ()
    other.close()


def test_no_change_of_many_workers_at_once_is_lost_also_of_a_new_key(
    stores: StoreSet, postgres_url: str
) -> None:
    def more(breaker: Breaker) -> tuple[Breaker, None]:
        return Breaker(KEY, openings=breaker.openings + 1, retry_at=1.0), None

    def work() -> None:
        mine = open_stores(postgres_url, tenant="one")
        for _ in range(10):
            SharedBreakers(mine.database).change(KEY, more)
        mine.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert SharedBreakers(stores.database).all()[0].openings == 60


def test_a_tenant_knows_nothing_of_another_s(stores: StoreSet) -> None:
    put(SharedBreakers(stores.database))
    other = SharedBreakers(stores.of("other").database)
    assert other.all() == ()
    assert not other.reset(KEY)
    put(other)
    assert other.reset(KEY)
    assert SharedBreakers(stores.database).all() == (OPEN,)


def test_the_database_itself_refuses_the_rows_of_another_tenant(
    stores: StoreSet, postgres_url: str
) -> None:
    put(SharedBreakers(stores.database))
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "SELECT set_config('role', 'synapse_tenant', true),"
            " set_config('synapse.tenant', 'other', true),"
            " set_config('search_path', 'synapse', true)"
        )
        assert connection.execute("SELECT * FROM breakers").fetchall() == []
        assert connection.execute("DELETE FROM breakers").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO breakers VALUES ('one', 'provider:x', '{}')")


def test_a_database_that_is_away_costs_no_review_and_is_noted(tmp_path: Path) -> None:
    url = "postgresql://u:planted@127.0.0.1:1/x"
    breakers = open_breakers(read_host(), tmp_path, lambda: open_stores(url).database)
    assert breakers.change(KEY, lambda before: (OPEN, before)) == Breaker(KEY)
    assert breakers.all() == (OPEN,)  # of this process
    (note,) = breakers.notes
    assert "planted" not in note


def test_what_a_dry_run_learns_is_not_kept(stores: StoreSet, tmp_path: Path) -> None:
    put(SharedBreakers(stores.database))
    dry = open_breakers(read_host(), tmp_path, lambda: stores.database, keep=False)
    assert dry.all() == (OPEN,)
    assert dry.reset(KEY)
    assert SharedBreakers(stores.database).all() == (OPEN,)

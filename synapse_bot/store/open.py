"""All stores of one place: a folder (SQLite), or the database of a fleet (PostgreSQL)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from synapse_bot.domain.journal import Journal
from synapse_bot.domain.workflow import LOCAL_TENANT
from synapse_bot.store.base import Store
from synapse_bot.store.database import Database
from synapse_bot.store.journal import SqlJournal
from synapse_bot.store.ledger import Ledger, SqlLedger
from synapse_bot.store.outbox import Outbox, SqlOutbox
from synapse_bot.store.quotas import Quotas, SqlQuotas
from synapse_bot.store.retention import Retention, SqlRetention
from synapse_bot.store.runs import Runs
from synapse_bot.store.workflows import SqlWorkflows, Workflows

SCHEMES = ("postgresql://", "postgres://")

_TENANTS = """
    SELECT tenant FROM workflows WHERE MINE UNION SELECT tenant FROM runs WHERE MINE
    UNION SELECT tenant FROM events WHERE MINE UNION SELECT tenant FROM holds WHERE MINE
    ORDER BY 1
"""


class Opened(Database, Protocol):
    """A Database with its end, which other tenants may share."""

    def of(self, tenant: str | None) -> Opened: ...

    def close(self) -> None: ...

    def held(self) -> AbstractContextManager[None]: ...

    def compact(self) -> None: ...


@dataclass(frozen=True, slots=True)
class StoreSet:
    """What lasts, as one tenant sees it. Methods of all stores raise StoreUnusable.

    The operator of a fleet (``open_stores(..., tenant=None)``) sees all tenants, and writes for
    one of them through ``of(tenant)``.
    """

    database: Opened
    runs: Store
    workflows: Workflows
    journal: Journal
    ledger: Ledger
    outbox: Outbox
    quotas: Quotas
    retention: Retention

    @property
    def tenant(self) -> str | None:
        """Whose rows are seen; None where all are."""
        return self.database.tenant

    def of(self, tenant: str | None) -> StoreSet:
        """The same place as ``tenant`` sees it, over the same connections."""
        return stores_on(self.database.of(tenant))

    def tenants(self) -> tuple[str, ...]:
        """Who has anything here, as far as may be seen."""
        return tuple(row[0] for row in self.database.read(lambda t: t.rows(_TENANTS)))

    def held(self) -> AbstractContextManager[None]:
        """For as long as a review takes: many small writes are cheap within it."""
        return self.database.held()

    def close(self) -> None:
        """End the connections, also those of the sets that ``of`` gave."""
        self.database.close()


def open_stores(where: str | Path, *, tenant: str | None = LOCAL_TENANT) -> StoreSet:
    """The stores in a folder, or at "postgresql://…", with their tables at the newest schema.

    Raises StoreUnusable where that cannot be used. The address may hold a password: it is in no
    error.
    """
    if isinstance(where, str) and where.startswith(SCHEMES):
        from synapse_bot.store.postgres import PostgresDatabase

        return stores_on(PostgresDatabase.open(where, tenant=tenant))
    from synapse_bot.store.sqlite_file import SqliteDatabase

    return stores_on(SqliteDatabase.open(Path(where), tenant=tenant))


def stores_on(database: Opened) -> StoreSet:
    """The stores whose rows are in ``database``."""
    return StoreSet(
        database,
        Runs(database),
        SqlWorkflows(database),
        SqlJournal(database),
        SqlLedger(database),
        SqlOutbox(database),
        SqlQuotas(database),
        SqlRetention(database),
    )

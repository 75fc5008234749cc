"""The Database family: one transaction at a time, in one SQL that both members understand.

Members: sqlite_file.py (a file in the state folder) and postgres.py (the fleet). What is kept
(runs.py, workflows.py, journal.py, ...) is written once, against this. Its SQL is what SQLite 3.24
and PostgreSQL 15 share: values by name as `:name`, `ON CONFLICT`; no `RETURNING`, no `LIKE`.

Every table has a tenant. In a statement the word MINE stands for the rows that may be seen. On
PostgreSQL row-level security refuses the others as well, should a statement forget.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Value = str | int | float | None


class Transaction(Protocol):
    """The value `:tenant` is always given: the tenant that the database is bound to."""

    def rows(self, sql: str, **values: Value) -> list[tuple[Any, ...]]:
        """What a SELECT finds."""
        ...

    def change(self, sql: str, **values: Value) -> int:
        """How many rows an INSERT, UPDATE or DELETE touched."""
        ...

    def ledger_door(self, before: float) -> AbstractContextManager[None]:
        """Within it, and nowhere else, entries known before ``before`` may be deleted."""
        ...


class Database(Protocol):
    """Both methods raise StoreUnusable, in the words of the database and with a hint."""

    @property
    def tenant(self) -> str | None:
        """Whose rows are seen; None is the operator of a fleet, who sees all."""
        ...

    def read(self, work: Callable[[Transaction], T]) -> T:
        """What ``work`` returns; it only selects."""
        ...

    def write(self, work: Callable[[Transaction], T], *, alone: str = "") -> T:
        """What ``work`` returns, committed whole; nothing of it where it raises.

        ``alone`` names what only one transaction at a time may do, in whichever process.
        """
        ...


def owner_of(database: Database) -> str:
    """The tenant under whom a new row is kept.

    Raises ValueError for the operator, who must say for whom: a row of the wrong tenant is worse
    than none.
    """
    if database.tenant is None:
        raise ValueError("bind the stores to a tenant first: stores.of(tenant)")
    return database.tenant


@lru_cache(maxsize=256)
def spelled(sql: str, *, all_tenants: bool) -> str:
    """``sql`` with MINE written out."""
    return re.sub(r"\bMINE\b", "TRUE" if all_tenants else "tenant = :tenant", sql)


def bound(tenant: str | None, values: Mapping[str, Value]) -> dict[str, Value]:
    """``values`` and the tenant; one that is named in ``values`` is meant."""
    return {"tenant": tenant, **values}

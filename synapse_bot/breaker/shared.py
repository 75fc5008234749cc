"""SharedBreakers: the state that all workers of a fleet share, in the fleet's database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from synapse_bot.breaker.base import BreakersUnusable, T, decode, encode
from synapse_bot.domain.breaker import Breaker
from synapse_bot.domain.errors import StoreUnusable

if TYPE_CHECKING:
    from synapse_bot.breaker.base import Work

# The database writes MINE out: the rows of the tenant that it is bound to, ":tenant".
_FIND = "SELECT data FROM breakers WHERE MINE AND key = :key"
_KEEP = """
    INSERT INTO breakers (tenant, key, data) VALUES (:tenant, :key, :data)
    ON CONFLICT (tenant, key) DO UPDATE SET data = excluded.data
"""
_ALL = "SELECT key, data FROM breakers WHERE MINE ORDER BY key"
_RESET = "DELETE FROM breakers WHERE MINE AND key = :key"


class Transaction(Protocol):
    """What is used of a transaction of the store family."""

    def rows(self, sql: str, **values: str) -> list[tuple[Any, ...]]: ...

    def change(self, sql: str, **values: str) -> int: ...


class Database(Protocol):
    """What is used of a database of the store family, bound to a tenant."""

    @property
    def tenant(self) -> str | None: ...

    def write(self, work: Callable[[Transaction], T], *, alone: str = "") -> T: ...


class SharedBreakers:
    """A Breakers of the tenant of ``database``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def change(self, key: str, work: Work[T]) -> T:
        """See Breakers."""

        def attempt(transaction: Transaction) -> T:
            rows = transaction.rows(_FIND, key=key)
            before = decode(key, rows[0][0]) if rows else Breaker(key)
            breaker, said = work(before)
            if breaker != before:
                transaction.change(_KEEP, key=key, data=encode(breaker))
            return said

        return self._write(attempt, f"breaker {self._database.tenant} {key}")

    def all(self) -> tuple[Breaker, ...]:
        """See Breakers."""
        rows = self._write(lambda transaction: transaction.rows(_ALL))
        found = (decode(key, data) for key, data in rows)
        return tuple(breaker for breaker in found if not breaker.is_blank)

    def reset(self, key: str) -> bool:
        """See Breakers."""
        return self._write(lambda transaction: transaction.change(_RESET, key=key)) > 0

    def _write(self, work: Callable[[Transaction], T], alone: str = "") -> T:
        try:
            return self._database.write(work, alone=alone)
        except StoreUnusable as error:
            raise BreakersUnusable(str(error)) from error

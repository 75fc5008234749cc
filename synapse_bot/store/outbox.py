"""SqlOutbox: what is about to be posted, written down before it is, so that nothing is posted
twice and nothing is forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from synapse_bot.store.database import owner_of

if TYPE_CHECKING:
    from synapse_bot.store.database import Database

_INTEND = """
    INSERT INTO outbox (tenant, key, run, target) VALUES (:tenant, :key, :run, :target)
    ON CONFLICT DO NOTHING
"""
_SETTLE = "UPDATE outbox SET state = 'posted', url = :url WHERE MINE AND key = :key"
_FIND = "SELECT key, run, target, state, url FROM outbox WHERE MINE AND key = :key"
_PENDING = """
    SELECT key, run, target, state, url FROM outbox
    WHERE MINE AND run = :run AND state = 'pending' ORDER BY sequence
"""


@dataclass(frozen=True, slots=True)
class Intent:
    """Something to be posted to ``target`` for ``run``. ``state`` is "pending" or "posted"."""

    key: str
    run: str
    target: str
    state: str
    url: str


class Outbox(Protocol):
    def intend(self, key: str, run: str, target: str) -> bool:
        """Write down what will be posted. False where it was written down before: look for it at
        the forge, then post or settle."""
        ...

    def settle(self, key: str, url: str) -> bool:
        """It is posted, and stands at ``url``. False where nobody intended it."""
        ...

    def find(self, key: str) -> Intent | None: ...

    def pending(self, run: str) -> tuple[Intent, ...]:
        """What was intended and not settled, oldest first."""
        ...


class SqlOutbox:
    """An Outbox; its methods raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, key: str, run: str, target: str) -> bool:
        """See Outbox."""
        owner_of(self._database)
        row = {"key": key, "run": run, "target": target}
        return self._database.write(lambda t: t.change(_INTEND, **row)) == 1

    def settle(self, key: str, url: str) -> bool:
        """See Outbox."""
        return self._database.write(lambda t: t.change(_SETTLE, key=key, url=url)) == 1

    def find(self, key: str) -> Intent | None:
        """See Outbox."""
        rows = self._database.read(lambda t: t.rows(_FIND, key=key))
        return Intent(*rows[0]) if rows else None

    def pending(self, run: str) -> tuple[Intent, ...]:
        """See Outbox."""
        rows = self._database.read(lambda t: t.rows(_PENDING, run=run))
        return tuple(Intent(*row) for row in rows)

"""SqlLedger: what happened in the life of every review. Entries are added, and that is all.

Triggers in both databases refuse to change or delete an entry. Retention has a door of its own
(retention.py), which leaves an entry about itself.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from synapse_bot.domain.ledger import Entry

if TYPE_CHECKING:
    from synapse_bot.store.database import Database, Transaction

_APPEND = """
    INSERT INTO events (tenant, run, type, happened_at, known_at, config_digest, data, key)
    VALUES (:tenant, :run, :type, :happened_at, :known_at, :config_digest, :data, :key)
    ON CONFLICT DO NOTHING
"""
_OF = """
    SELECT sequence, tenant, run, type, happened_at, known_at, config_digest, data, key
    FROM events WHERE MINE AND run = :run ORDER BY sequence
"""
_SINCE = """
    SELECT sequence, tenant, run, type, happened_at, known_at, config_digest, data, key
    FROM events WHERE MINE AND sequence > :sequence ORDER BY sequence LIMIT :limit
"""
ALONE = "ledger"


class Ledger(Protocol):
    """What happened, in the order in which it was written down."""

    def append(self, *entries: Entry) -> None:
        """Add all of ``entries`` or none; one whose key is there already is passed over."""
        ...

    def of(self, run: str) -> tuple[Entry, ...]:
        """The life of a review, from its first entry."""
        ...

    def since(self, sequence: int, limit: int = 1_000) -> tuple[tuple[int, Entry], ...]:
        """Entries after number ``sequence``, with their numbers: 0 is the start."""
        ...


class SqlLedger:
    """A Ledger; its methods raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, *entries: Entry) -> None:
        """See Ledger.

        One transaction at a time, so that entries become visible in the order of their numbers:
        who follows ``since`` misses none.
        """
        if entries:
            self._database.write(lambda t: append(t, *entries), alone=ALONE)

    def of(self, run: str) -> tuple[Entry, ...]:
        """See Ledger."""
        rows = self._database.read(lambda t: t.rows(_OF, run=run))
        return tuple(_numbered(row)[1] for row in rows)

    def since(self, sequence: int, limit: int = 1_000) -> tuple[tuple[int, Entry], ...]:
        """See Ledger."""
        rows = self._database.read(lambda t: t.rows(_SINCE, sequence=sequence, limit=limit))
        return tuple(_numbered(row) for row in rows)


def append(transaction: Transaction, *entries: Entry) -> None:
    """As a part of a transaction, which must be alone as ALONE."""
    for entry in entries:
        data = json.dumps(entry.data, separators=(",", ":"))
        transaction.change(_APPEND, **(asdict(entry) | {"data": data}))


def _numbered(row: tuple[Any, ...]) -> tuple[int, Entry]:
    sequence, *fields, data, key = row
    return sequence, Entry(*(*fields, json.loads(data), key))

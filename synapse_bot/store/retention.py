"""SqlRetention: what is older than the retention goes, counted and on the record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from synapse_bot.domain.ledger import Entry
from synapse_bot.store.database import owner_of
from synapse_bot.store.ledger import ALONE, append

if TYPE_CHECKING:
    from synapse_bot.store.database import Database, Transaction

# A workflow that has not ended keeps what it has, however old: someone may still resume it.
_COUNTS = """
    SELECT
        (SELECT count(*) FROM runs WHERE MINE AND substr(started_at, 1, 19) < :day),
        (SELECT count(*) FROM workflows
            WHERE MINE AND heartbeat_at < :before AND state IN ('done', 'failed', 'cancelled')),
        (SELECT count(*) FROM steps WHERE MINE AND recorded_at < :before AND NOT EXISTS (
            SELECT 1 FROM workflows
            WHERE workflows.tenant = steps.tenant AND workflows.id = steps.run
                AND state IN ('queued', 'running'))),
        (SELECT count(*) FROM outbox
            WHERE MINE AND intended_at < :before AND state = 'posted'),
        (SELECT count(*) FROM holds WHERE MINE AND at < :before AND until < :before),
        (SELECT count(*) FROM events WHERE MINE AND known_at < :before)
"""
_DELETES = (
    "DELETE FROM runs WHERE MINE AND substr(started_at, 1, 19) < :day",
    """DELETE FROM steps WHERE MINE AND recorded_at < :before AND NOT EXISTS (
        SELECT 1 FROM workflows
        WHERE workflows.tenant = steps.tenant AND workflows.id = steps.run
            AND state IN ('queued', 'running'))""",
    """DELETE FROM workflows
        WHERE MINE AND heartbeat_at < :before AND state IN ('done', 'failed', 'cancelled')""",
    "DELETE FROM outbox WHERE MINE AND intended_at < :before AND state = 'posted'",
    "DELETE FROM holds WHERE MINE AND at < :before AND until < :before",
)
_DELETE_ENTRIES = "DELETE FROM events WHERE MINE AND known_at < :before"


class Pruned(NamedTuple):
    """How many rows are older than the retention."""

    runs: int
    workflows: int
    steps: int
    posts: int
    holds: int
    entries: int


class Retention(Protocol):
    def prune(self, before: float, *, now: float, dry_run: bool = False) -> Pruned:
        """Delete what is older than ``before``; only count it with ``dry_run``.

        What belongs to a review that has not ended stays, and so does what is not posted yet. The
        deletion itself is an entry of the ledger.
        """
        ...


class SqlRetention:
    """A Retention; its method raises StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prune(self, before: float, *, now: float, dry_run: bool = False) -> Pruned:
        """See Retention."""
        if dry_run:
            return self._database.read(lambda t: _count(t, before))
        tenant = owner_of(self._database)

        def work(transaction: Transaction) -> Pruned:
            pruned = _count(transaction, before)
            for delete in _DELETES:
                transaction.change(delete, before=before, day=_day(before))
            if pruned.entries:
                with transaction.ledger_door(before):
                    transaction.change(_DELETE_ENTRIES, before=before)
            if any(pruned):
                append(transaction, _entry(tenant, pruned, before, now))
            return pruned

        return self._database.write(work, alone=ALONE)


def _count(transaction: Transaction, before: float) -> Pruned:
    ((*counts,),) = transaction.rows(_COUNTS, before=before, day=_day(before))
    return Pruned(*counts)


def _day(before: float) -> str:
    """As runs spell their start, to the second: YYYY-MM-DDTHH:MM:SS, UTC."""
    return datetime.fromtimestamp(before, UTC).isoformat(timespec="seconds")[:19]


def _entry(tenant: str, pruned: Pruned, before: float, now: float) -> Entry:
    data = {"before": before, **pruned._asdict()}
    return Entry(tenant, "", "retention-applied", now, now, "", data)

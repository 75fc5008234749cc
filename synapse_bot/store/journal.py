"""SqlJournal: the finished steps of a review, so that a later life need not repeat them.

A value is JSON text, never a pickle: whoever can write to the database must not be able to run
code in a worker.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from synapse_bot.domain.workflow import Recorded
from synapse_bot.store.database import owner_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.store.database import Database

_RECALL = "SELECT key, data, seconds FROM steps WHERE MINE AND run = :run AND step = :step"
_STEPS = "SELECT step, key, data, seconds FROM steps WHERE MINE AND run = :run ORDER BY sequence"
_SECONDS = """
    SELECT seconds FROM steps WHERE MINE AND step = :step ORDER BY sequence DESC LIMIT :limit
"""
_RECORD = """
    INSERT INTO steps (tenant, run, step, key, data, seconds)
    VALUES (:tenant, :run, :step, :key, :data, :seconds)
    ON CONFLICT (tenant, run, step) DO UPDATE SET
        key = excluded.key, data = excluded.data, seconds = excluded.seconds,
        recorded_at = excluded.recorded_at
"""


class SqlJournal:
    """A Journal (domain/journal.py)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recall(self, run: str, step: str) -> Recorded | None:
        """See Journal."""
        rows = self._database.read(lambda t: t.rows(_RECALL, run=run, step=step))
        return _recorded(*rows[0]) if rows else None

    def record(self, run: str, step: str, recorded: Recorded) -> None:
        """See Journal; a step that is replaced keeps its place."""
        owner_of(self._database)
        text = json.dumps(recorded.data, separators=(",", ":"))  # ASCII: no text is unstorable
        values = {"run": run, "step": step, "key": recorded.key, "data": text}
        self._database.write(lambda t: t.change(_RECORD, **values, seconds=recorded.seconds))

    def steps(self, run: str) -> Mapping[str, Recorded]:
        """See Journal; in the order of first recording."""
        rows = self._database.read(lambda t: t.rows(_STEPS, run=run))
        return {step: _recorded(*rest) for step, *rest in rows}

    def seconds(self, step: str, limit: int = 50) -> tuple[float, ...]:
        """See Journal."""
        rows = self._database.read(lambda t: t.rows(_SECONDS, step=step, limit=limit))
        return tuple(row[0] for row in rows)


def _recorded(key: str, data: str, seconds: float) -> Recorded:
    return Recorded(key, json.loads(data), seconds)

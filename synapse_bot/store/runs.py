"""Runs: the recorded reviews, in either database."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from synapse_bot.store.base import Run
from synapse_bot.store.database import owner_of

if TYPE_CHECKING:
    from synapse_bot.store.database import Database

_SELECT = """
    SELECT id, change_key, ref, route, verdict, findings, started_at, seconds, config_digest
    FROM runs WHERE MINE ORDER BY started_at DESC, sequence DESC LIMIT :limit
"""
_RECORD = """
    INSERT INTO runs (
        tenant, id, change_key, ref, route, verdict, findings, started_at, seconds, config_digest,
        audit
    ) VALUES (
        :tenant, :id, :change_key, :ref, :route, :verdict, :findings, :started_at, :seconds,
        :config_digest, :audit
    ) ON CONFLICT (tenant, id) DO UPDATE SET
        change_key = excluded.change_key, ref = excluded.ref, route = excluded.route,
        verdict = excluded.verdict, findings = excluded.findings,
        started_at = excluded.started_at, seconds = excluded.seconds,
        config_digest = excluded.config_digest, audit = excluded.audit
"""
_AUDIT = """
    SELECT id, audit FROM runs
    WHERE MINE AND substr(id, 1, length(CAST(:prefix AS TEXT))) = :prefix
    ORDER BY length(id) LIMIT 2
"""
_LATEST = """
    SELECT audit FROM runs
    WHERE MINE AND substr(change_key, 1, length(CAST(:prefix AS TEXT))) = :prefix
        AND config_digest = :digest
    ORDER BY started_at DESC, sequence DESC LIMIT 1
"""


class Runs:
    """A Store. Its methods raise StoreUnusable, e.g. for a full disk or a lost connection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, run: Run, audit: str) -> None:
        """See Store."""
        tenant = owner_of(self._database)
        row = asdict(run) | {"tenant": tenant, "audit": audit}
        self._database.write(lambda t: t.change(_RECORD, **row))

    def runs(self, limit: int = 20) -> tuple[Run, ...]:
        """See Store."""
        rows = self._database.read(lambda t: t.rows(_SELECT, limit=limit))
        return tuple(Run(*row) for row in rows)

    def audit(self, id_prefix: str) -> str | None:
        """See Store; a whole id is itself, also where it begins another."""
        if not id_prefix:
            return None
        rows = dict(self._database.read(lambda t: t.rows(_AUDIT, prefix=id_prefix)))
        return rows.get(id_prefix) or (next(iter(rows.values())) if len(rows) == 1 else None)

    def latest(self, change_prefix: str, config_digest: str) -> str | None:
        """See Store."""
        rows = self._database.read(
            lambda t: t.rows(_LATEST, prefix=change_prefix, digest=config_digest)
        )
        return str(rows[0][0]) if rows else None

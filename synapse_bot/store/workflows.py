"""The Workflows family: reviews in the making, and which process is at work on each."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from synapse_bot.domain.workflow import Workflow, WorkflowState

if TYPE_CHECKING:
    from synapse_bot.domain.quota import Places
    from synapse_bot.store.database import Database, Transaction, Value

_BEGIN = """
    INSERT INTO workflows (
        id, tenant, change_key, ref, version, config_digest, request, state, started_at,
        deadline_at, owner, heartbeat_at, attempts, why
    ) VALUES (
        :id, :tenant, :change_key, :ref, :version, :config_digest, :request, :state, :started_at,
        :deadline_at, :owner, :heartbeat_at, :attempts, :why
    ) ON CONFLICT DO NOTHING
"""
_FIND = """
    SELECT id, tenant, change_key, ref, version, config_digest, request, state, started_at,
        deadline_at, owner, heartbeat_at, attempts, why
    FROM workflows
    WHERE MINE AND substr(id, 1, length(CAST(:prefix AS TEXT))) = :prefix
    ORDER BY length(id) LIMIT 2
"""
_LIST = """
    SELECT id, tenant, change_key, ref, version, config_digest, request, state, started_at,
        deadline_at, owner, heartbeat_at, attempts, why
    FROM workflows
    WHERE MINE AND (CAST(:state AS TEXT) = '' OR state = :state)
        AND substr(change_key, 1, length(CAST(:prefix AS TEXT))) = :prefix
    ORDER BY started_at DESC, sequence DESC LIMIT :limit
"""
# Both conditions of a claim stand in the statement that changes the row: of two processes, the
# second finds the row changed.
_POISON = """
    UPDATE workflows SET state = 'failed', owner = '', heartbeat_at = :now, why = :why
    WHERE MINE AND id = :id AND attempts >= :most
        AND (state = 'queued' OR (state = 'running' AND heartbeat_at < :stale))
"""
_CLAIM = """
    UPDATE workflows
    SET state = 'running', owner = :owner, heartbeat_at = :now, attempts = attempts + 1
    WHERE MINE AND id = :id AND attempts < :most
        AND (state = 'queued' OR (state = 'running' AND heartbeat_at < :stale))
"""
# A worker that fell silent has no place any more: whoever goes on with its review asks for one.
_AT_WORK = """
    SELECT count(*) FROM workflows
    WHERE MINE AND tenant = :of AND state = 'running' AND heartbeat_at >= :stale AND id <> :id
"""
_BEAT = """
    UPDATE workflows SET heartbeat_at = :now
    WHERE MINE AND id = :id AND owner = :owner AND state = 'running'
"""
_FINISH = """
    UPDATE workflows SET state = :state, owner = '', heartbeat_at = :now, why = :why
    WHERE MINE AND id = :id AND owner = :owner AND state = 'running'
"""
_CANCEL = """
    UPDATE workflows SET state = 'cancelled', owner = '', heartbeat_at = :now, why = :why
    WHERE MINE AND id = :id AND state IN ('queued', 'running')
"""
_COUNT = """
    SELECT count(*) FROM workflows
    WHERE MINE AND state = :state AND (CAST(:of AS TEXT) = '' OR tenant = :of)
"""
_PIN = """
    UPDATE workflows SET config_digest = :digest, deadline_at = :deadline
    WHERE MINE AND id = :id AND state IN ('queued', 'running')
"""


class Workflows(Protocol):
    """Reviews in the making. All times are seconds since the epoch, UTC; ``now`` is given.

    The operator of a fleet acts on rows of all tenants by id, which a queue makes of the tenant
    and the delivery: one that two tenants have is refused with a ValueError.
    """

    def begin(self, workflow: Workflow) -> bool:
        """Keep ``workflow`` as it is; False, and nothing done, where its id is there already."""
        ...

    def find(self, id_prefix: str) -> Workflow | None:
        """The one whose id starts so; None where there is none or two."""
        ...

    def list(
        self, *, state: WorkflowState | None = None, change_prefix: str = "", limit: int = 20
    ) -> tuple[Workflow, ...]:
        """The newest first: those in ``state``, of changes whose key begins so."""
        ...

    def count(self, *, state: WorkflowState, tenant: str = "") -> int:
        """How many are in ``state``; those of ``tenant`` where the operator names one."""
        ...

    def claim(
        self,
        id: str,
        owner: str,
        *,
        now: float,
        stale_s: float,
        most_attempts: int,
        places: Places | None = None,
    ) -> Workflow | None:
        """Make ``owner`` the one process at work on it; of several that try, one succeeds.

        Taken is what is queued, and what is running without a heartbeat for ``stale_s``; None for
        all else, and where no place of ``places`` is free. What was claimed ``most_attempts`` times
        already becomes failed, and says why.
        """
        ...

    def beat(self, id: str, owner: str, now: float) -> bool:
        """Say that ``owner`` was alive at ``now``; 0 gives the run back at once.

        False: it is no longer his, by cancelling or taking over.
        """
        ...

    def finish(self, id: str, owner: str, state: WorkflowState, now: float, why: str = "") -> bool:
        """End it as done, failed or cancelled. False where it is no longer ``owner``'s."""
        ...

    def cancel(self, id: str, now: float, why: str) -> bool:
        """End what is queued or running; its process learns it at the next heartbeat."""
        ...

    def pin(self, id: str, *, config_digest: str, deadline_at: float) -> bool:
        """What is known once the configuration is read. False where it has ended."""
        ...


class SqlWorkflows:
    """A Workflows; its methods raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, workflow: Workflow) -> bool:
        """See Workflows."""
        return self._changed(_BEGIN, **asdict(workflow))

    def find(self, id_prefix: str) -> Workflow | None:
        """See Workflows; a whole id is itself, also where it begins another."""
        if not id_prefix:
            return None
        rows = self._database.read(lambda t: t.rows(_FIND, prefix=id_prefix))
        found = [row for row in rows if row[0] == id_prefix] or rows
        return _workflow(found[0]) if len(found) == 1 else None

    def list(
        self, *, state: WorkflowState | None = None, change_prefix: str = "", limit: int = 20
    ) -> tuple[Workflow, ...]:
        """See Workflows."""
        rows = self._database.read(
            lambda t: t.rows(_LIST, state=state or "", prefix=change_prefix, limit=limit)
        )
        return tuple(_workflow(row) for row in rows)

    def count(self, *, state: WorkflowState, tenant: str = "") -> int:
        """See Workflows."""
        rows = self._database.read(lambda t: t.rows(_COUNT, state=state, of=tenant))
        return int(rows[0][0])

    def claim(
        self,
        id: str,
        owner: str,
        *,
        now: float,
        stale_s: float,
        most_attempts: int,
        places: Places | None = None,
    ) -> Workflow | None:
        """See Workflows. Of a tenant whose places are counted, one claim at a time."""

        def work(transaction: Transaction) -> list[tuple[Any, ...]]:
            given: dict[str, Value] = {
                "id": id, "now": now, "stale": now - stale_s, "most": most_attempts
            }  # fmt: skip
            why = f"it was tried {most_attempts} times and never came to an end"
            if _changed(transaction, _POISON, why=why, **given):
                return []
            if places and not _free(transaction, places, id, now - stale_s):
                return []
            if not _changed(transaction, _CLAIM, owner=owner, **given):
                return []
            return transaction.rows(_FIND, prefix=id)

        rows = self._database.write(work, alone=f"places:{places.tenant}" if places else "")
        return next((_workflow(row) for row in rows if row[0] == id), None)

    def beat(self, id: str, owner: str, now: float) -> bool:
        """See Workflows."""
        return self._changed(_BEAT, id=id, owner=owner, now=now)

    def finish(self, id: str, owner: str, state: WorkflowState, now: float, why: str = "") -> bool:
        """See Workflows. Raises ValueError for a state that is no end."""
        if not state.ended:
            raise ValueError(f"a workflow does not end as {state}")
        return self._changed(_FINISH, id=id, owner=owner, state=state, now=now, why=why)

    def cancel(self, id: str, now: float, why: str) -> bool:
        """See Workflows."""
        return self._changed(_CANCEL, id=id, now=now, why=why)

    def pin(self, id: str, *, config_digest: str, deadline_at: float) -> bool:
        """See Workflows."""
        return self._changed(_PIN, id=id, digest=config_digest, deadline=deadline_at)

    def _changed(self, sql: str, **values: Value) -> bool:
        return self._database.write(lambda t: _changed(t, sql, **values))


def _changed(transaction: Transaction, sql: str, **values: Value) -> bool:
    """Whether the one row was changed. Raises ValueError where the operator would touch two."""
    rows = transaction.change(sql, **values)
    if rows > 1:
        raise ValueError(f"{rows} tenants have a workflow {values['id']!r}: bind to one of them")
    return rows == 1


def _free(transaction: Transaction, places: Places, id: str, stale: float) -> bool:
    rows = transaction.rows(_AT_WORK, of=places.tenant, stale=stale, id=id)
    return int(rows[0][0]) < places.most


def _workflow(row: tuple[Any, ...]) -> Workflow:
    return Workflow(*(*row[:7], WorkflowState(row[7]), *row[8:]))

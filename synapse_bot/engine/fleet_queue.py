"""FleetQueue: reviews wait in a database, one line a tenant, for whichever worker is free.

A review stands twice: as our own Workflow, which people see and which says who is at work on it,
and as DBOS's, which waits and is handed to a worker. Ours is written first; should the process
die in between, the reaper (reaper.py) or the same delivery again adds what is missing.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from dbos import error
from sqlalchemy.exc import SQLAlchemyError

from synapse_bot.domain.workflow import Workflow, WorkflowState
from synapse_bot.engine.launch import NAME, WORKFLOW
from synapse_bot.engine.queue import QueueFull, QueueUnusable, QuotaSpent, Waiting, workflow_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

    from dbos import DBOSClient, EnqueueOptions

    from synapse_bot.domain.quota import Refusal

    Admit = Callable[[str, str, float], Refusal | None]

QUEUE = "reviews"
_PATIENCE_S = 30.0  # what to wait where nobody knows better
_BACKSTOP_S = 60.0  # after its own deadline, a review that has not ended is cancelled by DBOS


class Book(Protocol):
    """What the queue needs of the record of workflows (see store/workflows.py)."""

    def begin(self, workflow: Workflow) -> bool: ...
    def find(self, id_prefix: str) -> Workflow | None: ...
    def count(self, *, state: WorkflowState, tenant: str = "") -> int: ...
    def list(
        self, *, state: WorkflowState | None = None, change_prefix: str = "", limit: int = 20
    ) -> tuple[Workflow, ...]: ...
    def cancel(self, id: str, now: float, why: str) -> bool: ...


class FleetQueue:
    """A Queue. ``version`` is that of the steps, which a worker must share to be handed the work.

    ``admit(tenant, id, now)`` reserves the tenant's quota, or says why not.
    """

    def __init__(
        self,
        client: DBOSClient,
        book: Book,
        version: str,
        admit: Admit = lambda tenant, id, now: None,
        *,
        waiting: Waiting = Waiting(),  # noqa: B008 - frozen
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._book = book
        self._version = version
        self._admit = admit
        self._waiting = waiting
        self._clock = clock

    def enqueue(
        self,
        request: str,
        *,
        tenant: str,
        change_key: str,
        priority: int,
        delivery_key: str,
        deadline_s: float,
        ref: str = "",
    ) -> str:
        """See Queue."""
        id, now = workflow_id(tenant, delivery_key), self._clock()
        known = self._book.find(id)
        if known is None:
            self._hold_to_bounds(tenant)
            self._hold_to_quota(tenant, id, now)
            known = Workflow(
                id=id,
                tenant=tenant,
                change_key=change_key,
                ref=ref,
                version=self._version,
                config_digest="",
                request=request,
                state=WorkflowState.QUEUED,
                started_at=now,
                deadline_at=now + deadline_s,
                owner="",
                heartbeat_at=now,
                attempts=0,
            )
            self._book.begin(known)
        if not known.state.ended:
            self.hand_over(known, priority)
            self._cancel(change_key, tenant, known)
        return id

    def hand_over(self, workflow: Workflow, priority: int) -> None:
        """Let DBOS hand ``workflow`` to a worker; the same again changes nothing."""
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": workflow.id,
            "app_version": workflow.version,
            "application_name": NAME,
            "queue_partition_key": workflow.tenant,
            "priority": priority,
            "workflow_timeout": workflow.deadline_at - workflow.started_at + _BACKSTOP_S,
        }
        with _reached():
            self._client.enqueue(options, workflow.request)

    def put_back(self, id: str) -> None:
        """Let DBOS hand a workflow out again that nobody works on. Raises QueueUnusable."""
        with _reached():
            self._client.resume_workflow(id, queue_name=QUEUE)

    def cancel_older(self, change_key: str, *, tenant: str = "", but: str = "") -> int:
        """See Queue."""
        return self._cancel(change_key, tenant, self._book.find(but) if but else None)

    def cancel(self, id: str, why: str) -> bool:
        """Cancel one workflow, waiting or at work; False where it had ended."""
        if not self._book.cancel(id, self._clock(), why):
            return False
        # Who works on it sees in its next heartbeat that it is no longer wanted, should this fail.
        with _reached():
            self._client.cancel_workflow(id)
        return True

    def depth(self, tenant: str = "") -> int:
        """See Queue."""
        return self._book.count(state=WorkflowState.QUEUED, tenant=tenant)

    def _cancel(self, change_key: str, tenant: str, newest: Workflow | None) -> int:
        """Of two that arrive at once each leaves the younger alone, so that one of them stays."""
        done = 0
        for workflow in self._book.list(change_prefix=change_key, limit=100):
            if workflow.change_key != change_key or tenant not in ("", workflow.tenant):
                continue
            if newest is not None and _age(workflow) >= _age(newest):
                continue
            done += self.cancel(workflow.id, "a newer push of the same change came")
        return done

    def _hold_to_bounds(self, tenant: str) -> None:
        for whose, most in ((tenant, self._waiting.per_tenant), ("", self._waiting.together)):
            waiting = self.depth(whose)
            if waiting >= most:
                raise QueueFull(f"{waiting} reviews wait already", retry_after_s=_PATIENCE_S)

    def _hold_to_quota(self, tenant: str, id: str, now: float) -> None:
        refusal = self._admit(tenant, id, now)
        if refusal is not None:
            retry_at = refusal.retry_at or now + 3_600
            raise QuotaSpent(str(refusal), retry_after_s=max(retry_at - now, 1.0))

    def close(self) -> None:
        self._client.destroy()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def _reached() -> Iterator[None]:
    """Raises QueueUnusable, without the words of the driver, which may hold the address."""
    try:
        yield
    except (SQLAlchemyError, error.DBOSException) as gone:
        raise QueueUnusable(f"the queue cannot be reached: {type(gone).__name__}") from None


def _age(workflow: Workflow) -> tuple[float, str]:
    return workflow.started_at, workflow.id

"""The reaper: finds runs whose worker died, and lets the queue hand them to another.

Every worker has one; one of them at a time looks, by a lock in the database. It only ever puts a
workflow back into its queue: whose it is then is decided by the claim.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from synapse_bot.domain.workflow import WorkflowState
from synapse_bot.engine.fleet_queue import QUEUE
from synapse_bot.engine.queue import USUAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from dbos import DBOSClient, WorkflowStatus

    from synapse_bot.domain.workflow import Workflow

_LOG = logging.getLogger("synapse_bot.worker")
_MOST = 500
_WAITING = ("ENQUEUED", "DELAYED")
_FORGET_EVERY_S = 3_600.0
_LOST_AFTER_S = 60.0  # a review that waits, and that DBOS does not know, was half enqueued


class Book(Protocol):
    """What the reaper needs of the record of workflows (see store/workflows.py)."""

    def find(self, id_prefix: str) -> Workflow | None: ...
    def list(
        self, *, state: WorkflowState | None = None, change_prefix: str = "", limit: int = 20
    ) -> tuple[Workflow, ...]: ...
    def claim(
        self, id: str, owner: str, *, now: float, stale_s: float, most_attempts: int
    ) -> Workflow | None: ...
    def finish(
        self, id: str, owner: str, state: WorkflowState, now: float, why: str = ""
    ) -> bool: ...


def _nothing() -> None:
    """Nothing else is left undone."""


class Reaper:
    """``alone()`` is entered with True by one process at a time. ``hand_over`` enqueues a workflow
    that DBOS has lost, or never had. ``keep_s`` after its end DBOS forgets a workflow. ``settle``
    is called at each look, for what else a dead process leaves undone."""

    def __init__(
        self,
        client: DBOSClient,
        book: Book,
        alone: Callable[[], AbstractContextManager[bool]],
        hand_over: Callable[[Workflow, int], None],
        *,
        owner: str,
        stale_s: float,
        keep_s: float,
        settle: Callable[[], object] = _nothing,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._book = book
        self._alone = alone
        self._hand_over = hand_over
        self._owner = owner
        self._stale_s = stale_s
        self._keep_s = keep_s
        self._settle = settle
        self._forgot_at = self._counted_at = 0.0
        self._clock = clock
        self._stop = threading.Event()

    def run(self, every_s: float) -> threading.Thread:
        """Reap every ``every_s`` seconds in a thread, until ``stop``."""

        def watch() -> None:
            while not self._stop.wait(every_s):
                try:
                    self.reap()
                except Exception as error:  # noqa: BLE001 - the next look tries again
                    _LOG.warning("the reaper could not look: %s", type(error).__name__)

        thread = threading.Thread(target=watch, name="reaper", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        self._stop.set()

    def reap(self) -> tuple[str, ...]:
        """Put back what nobody works on; the ids of those. Nothing while another process reaps."""
        with self._alone() as mine:
            if not mine:
                return ()
            self._forget()
            back = (*self._died(), *self._half_enqueued())
            self._settle()
            return back

    def _forget(self) -> None:
        """Delete the checkpoints of what ended long ago; a review's audit is kept elsewhere."""
        now = self._clock()
        if now - self._forgot_at < _FORGET_EVERY_S:
            return
        self._forgot_at = now
        before = datetime.fromtimestamp(now - self._keep_s, UTC).isoformat()
        while ended := self._client.list_workflows(
            queue_name=QUEUE,
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=before,
            limit=_MOST,
            load_input=False,
            load_output=False,
        ):
            self._client.delete_workflows([status.workflow_id for status in ended])
            _LOG.info("deleted the checkpoints of %d reviews", len(ended))

    def _died(self) -> tuple[str, ...]:
        """What a worker took from the queue, and has not spoken of since."""
        now = self._clock()
        taken = self._client.list_workflows(
            status="PENDING", queue_name=QUEUE, load_input=False, load_output=False
        )
        back = []
        for status in taken:
            # Younger, it was handed out a moment ago and is about to be claimed.
            if now - (status.updated_at or 0) / 1000 < self._stale_s:
                continue
            row = self._book.find(status.workflow_id)
            if row is None or row.state.ended:
                self._client.cancel_workflow(status.workflow_id)
            elif row.state is WorkflowState.QUEUED or now - row.heartbeat_at >= self._stale_s:
                self._client.resume_workflow(row.id, queue_name=QUEUE)
                _LOG.warning("run %s: %s is dead, put back", row.id, status.executor_id)
                back.append(row.id)
        return tuple(back)

    def _half_enqueued(self) -> tuple[str, ...]:
        """What the record says waits or works, and DBOS does not know or holds for ended."""
        now = self._clock()
        if now - self._counted_at < _LOST_AFTER_S:
            return ()
        self._counted_at = now
        rows = [
            *(
                row
                for row in self._book.list(state=WorkflowState.QUEUED, limit=_MOST)
                if now - row.started_at >= _LOST_AFTER_S
            ),
            *(
                row
                for row in self._book.list(state=WorkflowState.RUNNING, limit=_MOST)
                if now - row.heartbeat_at >= self._stale_s + _LOST_AFTER_S
            ),
        ]
        known = self._known([row.id for row in rows])
        back = []
        for row in rows:
            status = known.get(row.id)
            if status is None:
                self._hand_over(row, USUAL)
                back.append(row.id)
            elif status.status not in (*_WAITING, "PENDING"):
                self._give_up(row, status.status, now)
        return tuple(back)

    def _known(self, ids: list[str]) -> dict[str, WorkflowStatus]:
        if not ids:
            return {}
        found = self._client.list_workflows(workflow_ids=ids, load_input=False, load_output=False)
        return {status.workflow_id: status for status in found}

    def _give_up(self, row: Workflow, status: str, now: float) -> None:
        """Its engine counts it as over, so that nobody would ever end it in the record."""
        if self._book.claim(row.id, self._owner, now=now, stale_s=0, most_attempts=_MOST):
            why = f"the engine ended it as {status.lower()}"
            self._book.finish(row.id, self._owner, WorkflowState.FAILED, now, why)

"""Where one review is recorded while it is made, and what may be taken up again."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.workflow import LOCAL_TENANT, WorkflowState
from synapse_bot.engine.liveness import executor_id, host_of, is_alive
from synapse_bot.runtime.workflow import STALE_S
from synapse_bot.store.base import Run
from synapse_bot.store.open import open_stores
from synapse_bot.telemetry.ledgered import Ledgered, feedback_entry
from synapse_bot.wiring.stores import state_folder

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_bot.domain.feedback import Feedback
    from synapse_bot.domain.journal import Journal
    from synapse_bot.domain.review import Review
    from synapse_bot.domain.workflow import Workflow
    from synapse_bot.runtime.request import Host
    from synapse_bot.store.base import Store
    from synapse_bot.store.ledger import Ledger
    from synapse_bot.store.open import StoreSet
    from synapse_bot.store.outbox import Outbox
    from synapse_bot.store.workflows import Workflows


@dataclass(frozen=True)
class Records:
    """What lasts of the reviews of one tenant. ``folder`` is this machine's own state folder."""

    stores: StoreSet
    folder: Path
    owner: str = field(default_factory=executor_id)

    @property
    def tenant(self) -> str:
        """Whose reviews these are."""
        return self.stores.tenant or LOCAL_TENANT

    @property
    def workflows(self) -> Workflows:
        return self.stores.workflows

    @property
    def journal(self) -> Journal:
        return self.stores.journal

    @property
    def ledger(self) -> Ledger:
        return self.stores.ledger

    @property
    def outbox(self) -> Outbox:
        return self.stores.outbox

    @property
    def runs(self) -> Store:
        return self.stores.runs

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of the place, e.g. that a damaged file was moved aside."""
        return tuple(getattr(self.stores.database, "notices", ()))

    def hook(self, run: str) -> Ledgered:
        """Who writes what happens to ``run`` into the ledger."""
        return Ledgered(self.ledger, run, self.tenant)

    def word(self, workflow: Workflow) -> str:
        """How ``workflow`` stands: its state, or that its process has died on the way."""
        if workflow.state is not WorkflowState.RUNNING or is_alive(self.folder, workflow.id):
            return str(workflow.state)
        elsewhere = host_of(workflow.owner) != host_of(self.owner)
        beats = elsewhere and time.time() - workflow.heartbeat_at < STALE_S
        return str(workflow.state) if beats else "interrupted"

    def tell(self, feedback: Feedback) -> None:
        """Write into the ledger what a person said, once; under the newest run of the change.

        What cannot be written costs the entry, never the answer.
        """
        with suppress(StoreUnusable):
            runs = self.workflows.list(change_prefix=feedback.change, limit=1)
            run = runs[0].id if runs else feedback.run
            self.ledger.append(feedback_entry(feedback, run, self.tenant, time.time()))

    def record(self, review: Review) -> None:
        """Keep the audit of a finished review. Raises StoreUnusable."""
        from synapse_bot.report.audit import render_audit

        self.runs.record(run_of(review), render_audit(review))


def open_records(host: Host, start: Path) -> Records:
    """The records of the repository around ``start``. Raises StoreUnusable."""
    folder = state_folder(host, start)
    return Records(open_stores(folder), folder)


def open_records_to_read(host: Host, start: Path) -> Records | None:
    """As ``open_records``, where even the folder may be read-only; None where nothing is there."""
    from synapse_bot.store.open import stores_on
    from synapse_bot.store.sqlite_file import FILE, SqliteDatabase

    folder = state_folder(host, start)
    if not (folder / FILE).is_file():
        return None
    return Records(stores_on(SqliteDatabase(folder, read_only=True)), folder)


def run_of(review: Review) -> Run:
    """The line of ``review`` in `runs list`."""
    return Run(
        id=review.id,
        change_key=review.change.key,
        ref=redact(review.change.ref),
        route=str(review.plan.route),
        verdict=str(review.verdict),
        findings=len(review.claims),
        started_at=review.started_at,
        seconds=review.seconds,
        config_digest=review.config_digest,
    )

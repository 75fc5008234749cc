"""The record of one life of a run. What cannot be written costs the record, never the review."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import RunCancelled, StoreUnusable
from synapse_bot.domain.redaction import redact
from synapse_bot.report.sanitise import one_line
from synapse_bot.runtime.request_json import request_json
from synapse_bot.runtime.workflow import Claim, begun, check_same

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.domain.events import Event, Hook
    from synapse_bot.domain.workflow import Workflow, WorkflowState
    from synapse_bot.runtime.life import Life
    from synapse_bot.runtime.request import Asked
    from synapse_bot.runtime.review import Parts
    from synapse_bot.wiring.records import Records

_WHY_LENGTH = 500


class Keeper:
    """``row`` is that of a run that is taken up, or was queued; None for one that begins here.

    ``begun`` says that the review goes on from here, ``kept`` that the run has a row.
    """

    def __init__(
        self, asked: Asked, life: Life, records: Records, row: Workflow | None, *, post: bool
    ) -> None:
        self._asked = asked
        self._row = row
        self._post = post
        self._ledger = records.hook(life.id)
        self._lost = False
        self.records = records
        self.claim = Claim(life.id, records.owner)
        self.begun = False
        self.kept = row is not None

    def opened(self, parts: Parts) -> None:
        """The parts are there, and the review begins or goes on. Raises RunOutdated."""
        row = self._row
        if row is not None and row.config_digest:
            check_same(row, parts)
            self._write(lambda: self._ledger.resumed(parts.config_digest, row.attempts))
        else:
            self._write(lambda: self._begin(parts))
        self.begun = True

    def _begin(self, parts: Parts) -> None:
        row, digest, change = self._row, parts.config_digest, parts.change
        workflows = self.records.workflows
        if row is None:
            request = request_json(self._asked, post=self._post)
            workflows.begin(begun(parts, request, self.claim.owner, self.records.tenant))
            self.kept = True
        else:  # it waited in a queue, and begins now
            workflows.pin(row.id, config_digest=digest, deadline_at=row.deadline_at)
        self._ledger.begin(digest, ref=change.ref, change=change.key)

    def emitting(self, emit: Hook) -> Hook:
        """``emit``, and the ledger is told too."""

        def both(event: Event) -> None:
            emit(event)
            self._write(lambda: self._ledger(event))

        return both

    def check_held(self) -> None:
        """Raises RunCancelled where the run is no longer this process's."""
        try:
            held = not self.kept or self.records.workflows.beat(*self._who, time.time())
        except StoreUnusable:  # the record is away for the moment
            return
        if not held:
            raise RunCancelled(f"the run {self.claim.run} was cancelled, or taken over")

    def intended(self, key: str, target: str) -> str | None:
        """Note what is about to be posted. Where it stands, if an earlier life posted it."""
        outbox = self.records.outbox
        try:
            known = None if outbox.intend(key, self.claim.run, target) else outbox.find(key)
        except StoreUnusable:
            return None
        return known.url if known and known.state == "posted" else None

    def posted(self, key: str, url: str) -> None:
        self._write(lambda: self.records.outbox.settle(key, url))

    def ended(self, state: WorkflowState, why: str = "") -> None:
        words = one_line(redact(why), _WHY_LENGTH)  # it may quote the change
        self._write(lambda: self.records.workflows.finish(*self._who, state, time.time(), words))

    @property
    def _who(self) -> tuple[str, str]:
        return self.claim.run, self.claim.owner

    def _write(self, write: Callable[[], object]) -> None:
        """Once lost, lost: what is locked is waited for once, and not at every event."""
        if self._lost:
            return
        try:
            write()
        except StoreUnusable:
            self._lost = True

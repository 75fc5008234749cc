"""A review in lives: recorded as begun, taken up after a death, ended once.

The story itself is review.py. Here is what makes it last: its steps are journaled, the run is
claimed by one process at a time, and whoever takes it up is held to the version, the configuration
and the change with which it began.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import (
    RunAlive,
    RunCancelled,
    RunEnded,
    RunOutdated,
    SynapseError,
)
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.workflow import LOCAL_TENANT, Workflow, WorkflowState
from synapse_bot.runtime.life import WORKFLOW, Life

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from synapse_bot.runtime.review import Parts
    from synapse_bot.store.workflows import Workflows

BEAT_S = 2.0  # how soon a run learns that it was cancelled
STALE_S = 30.0  # without a beat, a run of another machine counts as dead
MOST_ATTEMPTS = 5  # a run that kills whoever takes it up is given up


@dataclass(frozen=True, slots=True)
class Claim:
    """``owner`` is the process at work on ``run``."""

    run: str
    owner: str


def begun(parts: Parts, request: str, owner: str, tenant: str = LOCAL_TENANT) -> Workflow:
    """The row of a review that begins now; its deadline is absolute from here."""
    started = parts.life.started_at
    return Workflow(
        id=parts.life.id,
        tenant=tenant,
        change_key=parts.change.key,
        ref=redact(parts.change.ref),
        version=WORKFLOW,
        config_digest=parts.config_digest,
        request=request,
        state=WorkflowState.RUNNING,
        started_at=started,
        deadline_at=started + parts.settings.limits.deadline_s,
        owner=owner,
        heartbeat_at=time.time(),
        attempts=1,
    )


def check_resumable(workflow: Workflow, alive: bool) -> None:
    """Raises RunAlive, RunEnded or RunOutdated where nobody may take ``workflow`` up."""
    if workflow.state.ended or alive:
        raise refused(workflow)
    if workflow.version != WORKFLOW:
        raise RunOutdated(
            f"the run {workflow.id} has the steps of {workflow.version}, this program {WORKFLOW}"
        )


def refused(workflow: Workflow) -> RunEnded | RunAlive:
    """Why ``workflow``, over or in other hands, cannot be taken up."""
    if workflow.state.ended:
        why = f": {workflow.why}" if workflow.why else ""
        return RunEnded(f"the run {workflow.id} is {workflow.state}{why}")
    return RunAlive(f"the run {workflow.id} is alive: {workflow.owner} is at work on it")


def check_same(workflow: Workflow, parts: Parts) -> None:
    """Raises RunOutdated where ``parts`` would review something else than ``workflow`` began."""
    if parts.config_digest != workflow.config_digest:
        raise RunOutdated(
            f"the configuration has changed since the run {workflow.id} began "
            f"({workflow.config_digest}, now {parts.config_digest})"
        )
    # A queued run names a request and no revisions: its change was kept as its first step.
    if "@" in workflow.change_key and parts.change.key != workflow.change_key:
        raise RunOutdated(
            f"the change has moved on since the run {workflow.id} began "
            f"({workflow.change_key}, now {parts.change.key})"
        )


def life_of(workflow: Workflow, granted_s: float | None = None) -> Life:
    """What the next life of ``workflow`` shares with the one before: its deadline too."""
    return Life(workflow.id, workflow.started_at, workflow.deadline_at, granted_s)


@asynccontextmanager
async def beating(
    workflows: Workflows, claim: Claim, kept: Callable[[], bool] = lambda: True
) -> AsyncIterator[None]:
    """Say regularly that ``claim`` is held. Raises RunCancelled as soon as it is not any more.

    What runs in the block is cancelled then, and its tools are ended. Until the run is ``kept``
    there is nothing to hold: its row is written once the change and the settings are read.
    """
    task = asyncio.current_task()
    lost: list[str] = []

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            if not kept():
                continue
            try:
                held = await asyncio.to_thread(workflows.beat, claim.run, claim.owner, time.time())
            except SynapseError:  # the record is away for the moment: the review goes on
                continue
            if not held:
                lost.append(claim.run)
                if task is not None:
                    task.cancel()
                return

    heart = asyncio.create_task(beat())
    try:
        yield
    except asyncio.CancelledError:
        if not lost:
            raise
        if task is not None:
            task.uncancel()
        raise RunCancelled(f"the run {claim.run} was cancelled, or taken over") from None
    finally:
        heart.cancel()
        await asyncio.wait([heart])  # which an interrupt passes through

"""Making one review: begun or taken up, posted, recorded, and ended once.

Every door comes through here: `review`, `runs resume` and a worker of the fleet.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import (
    RunAlive,
    RunCancelled,
    RunOutdated,
    StoreUnusable,
    SynapseError,
)
from synapse_bot.domain.events import ReviewPosted
from synapse_bot.domain.workflow import WorkflowState
from synapse_bot.engine.inline import InlineEngine
from synapse_bot.engine.liveness import alive, host_of
from synapse_bot.runtime.life import Life
from synapse_bot.runtime.pace import pace_of
from synapse_bot.runtime.request_json import request_of
from synapse_bot.runtime.review import review
from synapse_bot.runtime.workflow import (
    MOST_ATTEMPTS,
    STALE_S,
    beating,
    check_resumable,
    life_of,
    refused,
)
from synapse_bot.wiring.forges import open_outlet
from synapse_bot.wiring.keeping import Keeper
from synapse_bot.wiring.parts import open_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.review import Review
    from synapse_bot.domain.workflow import Workflow
    from synapse_bot.engine.base import Engine
    from synapse_bot.runtime.publish import Published
    from synapse_bot.runtime.request import Asked, Host, Remote
    from synapse_bot.runtime.request_json import Request
    from synapse_bot.runtime.review import Parts
    from synapse_bot.wiring.records import Records


@dataclass(frozen=True, slots=True)
class Work:
    """What to review and how. ``workflow`` is the row of a run that is taken up, already claimed;
    ``engine`` runs the steps where it is not the one of this process.

    ``granted_s`` is its new deadline, if it was given one; ``held`` says that this process holds
    the run's lock.
    """

    asked: Asked
    host: Host
    scratch: Path
    emit: Hook
    post: bool = False
    workflow: Workflow | None = None
    engine: Engine | None = None
    granted_s: float | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A finished review. ``unrecorded`` says why it is not on record, "" where it is."""

    review: Review
    parts: Parts
    published: Published | None = None
    unrecorded: str = ""
    recalled: frozenset[str] = field(default_factory=frozenset)  # steps that an earlier life did


@dataclass(frozen=True, slots=True)
class Taken:
    """A run that is this process's own from now on, and what it is asked for."""

    workflow: Workflow
    request: Request
    granted_s: float | None = None

    def work(self, host: Host, scratch: Path, emit: Hook) -> Work:
        """What is left to do."""
        return Work(
            self.request.asked,
            host,
            scratch,
            emit,
            self.request.post,
            self.workflow,
            granted_s=self.granted_s,
            held=True,
        )


@contextmanager
def taken_up(
    workflow: Workflow,
    records: Records,
    with_token: Callable[[Remote], Remote],
    deadline_s: float | None = None,
) -> Iterator[Taken]:
    """Hold and claim a run whose process has died. ``deadline_s`` from now replaces its deadline.

    Its lock is taken before the claim: of two that try at once, one is refused and nothing is lost.
    Raises RunAlive, RunEnded, RunOutdated, and RequestUnreadable where it cannot go on.
    """
    with alive(records.folder, workflow.id) as held:
        check_resumable(workflow, not held)
        request = request_of(workflow.request, with_token)
        yield Taken(_claimed(workflow, records, deadline_s), request, deadline_s)


def _claimed(workflow: Workflow, records: Records, deadline_s: float | None) -> Workflow:
    """``workflow``, this process's own from now on. Raises RunAlive and RunEnded."""
    here = host_of(workflow.owner) == host_of(records.owner)
    claimed = records.workflows.claim(
        workflow.id,
        records.owner,
        now=time.time(),
        stale_s=0.0 if here else STALE_S,  # here the lock tells, elsewhere only the heartbeat
        most_attempts=MOST_ATTEMPTS,
    )
    if claimed is None:
        raise refused(records.workflows.find(workflow.id) or workflow)
    if deadline_s is not None:
        claimed = replace(claimed, deadline_at=time.time() + deadline_s)
        records.workflows.pin(
            claimed.id, config_digest=claimed.config_digest, deadline_at=claimed.deadline_at
        )
    return claimed


async def make_review(work: Work, records: Records | None) -> Made:
    """Review as ``work`` says; without ``records`` nothing is kept and nothing can be resumed.

    Raises what a review raises, RunOutdated for a run that cannot go on as it began, and
    RunCancelled.
    """
    if records is None:
        return await _made(work, Life.begin(), work.engine or InlineEngine())
    life = life_of(work.workflow, work.granted_s) if work.workflow else Life.begin()
    with ExitStack() as stack:
        try:
            held = work.held or stack.enter_context(alive(records.folder, life.id))
        except StoreUnusable as error:
            if work.workflow is not None:
                raise
            return replace(await make_review(work, None), unrecorded=told(error))
        if not held:
            raise RunAlive(f"the run {life.id} is alive on this machine")
        stack.enter_context(records.stores.held())
        return await _recorded(work, life, records)


def told(error: SynapseError) -> str:
    return f"{error} ({error.hint})" if error.hint else str(error)


async def _recorded(work: Work, life: Life, records: Records) -> Made:
    """As ``_made``, with the run's row, its journal and its ledger kept."""
    keeper = Keeper(work.asked, life, records, work.workflow, post=work.post)
    engine = work.engine or InlineEngine(
        records.journal, life.id, resumed=work.workflow is not None
    )
    try:
        async with beating(records.workflows, keeper.claim, lambda: keeper.kept):
            made = await _made(work, life, engine, keeper)
    except RunCancelled:
        raise
    except SynapseError as error:
        # Whoever takes a run up with another configuration, or without a token, has changed
        # nothing of it: it may still be taken up as it began.
        if work.workflow is None or (keeper.begun and not isinstance(error, RunOutdated)):
            keeper.ended(WorkflowState.FAILED, str(error))
        raise
    return _ended(made, keeper)


def _ended(made: Made, keeper: Keeper) -> Made:
    """``made``, its audit on record before its run counts as done. A record that cannot be kept
    costs the record, never the review."""
    try:
        keeper.records.record(made.review)
    except StoreUnusable as error:
        return replace(made, unrecorded=told(error))
    keeper.ended(WorkflowState.DONE)
    return made


async def _made(work: Work, life: Life, engine: Engine, keeper: Keeper | None = None) -> Made:
    emit = keeper.emitting(work.emit) if keeper else work.emit
    parts = await open_parts(work.asked, work.host, work.scratch, emit, life, engine)
    if keeper is not None:
        parts = replace(parts, pace=pace_of(keeper.records.journal.seconds))
        keeper.opened(parts)

    async def early(first: Review) -> None:
        await _published(work, parts, first, "post:early", keeper)

    result = await review(replace(parts, early=early))
    published = await _published(work, parts, result, "post", keeper)
    return Made(result, parts, published, recalled=engine.recalled)


async def _published(
    work: Work, parts: Parts, result: Review, step: str, keeper: Keeper | None
) -> Published | None:
    """Post ``result``, unless an earlier life of the run did. Written down before and after: a
    death in between posts again, which finds what stands there and adds nothing.

    Raises RunCancelled where the run was cancelled meanwhile.
    """
    remote = work.asked.remote
    if remote is None or not work.post:
        return None
    from synapse_bot.domain.posting import Posted
    from synapse_bot.runtime.publish import Published, publish

    key, target = f"{result.id}/{step}", f"{remote.forge}:{remote.repository}#{remote.number}"
    if keeper is not None:
        keeper.check_held()
        url = keeper.intended(key, target)
        if url is not None:
            return Published(Posted(summary_url=url))
    outlet = open_outlet(remote, result.change)
    published = await parts.engine.step(step, lambda: publish(result, parts, outlet))
    if keeper is not None and published.posted:
        keeper.posted(key, published.posted.summary_url)
    parts.emit(ReviewPosted(result.id, published.posted, published.why_not))
    return published

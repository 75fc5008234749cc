"""FleetWorker: takes reviews from the queue, one claim each, and says every few seconds that it
lives.

DBOS hands a workflow to this process; the claim in our own record decides whose it is. A run that
was cancelled or taken over meanwhile is cancelled here too, and so is one whose claim could not be
renewed for so long that another may have taken it. A run whose tenant has as many at work as it may
have goes back into the queue, and keeps no place of this process while it waits.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from synapse_bot.domain.errors import RunCancelled, StoreUnusable, SynapseError
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.visible import visible
from synapse_bot.domain.workflow import WorkflowState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from synapse_bot.domain.quota import Places
    from synapse_bot.domain.workflow import Json, Workflow
    from synapse_bot.engine.durable import DbosEngine

    Job = Callable[[Workflow, DbosEngine], Awaitable[None]]
    PlacesOf = Callable[[str], Places | None]

_LOG = logging.getLogger("synapse_bot.worker")
_WHY_LENGTH = 500
_UNWOUND_S = 1.0  # DBOS needs a moment to let go of a life that has ended


class NoPlace(Exception):
    """The tenant of a run has as many reviews at work as it may have."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A run whose worker has not beaten for ``stale_s`` is taken for dead; with a look
    every ``reap_s`` it is at work again within 30 s."""

    beat_s: float = 4.0
    stale_s: float = 20.0
    reap_s: float = 4.0
    most_attempts: int = 5


class Claims(Protocol):
    """What a worker needs of the record of workflows (see store/workflows.py)."""

    def find(self, id_prefix: str) -> Workflow | None: ...
    def claim(
        self,
        id: str,
        owner: str,
        *,
        now: float,
        stale_s: float,
        most_attempts: int,
        places: Places | None = None,
    ) -> Workflow | None: ...
    def beat(self, id: str, owner: str, now: float) -> bool: ...
    def finish(
        self, id: str, owner: str, state: WorkflowState, now: float, why: str = ""
    ) -> bool: ...


@dataclass(slots=True)
class _AtWork:
    loop: asyncio.AbstractEventLoop
    task: asyncio.Task[object]
    beaten_at: float
    lost: bool = False


def _any_number(_tenant: str) -> None:
    """As many reviews of a tenant at one time as there are."""


def _left_to_the_reaper(_run: str) -> None:
    """Nobody puts it back before the reaper sees that nobody works on it."""


class FleetWorker:
    """``job`` does one claimed workflow; what it raises fails the workflow and nothing else.

    ``places_of`` a tenant says how many of its reviews may be at work.
    """

    def __init__(
        self,
        claims: Claims,
        job: Job,
        owner: str,
        pace: Pace = Pace(),
        clock: Callable[[], float] = time.time,
        places_of: PlacesOf = _any_number,
    ) -> None:
        self._claims = claims
        self._job = job
        self._pace = pace
        self._places_of = places_of
        self._put_back: Callable[[str], object] = _left_to_the_reaper
        self._without_place: dict[str, float] = {}  # run: since when
        self._clock = clock
        self._at_work: dict[str, _AtWork] = {}
        self._left: list[str] = []
        self._stop = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self.owner = owner

    def begin(self, put_back: Callable[[str], object] = _left_to_the_reaper) -> None:
        """Beat from now on. ``put_back`` gives a run that found no place to the queue again; where
        it raises a SynapseError it is asked again."""
        self._put_back = put_back
        self._heart.start()

    @property
    def at_work(self) -> tuple[str, ...]:
        """The runs that this worker holds."""
        return tuple(self._at_work)

    def end(self) -> tuple[str, ...]:
        """Once DBOS is stopped: beat no more, and give back what was still at work; its ids."""
        self._stop.set()
        self._heart.join(timeout=self._pace.beat_s)
        for run in self._left:
            self._claims.beat(run, self.owner, 0.0)  # as old as can be: anyone may claim it at once
        return (*self._left, *self._without_place)

    async def body(self, _request: str, engine: DbosEngine) -> Json:
        """What the workflow ``review.v1`` does in this process."""
        try:
            return await self._life(engine)
        except NoPlace as full:
            self._without_place[engine.run] = self._clock()
            raise asyncio.CancelledError from full
        except StoreUnusable as error:
            # Without its record nobody knows how it stands: it stays pending, for another life.
            _LOG.warning("run %s: left, %s", engine.run, _harmless(str(error)))
            raise asyncio.CancelledError from error

    async def _life(self, engine: DbosEngine) -> Json:
        run = engine.run
        row = await self._claimed(run)
        if row is None:
            return {"run": run, "state": "ended elsewhere"}
        task = asyncio.current_task()
        assert task is not None
        mine = _AtWork(asyncio.get_running_loop(), task, self._clock())
        self._at_work[run] = mine
        _LOG.info("run %s of %s: begun, attempt %d", run, row.tenant, row.attempts)
        try:
            state, why = await self._done(row, engine)
        except asyncio.CancelledError:
            if engine.lost:
                _LOG.warning("run %s: left, its steps cannot be kept", run)
            elif not mine.lost:  # this process stops
                self._left.append(run)
            raise
        finally:
            del self._at_work[run]
        if state is WorkflowState.CANCELLED:
            said, why = await asyncio.to_thread(self._taken, run, why)
        else:
            await asyncio.to_thread(self._claims.finish, run, self.owner, state, self._clock(), why)
            said = str(state)
        _LOG.info("run %s of %s: %s %s", run, row.tenant, said, why)
        return {"run": run, "state": said}

    def _taken(self, run: str, why: str) -> tuple[str, str]:
        """How a run stands that the job saw was no longer its own: the record knows better."""
        known = self._claims.find(run)
        if known is None or known.state is WorkflowState.CANCELLED:
            return str(WorkflowState.CANCELLED), known.why if known else why
        return "taken over", why

    async def _done(self, row: Workflow, engine: DbosEngine) -> tuple[WorkflowState, str]:
        try:
            await self._job(row, engine)
        except StoreUnusable:
            raise
        except RunCancelled as error:
            return WorkflowState.CANCELLED, str(error)
        except SynapseError as error:
            return WorkflowState.FAILED, _harmless(f"{error} ({error.hint})")
        except Exception as error:  # noqa: BLE001 - one job's end is not the worker's
            _LOG.exception("run %s: a bug of ours", row.id)
            return WorkflowState.FAILED, _harmless(f"{type(error).__name__}: {error}")
        return WorkflowState.DONE, ""

    async def _claimed(self, run: str) -> Workflow | None:
        """The run, now ours; None once it has ended. DBOS may hand it to us while the record still
        counts on the worker before us: then we wait for either to give it up. Raises NoPlace."""
        pace = self._pace
        known = await asyncio.to_thread(self._claims.find, run)
        while known is not None and not known.state.ended:
            places = self._places_of(known.tenant)
            row = await asyncio.to_thread(
                self._claims.claim,
                run,
                self.owner,
                now=self._clock(),
                stale_s=pace.stale_s,
                most_attempts=pace.most_attempts,
                places=places,
            )
            if row is not None:
                return row
            known = await asyncio.to_thread(self._claims.find, run)
            if places is not None and known is not None and self._is_free(known):
                raise NoPlace(run)
            await asyncio.sleep(min(1.0, pace.beat_s))
        return None

    def _is_free(self, row: Workflow) -> bool:
        """Nobody is at work on it, and it has not ended."""
        silent = self._clock() - row.heartbeat_at >= self._pace.stale_s
        return row.state is WorkflowState.QUEUED or (row.state is WorkflowState.RUNNING and silent)

    def _beat(self) -> None:
        """In a thread of its own: a check that holds the loop must not look like a death."""
        while not self._stop.wait(self._pace.beat_s):
            for run, mine in tuple(self._at_work.items()):
                if not mine.lost and not self._held(run, mine):
                    mine.lost = True
                    _LOG.warning("run %s: no longer ours, stopped", run)
                    mine.loop.call_soon_threadsafe(mine.task.cancel)
            self._give_way()

    def _give_way(self) -> None:
        """Put back what found no place, for whichever worker sees one free first."""
        for run, since in tuple(self._without_place.items()):
            if self._clock() - since < _UNWOUND_S:
                continue
            try:
                self._put_back(run)
            except SynapseError:  # the queue is away for the moment
                return
            self._without_place.pop(run, None)

    def _held(self, run: str, mine: _AtWork) -> bool:
        now = self._clock()
        try:
            held = self._claims.beat(run, self.owner, now) or self._ended(run)
        except SynapseError:  # the record is away for the moment
            return now - mine.beaten_at < self._pace.stale_s
        if held:
            mine.beaten_at = now
        return held

    def _ended(self, run: str) -> bool:
        """Whether the job itself has just recorded its end."""
        row = self._claims.find(run)
        return row is not None and row.state in (WorkflowState.DONE, WorkflowState.FAILED)


def _harmless(text: str) -> str:
    """A message that may quote the change, for the record and the log."""
    return visible(redact(text)).replace("\n", " ")[:_WHY_LENGTH]

"""DbosEngine: the steps of one review, checkpointed by DBOS in SQLite or PostgreSQL.

DBOS finds a checkpoint by its number: a review that is planned otherwise in its second life (a
rule was added meanwhile) would be given another step's value, or be refused. So this engine finds
what was done by its NAME and its key, and lets the steps of this life begin after the last number
that an earlier one drew. Numbers may then follow timing as they like.
"""

from __future__ import annotations

import asyncio
import contextvars
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, cast

from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from synapse_bot.domain.workflow import Recorded
from synapse_bot.engine.base import StepRepeated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from dbos import StepInfo

    from synapse_bot.domain.workflow import Json
    from synapse_bot.engine.base import Kept, T


class DbosEngine:
    """An Engine for the body of a DBOS workflow; ``open`` makes one for each of its lives.

    A step with ``kept`` is checkpointed when its effect is done, and its effect is cancelled when
    the workflow is. One that fails is checkpointed as failed, without its message, and runs again.

    Where a checkpoint cannot be written this life ends: ``lost`` is set and the task that opened
    the engine is cancelled. An error would be taken for one of the step, and fail the review.
    """

    def __init__(
        self,
        run: str,
        known: Mapping[str, Recorded] | None = None,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self.run = run
        self._known = dict(known or {})
        self._clock = clock
        self._names: set[str] = set()
        self._timings: dict[str, float] = {}
        self._recalled: set[str] = set()
        self._life: asyncio.Task[object] | None = None
        self.lost = False

    @classmethod
    async def open(cls) -> DbosEngine:
        """The engine of this life of the workflow; call it in its body, before any step."""
        run = DBOS.workflow_id
        if run is None:
            raise RuntimeError("a DbosEngine is opened in the body of a DBOS workflow")
        # In a context of its own: asked from within the workflow, the list would itself be
        # checkpointed, and a later life would be given that old list.
        listing = asyncio.create_task(
            DBOS.list_workflow_steps_async(run), context=contextvars.Context()
        )
        past = await listing
        for _ in range(max((step["function_id"] for step in past), default=0)):
            DBOS.reserve_step()
        engine = cls(run, recorded_steps(past))
        engine._life = asyncio.current_task()
        return engine

    async def step(
        self,
        name: str,
        effect: Callable[[], Awaitable[T]],
        kept: Kept[T] | None = None,
        *,
        key: str = "",
    ) -> T:
        """See Engine. The time of a step that fails counts too."""
        if name in self._names:
            raise StepRepeated(f"the step {name!r} stands twice in one review")
        self._names.add(name)
        known = self._known.get(name)
        if kept is not None and known is not None and known.key == key:
            self._timings[name] = known.seconds
            self._recalled.add(name)
            return kept.decode(known.data)
        if kept is None:
            return await self._timed(name, effect)
        return await self._checkpointed(name, effect, kept, key)

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds by step name, in the order of their end; a view that nobody can change."""
        return MappingProxyType(self._timings)

    @property
    def recalled(self) -> frozenset[str]:
        return frozenset(self._recalled)

    async def _timed(self, name: str, effect: Callable[[], Awaitable[T]]) -> T:
        began = self._clock()
        try:
            return await effect()
        finally:
            self._timings[name] = self._clock() - began

    async def _checkpointed(
        self, name: str, effect: Callable[[], Awaitable[T]], kept: Kept[T], key: str
    ) -> T:
        done: list[T] = []
        failed: list[Exception] = []

        async def attempt() -> Json:
            try:
                value = await self._timed(name, effect)
                data = kept.encode(value)
            except Exception as error:  # noqa: BLE001 - raised again below, past the checkpoint
                failed.append(error)
                return {"failed": type(error).__name__}
            done.append(value)
            return {"key": key, "data": data, "seconds": self._timings[name]}

        try:
            await DBOS.run_step_async({"name": name, "preemptible": True}, attempt)
        except SQLAlchemyError:
            await self._end()
        if failed:
            raise failed[0]
        return done[0]

    async def _end(self) -> NoReturn:
        """Wait for the cancelling of the whole life to come round to this step."""
        self.lost = True
        if self._life is not None:
            self._life.cancel()
            await asyncio.get_running_loop().create_future()
        raise asyncio.CancelledError


def recorded_steps(past: Iterable[StepInfo]) -> dict[str, Recorded]:
    """What the workflow's earlier lives finished, by step name; the last one of a name counts.

    A failed step, and one that is none of ours, is left out.
    """
    found: dict[str, Recorded] = {}
    for step in sorted(past, key=lambda step: step["function_id"]):
        recorded = _recorded(step["output"])
        if recorded is None:
            found.pop(step["function_name"], None)
        else:
            found[step["function_name"]] = recorded
    return found


def _recorded(output: object) -> Recorded | None:
    if not isinstance(output, dict) or not {"key", "data", "seconds"} <= output.keys():
        return None
    fields = cast("dict[str, Any]", output)
    return Recorded(str(fields["key"]), fields["data"], float(fields["seconds"]))

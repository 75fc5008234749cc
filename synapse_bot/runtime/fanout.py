"""Fan-out: every assigned specialist examines at the same time, each within its deadline.

This is the edge at which a broken specialist becomes a Failed: one that crashes, hangs or
raises costs its own findings and nobody else's.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from synapse_bot.domain.events import SpecialistFinished, SpecialistStarted
from synapse_bot.domain.opinion import Failed, FailureKind, Outcome, Skipped
from synapse_bot.report.redacted import redacted
from synapse_bot.runtime.context import Backdrop
from synapse_bot.runtime.deadline import CLOSING
from synapse_bot.runtime.hearing import Hearing
from synapse_bot.runtime.kept import OUTCOME, examination_key
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.materialise import materialise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.plan import Assignment, Plan
    from synapse_bot.domain.spec import Route
    from synapse_bot.engine.base import Engine
    from synapse_bot.runtime.deadline import Deadline
    from synapse_bot.runtime.roster import Roster
    from synapse_bot.runtime.survey import Survey

# Checks inside this process hold the interpreter while they load and scan, and would delay the
# answers of the tools' own processes: they wait for the first of these, and no longer than this.
_HEAD_START_S = 0.3

# A specialist ends its tools itself at its deadline; this is the backstop behind it.
_GRACE_S = 2.0


async def fan_out(
    plan: Plan,
    survey: Survey,
    roster: Roster,
    engine: Engine,
    *,
    scratch: Path,
    deadline: Deadline,
    emit: Hook,
    known: Iterable[Outcome] = (),
    model: str = "",
    silent: bool = False,
    late_s: float = 0.0,
) -> Fanned:
    """Have every specialist of ``plan`` examine, until all are done or the deadline is over.

    Each is one step of ``engine``; ``model`` is whom those that ask would ask. ``late_s`` is how
    long they may go on behind the deadline. With ``silent`` no model is asked: whose answer is not
    recorded is skipped. ``known`` are outcomes of tools that stand from an earlier review.
    """
    asked = {path for assignment in plan.assignments for path in assignment.paths}
    contents = {path: text for path, text in survey.texts.items() if path in asked}
    placed = materialise(contents, scratch / "files")
    texts = {path: text.decode("utf-8", "replace") for path, text in contents.items()}

    tools = [a.spec.id for a in plan.assignments if a.spec.model is None]
    domains = {spec.id: spec.domain for spec in roster.specs if spec.model is None}
    hearing = Hearing(tools, domains, known)
    backdrop = Backdrop(survey, scratch)
    answered = asyncio.Event()
    apart = any(not _inside(assignment, plan.route) for assignment in plan.assignments)

    async def ask(assignment: Assignment) -> Outcome:
        outcome = await engine.step(
            f"examine:{assignment.spec.id}",
            lambda: examine(assignment),
            OUTCOME,
            key=examination_key(assignment, plan.route, model),
        )
        hearing.add(outcome)
        answered.set()
        emit(SpecialistFinished(outcome))
        return outcome

    async def examine(assignment: Assignment) -> Outcome:
        if apart and _inside(assignment, plan.route):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(answered.wait(), _HEAD_START_S)
        if silent and assignment.spec.model is not None:
            return Skipped(assignment.spec.id, "a replay asks no model", paths=assignment.paths)
        if deadline.closing:
            return _not_begun(assignment)
        emit(SpecialistStarted(assignment.spec.id, len(assignment.paths)))
        seconds = min(assignment.deadline_s, deadline.remaining_s() + late_s)
        task = Examination(
            diff=survey.diff,
            paths=assignment.paths,
            route=plan.route,
            deadline_s=seconds,
            placed=placed,
            texts=texts,
            partial=survey.partial,
            scratch=scratch,
            languages=survey.languages,
            kinds=survey.kinds,
            skimmed=frozenset(assignment.skimmed),
            hints=hearing.hints,
            past=survey.past,
            background=backdrop.background,
        )
        # Masked here, so that the first life of a review and a later one say the same.
        return redacted(await _examine(assignment, task, roster))

    # Started in the plan's order, which a durable engine counts on.
    tasks = {a.spec.id: asyncio.ensure_future(ask(a)) for a in plan.assignments}
    fanned = Fanned(plan, tasks, backdrop)
    await fanned.until(deadline.remaining_s() if late_s else None)
    return fanned


class Fanned:
    """The specialists of a review at work."""

    def __init__(
        self, plan: Plan, tasks: Mapping[str, asyncio.Future[Outcome]], backdrop: Backdrop
    ) -> None:
        self._plan = plan
        self._tasks = tasks
        self._backdrop = backdrop

    async def until(self, seconds: float | None) -> None:
        """Wait for all of them, or no longer than ``seconds``. Cancelled, it cancels them all."""
        try:
            if self._tasks:
                await asyncio.wait(self._tasks.values(), timeout=seconds)
        except asyncio.CancelledError:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """End whoever is still at work."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._backdrop.aclose()

    @property
    def late(self) -> tuple[str, ...]:
        """Who is still at work, sorted."""
        return tuple(sorted(by for by, task in self._tasks.items() if not task.done()))

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """One outcome for each assignment, sorted by specialist id; of the late a Failed."""
        found = [
            task.result() if task.done() else _too_late(by) for by, task in self._tasks.items()
        ]
        return tuple(sorted(found, key=lambda outcome: outcome.by))


def _too_late(by: str) -> Failed:
    why = "not finished at the review's deadline; this review is edited when it is"
    return Failed(by, FailureKind.TIMEOUT, why)


def _inside(assignment: Assignment, route: Route) -> bool:
    """Whether all that the specialist does on ``route`` happens inside this process."""
    actions = [action for action in assignment.spec.actions if route in action.routes]
    return assignment.spec.model is None and all(action.in_process for action in actions)


def _not_begun(assignment: Assignment) -> Failed:
    why = f"not begun: more than {CLOSING:.0%} of the review's time was over"
    return Failed(assignment.spec.id, FailureKind.TIMEOUT, why, "Raise --deadline.")


async def _examine(assignment: Assignment, task: Examination, roster: Roster) -> Outcome:
    spec = assignment.spec
    started = time.monotonic()
    try:
        async with asyncio.timeout(task.deadline_s + _GRACE_S):
            return await roster.specialist(spec).examine(task)
    except TimeoutError:
        kind, why = FailureKind.TIMEOUT, f"not finished after {task.deadline_s:.0f} s"
        hint = f"Raise `deadline` in specialists/{spec.id}.yaml, or --deadline."
    except Exception as error:  # noqa: BLE001 - the fan-out's edge: nothing of the others is lost
        kind, why = FailureKind.CRASHED, f"{type(error).__name__}: {error}"
        hint = "This is a bug of the specialist; --verbose prints where."
    return Failed(spec.id, kind, why, hint, seconds=time.monotonic() - started)

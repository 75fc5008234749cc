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
from synapse_bot.domain.opinion import Failed, FailureKind, Outcome
from synapse_bot.runtime.context import Backdrop
from synapse_bot.runtime.hearing import Hearing
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.materialise import materialise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.plan import Assignment, Plan
    from synapse_bot.domain.spec import Route
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
    *,
    scratch: Path,
    remaining_s: Callable[[], float],
    emit: Hook,
    known: Iterable[Outcome] = (),
) -> tuple[Outcome, ...]:
    """One outcome for each assignment of ``plan``, sorted by specialist id.

    ``known`` are outcomes of tools that stand from an earlier review.
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
        if apart and _inside(assignment, plan.route):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(answered.wait(), _HEAD_START_S)
        emit(SpecialistStarted(assignment.spec.id, len(assignment.paths)))
        seconds = min(assignment.deadline_s, max(remaining_s(), 0.0))
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
            skimmed=frozenset(assignment.skimmed),
            hints=hearing.hints,
            past=survey.past,
            background=backdrop.background,
        )
        outcome = await _examine(assignment, task, roster)
        hearing.add(outcome)
        answered.set()
        emit(SpecialistFinished(outcome))
        return outcome

    try:
        outcomes = await asyncio.gather(*(ask(assignment) for assignment in plan.assignments))
    finally:
        await backdrop.aclose()
    return tuple(sorted(outcomes, key=lambda outcome: outcome.by))


def _inside(assignment: Assignment, route: Route) -> bool:
    """Whether all that the specialist does on ``route`` happens inside this process."""
    actions = [action for action in assignment.spec.actions if route in action.routes]
    return assignment.spec.model is None and all(action.in_process for action in actions)


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

"""A specialist under circuit breakers: what keeps breaking is not asked again for a while.

It is Skipped with the reason, which makes the review incomplete: what an open breaker leaves out
is never a pass.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.breaker import Lesson, Refusal
from synapse_bot.domain.events import SpecialistCrashed
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Outcome, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.breaker.guard import Guard, Pass
    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.spec import ActionSpec, Route, SpecialistSpec
    from synapse_bot.specialist.action import ActionResult
    from synapse_bot.specialist.base import Examination, Specialist

HINT = "`synapse-bot breakers list` shows it; `breakers reset KEY` has it tried at once."
_BROKEN = (FailureKind.CRASHED, FailureKind.TIMEOUT)


@dataclass(frozen=True)
class GuardedSpecialist:
    """``inner`` under the breaker ``specialist:ID``. ``models`` are those that it may ask."""

    inner: Specialist
    guard: Guard
    emit: Hook
    models: tuple[str, ...] = ()

    @property
    def spec(self) -> SpecialistSpec:
        return self.inner.spec

    async def examine(self, task: Examination) -> Outcome:
        """What ``inner`` gives, and it raises what ``inner`` raises; Skipped where it rests."""
        asked = await self.guard.ask((f"specialist:{self.spec.id}",), task.deadline_s)
        if isinstance(asked, Refusal):
            return Skipped(self.spec.id, asked.in_words(self.guard.now()), HINT, paths=task.paths)
        try:
            outcome = await self.inner.examine(task)
        except asyncio.CancelledError:
            asked.cut_now("it did not end at its deadline")
            raise
        except Exception as error:
            why = f"{type(error).__name__} in the specialist"
            await asked.tell(Lesson.FAILED, why)
            await self._crashed(task.route, FailureKind.CRASHED, why)
            raise
        await self._tell(asked, outcome, task.route)
        return self._noted(outcome)

    async def _tell(self, asked: Pass, outcome: Outcome, route: Route) -> None:
        """A tool's or a provider's failure has a breaker of its own."""
        if not isinstance(outcome, Failed):
            await asked.tell(Lesson.ANSWERED)
            return
        actions = [action for action in self.spec.actions if route in action.routes]
        own = self.spec.model is None and all(action.in_process for action in actions)
        failed = own and outcome.kind in _BROKEN
        await asked.tell(Lesson.FAILED if failed else Lesson.ANSWERED, outcome.kind)
        await self._crashed(route, outcome.kind, outcome.why)

    async def _crashed(self, route: Route, kind: FailureKind, why: str) -> None:
        keys = [f"specialist:{self.spec.id}"]
        keys += [f"tool:{tool}" for tool in tools_of(self.spec.actions, route)]
        keys += [f"model:{name}" for name in self.models]
        keys += [f"provider:{name.partition('/')[0]}" for name in self.models]
        standings = await self.guard.standings(keys)
        self.emit(SpecialistCrashed(self.spec.id, kind, why, standings))

    def _noted(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Opinion) and (notes := self.guard.notes()):
            return replace(outcome, notes=(*outcome.notes, *notes))
        return outcome


def tools_of(actions: Iterable[ActionSpec], route: Route) -> tuple[str, ...]:
    """The tools that are run on ``route``, each once."""
    used = (a.tool for a in actions if route in a.routes and not a.in_process)
    return tuple(dict.fromkeys(used))


class ToolLeaves:
    """For each tool of one examination: leave to run it, or why it is left alone."""

    def __init__(self, guard: Guard, asked: Mapping[str, Pass | Refusal]) -> None:
        self._guard = guard
        self._asked = asked

    @classmethod
    async def ask(cls, guard: Guard, tools: Iterable[str], longest_s: float) -> ToolLeaves:
        asked = {tool: await guard.ask((f"tool:{tool}",), longest_s) for tool in tools}
        return cls(guard, asked)

    def refused(self, action: ActionSpec) -> str:
        """Why the tool of ``action`` is left alone, in words; "" where it is not."""
        asked = None if action.in_process else self._asked.get(action.tool)
        return asked.in_words(self._guard.now()) if isinstance(asked, Refusal) else ""

    async def tell(
        self, results: Iterable[tuple[ActionSpec, ActionResult]], deadline_s: float
    ) -> None:
        """How the runs went. A tool that failed in one action has failed."""
        results = tuple(results)
        for tool, asked in self._asked.items():
            if isinstance(asked, Refusal):
                continue
            mine = [(a, r) for a, r in results if a.tool == tool and not a.in_process]
            lessons = [lesson_of(action, result, deadline_s) for action, result in mine]
            worst = next((one for one in _WORST if one in lessons), Lesson.NOTHING)
            why = next((r.failure.why for _, r in mine if r.failure), "")
            await asked.tell(worst, why)

    def drop(self) -> None:
        """Nothing can be said of the runs."""
        for asked in self._asked.values():
            if not isinstance(asked, Refusal):
                asked.tell_now(Lesson.NOTHING)


_WORST = (Lesson.FAILED, Lesson.ANSWERED)


def lesson_of(action: ActionSpec, result: ActionResult, deadline_s: float) -> Lesson:
    """What ``result`` says of the tool: it failed by a signal, or by a time-out of its own.

    An exit status says that it worked and did not like something, often of the change.
    """
    if result.failure is None or result.failure.kind not in _BROKEN:
        return Lesson.ANSWERED if result.runs else Lesson.NOTHING
    if result.failure.kind is FailureKind.TIMEOUT:
        whole = deadline_s >= action.timeout_s  # else it is the review's deadline that cut it
        return Lesson.FAILED if whole else Lesson.NOTHING
    codes = [run.exit_code for run in result.runs]
    died = any(code is None or code < 0 for code in codes)
    return Lesson.FAILED if died else Lesson.ANSWERED if codes else Lesson.NOTHING

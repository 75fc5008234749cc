"""A plan with what its models would be asked at most, and what that would cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.domain.plan import Asking
from synapse_bot.domain.usage import Usage
from synapse_bot.runtime.context import gather
from synapse_bot.specialist.forecast import forecast
from synapse_bot.specialist.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from synapse_bot.domain.plan import Assignment, Plan
    from synapse_bot.runtime.roster import Roster
    from synapse_bot.runtime.survey import Survey
    from synapse_bot.specialist.forecast import Forecast


async def with_forecasts(
    plan: Plan, survey: Survey, roster: Roster, scratch: Path, samples: int = 0
) -> Plan:
    """``plan``, each assignment of kind ``llm`` with its Askings. Nobody is asked.

    The background of the change is read for it. ``samples`` is the host's word on how often the
    same files are reviewed; 0: as declared.
    """
    if all(assignment.spec.model is None for assignment in plan.assignments):
        return plan
    background = await gather(survey, scratch)
    texts = {path: text.decode("utf-8", "replace") for path, text in survey.texts.items()}

    def of(assignment: Assignment) -> Assignment:
        model = assignment.spec.model
        if model is None:
            return assignment
        expected = forecast(
            Telling(model, background),
            assignment.paths,
            texts,
            survey.diff,
            skimmed=assignment.skimmed,
            samples=samples,
        )
        return replace(assignment, askings=_joined(expected, roster))

    return replace(plan, assignments=tuple(map(of, plan.assignments)))


def _joined(expected: Iterable[Forecast], roster: Roster) -> tuple[Asking, ...]:
    """One Asking a model: what has several duties is told once."""
    by_model: dict[str, Asking] = {}
    for one in expected:
        name, usage = roster.priced(one.usage, one.duty)
        known = by_model.get(name, Asking(name, 0, Usage()))
        by_model[name] = Asking(name, known.calls + one.calls, known.usage + usage)
    return tuple(by_model.values())

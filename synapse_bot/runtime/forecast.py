"""A plan with what its models would be asked at most, and what that would cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.domain.plan import Asking
from synapse_bot.specialist.forecast import forecast

if TYPE_CHECKING:
    from synapse_bot.domain.plan import Assignment, Plan
    from synapse_bot.runtime.roster import Roster
    from synapse_bot.runtime.survey import Survey


def with_forecasts(plan: Plan, survey: Survey, roster: Roster) -> Plan:
    """``plan``, each assignment of kind ``llm`` with its Asking. Nobody is asked."""
    texts = {path: text.decode("utf-8", "replace") for path, text in survey.texts.items()}

    def of(assignment: Assignment) -> Assignment:
        model = assignment.spec.model
        if model is None:
            return assignment
        calls, usage = forecast(model, assignment.paths, texts, survey.diff)
        name, priced = roster.priced(usage)
        return replace(assignment, asking=Asking(name, calls, priced))

    return replace(plan, assignments=tuple(map(of, plan.assignments)))

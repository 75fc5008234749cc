"""Who answers back in a debate: the models that spoke, and a judge where the host names one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.debate import JUDGE, Filed
from synapse_bot.domain.plan import Duty
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.budget import Budget, SpendLimits
from synapse_bot.llm.fallback import FallbackModel
from synapse_bot.specialist.asking import PaidModel
from synapse_bot.specialist.debater import Debater

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.domain.debate import Question
    from synapse_bot.specialist.conversation import Record
    from synapse_bot.wiring.models import OpenModels

_LONGEST_S = 60.0  # for one argument


@dataclass
class Debaters:
    """Each argument comes from the very model that spoke: no other speaks in its place.

    All calls together are worth at most ``tokens``, within the budget of the review. ``models`` are
    opened when the first is asked.
    """

    models: Callable[[], OpenModels]
    tokens: int
    remaining_s: Callable[[], float]
    record: Record | None = None
    _purse: Budget | None = None

    async def __call__(self, by: str, question: Question) -> Filed:
        """The argument of specialist ``by``, or of JUDGE."""
        models, name = self.models(), question.speaker
        if by == JUDGE:
            holder = models.by_duty.get(Duty.JUDGE)
            if holder is None:
                return Filed(None, Usage(), "the host names none: models.judge")
            name = holder.name
        if name not in models.remotes:
            return Filed(None, Usage(), f"{name or 'the model'} is not set up here")
        if self._purse is None:
            self._purse = models.budget.child("debate", SpendLimits(tokens=self.tokens))
        paid = PaidModel(FallbackModel(models.remotes[name]), self._purse, models.catalogue)
        deadline_s = min(_LONGEST_S, self.remaining_s())
        return await Debater(by, paid, self.record).answer(question, deadline_s)

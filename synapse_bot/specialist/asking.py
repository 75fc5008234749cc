"""A model that is paid for: each call fits the budget before it is made, and has a fallback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.llm.errors import ModelBusy, ModelDenied

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.llm.base import Model, ModelRequest, Reply
    from synapse_bot.llm.budget import Budget
    from synapse_bot.llm.price import Catalogue


@dataclass(frozen=True)
class PaidModel:
    """A Model made of ``models``, the first that can answer; all spend from ``budget``."""

    models: Sequence[Model]
    budget: Budget
    catalogue: Catalogue

    @property
    def name(self) -> str:
        return self.models[0].name

    def count(self, request: ModelRequest) -> int:
        return self.models[0].count(request)

    async def ask(self, request: ModelRequest) -> Reply:
        """The answer of the first model that gives one. Raises BudgetSpent before any call that
        might not be paid for, else what the last model raised."""
        *others, last = self.models
        for model in others:
            try:
                return await self._ask(model, request)
            except (ModelBusy, ModelDenied):  # busy, out of quota, or not for us: ask the next
                continue
        return await self._ask(last, request)

    async def _ask(self, model: Model, request: ModelRequest) -> Reply:
        prompt = model.count(request)
        most = self.catalogue.estimate(model.name, prompt, request.max_output_tokens)
        with self.budget.reserve(prompt, request.max_output_tokens, most) as hold:
            reply = await model.ask(request)
            hold.charge(reply.usage)
        return reply

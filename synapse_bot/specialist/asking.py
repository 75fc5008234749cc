"""A model that is paid for: each call has to fit the budget before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from synapse_bot.llm.base import ModelRequest, Reply
    from synapse_bot.llm.budget import Budget
    from synapse_bot.llm.fallback import FallbackModel
    from synapse_bot.llm.price import Catalogue


@dataclass(frozen=True)
class PaidModel:
    """``model`` at the cost of ``budget``; the dearest that may answer sets what is reserved."""

    model: FallbackModel
    budget: Budget
    catalogue: Catalogue
    ready: Callable[[], Awaitable[None]] | None = None  # waited for before a call

    @property
    def name(self) -> str:
        return self.model.name

    def count(self, request: ModelRequest) -> int:
        return self.model.count(request)

    async def ask(self, request: ModelRequest) -> Reply:
        """The model's answer. Raises BudgetSpent instead of a call that may not be paid for."""
        prompt, answer = self.count(request), request.max_output_tokens
        with self.budget.reserve(prompt, answer, self._most(prompt, answer)) as hold:
            if self.ready is not None:
                await self.ready()
            reply = await self.model.ask(request)
            hold.charge(reply.usage)
        return reply

    def _most(self, prompt: int, answer: int) -> float | None:
        costs = [self.catalogue.estimate(name, prompt, answer) for name in self.model.names]
        known = [cost for cost in costs if cost is not None]
        return max(known) if len(known) == len(costs) else None

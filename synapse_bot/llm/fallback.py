"""FallbackModel: another model at once where the first one's provider will not answer for now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.domain.usage import Usage
from synapse_bot.llm.errors import AnswerLate, LiveCallForbidden, ModelBusy, ModelDenied

if TYPE_CHECKING:
    from synapse_bot.llm.base import Model, ModelRequest, Reply


class FallbackModel:
    """Asks ``first``, then the others in order; ``Reply.model`` says which one answered.

    A spent quota and a refused key last: that model is not asked again. A rate limit or an outage
    is of this question only. What a model says of the question itself (a refusal, an answer at its
    limit) is its answer, and a late answer has used up the time: both go to the caller.
    """

    def __init__(self, first: Model, *others: Model) -> None:
        self._models = (first, *others)
        self._denied: dict[int, ModelDenied] = {}

    @property
    def name(self) -> str:
        """The first model's."""
        return self._models[0].name

    @property
    def names(self) -> tuple[str, ...]:
        """All that may answer: the dearest of them decides what a call can cost."""
        return tuple(model.name for model in self._models)

    def count(self, request: ModelRequest) -> int:
        """The highest of their estimates."""
        return max(model.count(request) for model in self._models)

    async def ask(self, request: ModelRequest) -> Reply:
        """The first answer. Raises the last model's error where none answers."""
        paid = Usage()  # by those that failed, as far as anybody knows
        last: ModelBusy | ModelDenied | None = None
        for at, model in enumerate(self._models):
            if at in self._denied:
                last = self._denied[at]
                continue
            try:
                reply = await model.ask(request)
            except (AnswerLate, LiveCallForbidden):
                raise
            except (ModelBusy, ModelDenied) as error:
                if isinstance(error, ModelDenied):
                    self._denied[at] = error
                paid += error.usage or Usage()
                last = error
                continue
            return replace(reply, usage=reply.usage + paid, stands_in=str(last or ""))
        assert last is not None  # there is a first model
        raise last

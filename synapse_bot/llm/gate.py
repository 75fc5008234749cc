"""What a model asks before a call and tells after it: circuit breakers, as far as it knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.breaker import Lesson, Refusal


class Leave(Protocol):
    """Leave to make one call. What is told after the first time is not heard."""

    async def tell(self, lesson: Lesson, why: str = "") -> None:
        """How the call went; ``why`` it failed, on one line without secrets."""
        ...

    async def cut(self, why: str) -> None:
        """Time ran out in the call."""
        ...

    def tell_now(self, lesson: Lesson, why: str = "") -> None:
        """As ``tell``, for one who is being cancelled."""
        ...


class Gate(Protocol):
    """Never raises: where nothing is known, the call is allowed."""

    async def ask(self, keys: Sequence[str], longest_s: float) -> Leave | Refusal:
        """Leave for a call of at most ``longest_s`` that all ``keys`` allow, or why there is none.

        It may wait, for calls under way whose end decides.
        """
        ...

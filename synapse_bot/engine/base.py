"""The Engine family: running the steps of a review.

Members: inline.py, in this process and with a journal where one is kept; durable.py, on DBOS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from synapse_bot.domain.workflow import Json

T = TypeVar("T")


class StepRepeated(RuntimeError):
    """Two steps of one review have one name: the second would be given what the first gave."""


class Kept(Protocol[T]):
    """How the value of a step is kept, as JSON data; never as code."""

    def encode(self, value: T) -> Json:
        """``value`` as JSON data, with secrets masked."""
        ...

    def decode(self, data: Json) -> T:
        """The inverse of ``encode``. Raises ValueError for data of another shape."""
        ...


class Engine(Protocol):
    async def step(
        self,
        name: str,
        effect: Callable[[], Awaitable[T]],
        kept: Kept[T] | None = None,
        *,
        key: str = "",
    ) -> T:
        """Run ``effect`` as the step ``name``; what it raises passes through and is not kept.

        With ``kept`` its value is recorded, and given back without running the effect in a later
        life of the same review where ``key``, a digest of what decides the value, is equal.
        Without it the step runs in every life: reading pinned revisions gives the same again.
        Steps that run side by side are started in a fixed order. Raises StepRepeated for a name
        that was used in this life.
        """
        ...

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds by step name, in the order of their end."""
        ...

    @property
    def recalled(self) -> frozenset[str]:
        """The steps that an earlier life had done."""
        ...

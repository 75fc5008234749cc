"""The Engine family: running the steps of a review. Member: inline.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

T = TypeVar("T")


class Engine(Protocol):
    async def step(self, name: str, effect: Callable[[], Awaitable[T]]) -> T:
        """Run ``effect`` as the step ``name``; what it raises passes through."""
        ...

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds by step name, in the order of their end."""
        ...

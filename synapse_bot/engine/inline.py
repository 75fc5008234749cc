"""InlineEngine: runs each step at once, in this process, and times it."""

from __future__ import annotations

from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from synapse_bot.engine.base import T


class StepRepeated(RuntimeError):
    """Two steps of one review have one name: a durable engine would skip the second."""


class InlineEngine:
    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._names: set[str] = set()
        self._timings: dict[str, float] = {}

    async def step(self, name: str, effect: Callable[[], Awaitable[T]]) -> T:
        """Run ``effect``; what it raises passes through, and its time still counts.

        Raises StepRepeated for a name that this engine has seen.
        """
        if name in self._names:
            raise StepRepeated(f"the step {name!r} stands twice in one review")
        self._names.add(name)
        began = self._clock()
        try:
            return await effect()
        finally:
            self._timings[name] = self._clock() - began

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds by step name, in the order of their end; a view that nobody can change."""
        return MappingProxyType(self._timings)

"""KeptBreakers: keeps nothing before something fails, and never stands in the way of a review."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from synapse_bot.breaker.base import BreakersUnusable
from synapse_bot.breaker.memory import MemoryBreakers

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.breaker.base import Breakers, T, Work
    from synapse_bot.domain.breaker import Breaker


class KeptBreakers:
    """A Breakers in front of another one, which ``open_`` opens when it is first needed.

    While ``exists`` is false everything stays in memory; the first failure is carried over. Where
    the store cannot be used, memory takes over for good, and ``notes`` say so once.
    """

    def __init__(
        self, open_: Callable[[], Breakers], exists: Callable[[], bool] = lambda: True
    ) -> None:
        self._open, self._exists = open_, exists
        self._memory = MemoryBreakers()
        self._store: Breakers | None = None
        self._lost = False
        self._lock = threading.Lock()
        self.notes: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether a call may wait for a disk or a network."""
        return not self._lost and (self._store is not None or self._exists())

    def change(self, key: str, work: Work[T]) -> T:
        """See Breakers. Never raises BreakersUnusable."""
        if not self.waits:
            return self._in_memory(key, work)
        try:
            return self._held().change(key, work)
        except BreakersUnusable as error:
            self._lose(error)
            return self._memory.change(key, work)

    def all(self) -> tuple[Breaker, ...]:
        """See Breakers. Never raises BreakersUnusable."""
        if self.waits:
            try:
                return self._held().all()
            except BreakersUnusable as error:
                self._lose(error)
        return self._memory.all()

    def reset(self, key: str) -> bool:
        """See Breakers. Raises BreakersUnusable: whoever asks for it wants to know."""
        in_memory = self._memory.reset(key)
        return self._held().reset(key) if self.waits else in_memory

    def _in_memory(self, key: str, work: Work[T]) -> T:
        def noted(breaker: Breaker) -> tuple[Breaker, tuple[Breaker, T]]:
            after, said = work(breaker)
            return after, (after, said)

        after, said = self._memory.change(key, noted)
        if after.has_failed and not self._lost:
            self._carry_over(after, work)
        return said

    def _carry_over(self, breaker: Breaker, work: Work[T]) -> None:
        """From now on the store has it. What another process put there meanwhile stays."""
        try:
            self._held().change(
                breaker.key, lambda held: (breaker if held.is_blank else work(held)[0], None)
            )
        except BreakersUnusable as error:
            self._lose(error)

    def _held(self) -> Breakers:
        with self._lock:
            if self._store is None:
                self._store = self._open()
            return self._store

    def _lose(self, error: BreakersUnusable) -> None:
        with self._lock:
            if not self._lost:
                self._lost = True
                self.notes = (f"circuit breakers count for this review alone: {error}",)

"""MemoryBreakers: the state of one process, for one review."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from synapse_bot.domain.breaker import Breaker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.breaker.base import T, Work


class MemoryBreakers:
    """A Breakers that begins with ``known``."""

    def __init__(self, known: Iterable[Breaker] = ()) -> None:
        self._known = {breaker.key: breaker for breaker in known}
        self._lock = threading.Lock()

    def change(self, key: str, work: Work[T]) -> T:
        """See Breakers."""
        with self._lock:
            breaker, said = work(self._known.get(key) or Breaker(key))
            self._known[key] = breaker
            return said

    def all(self) -> tuple[Breaker, ...]:
        """See Breakers."""
        with self._lock:
            return tuple(b for _, b in sorted(self._known.items()) if not b.is_blank)

    def reset(self, key: str) -> bool:
        """See Breakers."""
        with self._lock:
            return self._known.pop(key, None) is not None

"""How many calls run at once, for each provider: one limiter for a review."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager


class Limiter:
    """``calls_at_once`` for each provider, unless ``by_provider`` names another number.

    Made and used within one event loop.
    """

    def __init__(
        self, calls_at_once: int = 4, by_provider: Mapping[str, int] | None = None
    ) -> None:
        self._default = max(1, calls_at_once)
        self._by_provider = dict(by_provider or {})
        self._slots: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def slot(self, provider: str) -> AsyncIterator[None]:
        """A place among the calls to ``provider``, waited for in the order of asking."""
        async with self._semaphore(provider):
            yield

    def _semaphore(self, provider: str) -> asyncio.Semaphore:
        if provider not in self._slots:
            places = max(1, self._by_provider.get(provider, self._default))
            self._slots[provider] = asyncio.Semaphore(places)
        return self._slots[provider]

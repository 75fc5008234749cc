"""MirroredEngine: another engine's steps, written into our own journal as well.

The steps of a fleet's reviews are DBOS's, in a layout that is its own. Ours is what `runs replay`
and the history of a step's seconds read, bound to the review's tenant.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Generic

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.domain.workflow import Recorded
from synapse_bot.engine.base import T

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from synapse_bot.domain.journal import Journal
    from synapse_bot.domain.workflow import Json
    from synapse_bot.engine.base import Engine, Kept

_LOG = logging.getLogger("synapse_bot.worker")


class MirroredEngine:
    """An Engine that does as ``engine`` does, which alone decides what is done and what recalled.

    A journal that cannot be written costs its own copy of the steps, never the review.
    """

    def __init__(self, engine: Engine, journal: Journal, run: str) -> None:
        self._engine = engine
        self._journal = journal
        self._run = run
        self._lost = False

    async def step(
        self,
        name: str,
        effect: Callable[[], Awaitable[T]],
        kept: Kept[T] | None = None,
        *,
        key: str = "",
    ) -> T:
        """See Engine. What an earlier life did is written again: it may have died before."""
        if kept is None:
            return await self._engine.step(name, effect, key=key)
        seen = _Seen(kept)
        value = await self._engine.step(name, effect, seen, key=key)
        await self._copy(name, Recorded(key, seen.data, self._engine.timings[name]))
        return value

    @property
    def timings(self) -> Mapping[str, float]:
        return self._engine.timings

    @property
    def recalled(self) -> frozenset[str]:
        return self._engine.recalled

    async def _copy(self, name: str, recorded: Recorded) -> None:
        if self._lost:
            return
        try:
            await asyncio.to_thread(self._journal.record, self._run, name, recorded)
        except StoreUnusable as error:
            self._lost = True
            _LOG.warning("run %s: its steps are no longer copied, %s", self._run, error)


class _Seen(Generic[T]):
    """A Kept that remembers the data of the one value it is used for."""

    def __init__(self, kept: Kept[T]) -> None:
        self._kept = kept
        self.data: Json = None

    def encode(self, value: T) -> Json:
        self.data = self._kept.encode(value)
        return self.data

    def decode(self, data: Json) -> T:
        self.data = data
        return self._kept.decode(data)

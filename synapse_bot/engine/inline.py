"""InlineEngine: runs each step at once, in this process, times it, and keeps it in a journal."""

from __future__ import annotations

from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import RunOutdated, StoreUnusable
from synapse_bot.domain.workflow import Recorded
from synapse_bot.engine.base import StepRepeated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from synapse_bot.domain.journal import Journal
    from synapse_bot.engine.base import Kept, T


class InlineEngine:
    """``journal`` keeps the steps of ``run``; without one nothing outlives the process.

    ``resumed`` says that an earlier life may have done some: raises StoreUnusable where they
    cannot be read. A journal that cannot be written costs the steps, never the review: ``lost``
    says why.
    """

    def __init__(
        self,
        journal: Journal | None = None,
        run: str = "",
        *,
        resumed: bool = False,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._journal = journal
        self._run = run
        self._clock = clock
        self._names: set[str] = set()
        self._timings: dict[str, float] = {}
        self._recalled: set[str] = set()
        self._known = dict(journal.steps(run)) if journal and resumed else {}
        self.lost = ""

    async def step(
        self,
        name: str,
        effect: Callable[[], Awaitable[T]],
        kept: Kept[T] | None = None,
        *,
        key: str = "",
    ) -> T:
        """See Engine. The time of a step that fails counts too.

        Raises RunOutdated for what an earlier version of the program kept in another form.
        """
        if name in self._names:
            raise StepRepeated(f"the step {name!r} stands twice in one review")
        self._names.add(name)
        known = self._known.get(name)
        if kept is not None and known is not None and known.key == key:
            self._timings[name] = known.seconds
            self._recalled.add(name)
            try:
                return kept.decode(known.data)
            except ValueError as error:
                raise RunOutdated(
                    f"the step {name} of the run {self._run} is recorded in another form"
                ) from error
        began = self._clock()
        try:
            value = await effect()
        finally:
            self._timings[name] = self._clock() - began
        if kept is not None and self._journal is not None:
            recorded = Recorded(key, kept.encode(value), self._timings[name])
            self._keep(self._journal, name, recorded)
        return value

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds by step name, in the order of their end; a view that nobody can change."""
        return MappingProxyType(self._timings)

    @property
    def recalled(self) -> frozenset[str]:
        return frozenset(self._recalled)

    def _keep(self, journal: Journal, name: str, recorded: Recorded) -> None:
        try:
            journal.record(self._run, name, recorded)
        except StoreUnusable as error:
            self.lost = str(error)
            self._journal = None

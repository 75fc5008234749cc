"""The Journal of steps: what a review has done, so that a later life need not do it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from synapse_bot.domain.workflow import Recorded


class Journal(Protocol):
    """Raises StoreUnusable where it cannot be read or written."""

    def recall(self, run: str, step: str) -> Recorded | None:
        """What ``step`` of ``run`` gave; None where it was never finished."""
        ...

    def record(self, run: str, step: str, recorded: Recorded) -> None:
        """Keep what ``step`` gave; the same step again replaces it."""
        ...

    def steps(self, run: str) -> Mapping[str, Recorded]:
        """Every finished step of ``run`` by its name, in the order of recording."""
        ...

    def seconds(self, step: str, limit: int = 50) -> tuple[float, ...]:
        """How long ``step`` took in the newest ``limit`` runs that finished it, newest first."""
        ...

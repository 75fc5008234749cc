"""What a specialist is to the runtime: something that examines an Examination."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from synapse_bot.domain.pathkinds import PathKinds
from synapse_bot.specialist.context.background import Background

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.domain.spec import Route, SpecialistSpec
    from synapse_bot.forge.base import Past
    from synapse_bot.specialist.hints import Hints


async def no_background() -> Background:
    """Nothing is known beside the change."""
    return Background()


@dataclass(frozen=True)
class Examination:
    """What one specialist is asked to examine.

    ``placed`` maps a path of the change to its materialised file; one folder holds one file, so
    that no tool finds configuration beside it. ``texts`` holds the decoded head text by path.
    """

    diff: Diff
    paths: tuple[str, ...]
    route: Route
    deadline_s: float
    placed: Mapping[str, Path]
    texts: Mapping[str, str]
    partial: frozenset[str] = frozenset()  # paths of which only the hunks are known
    scratch: Path | None = None  # a folder of the review's own, for outputs
    languages: Mapping[str, str] = field(default_factory=dict)  # by path, where known
    skimmed: frozenset[str] = frozenset()  # paths that a cheap model may read, if there is one
    kinds: PathKinds = field(default_factory=PathKinds)  # what paths are tests, docs or examples
    hints: Hints | None = None  # what the tools found, for whoever waits for it
    past: Past | None = None  # the base and its history; None where no git has it
    background: Callable[[], Awaitable[Background]] = no_background  # for whoever asks a model


class Specialist(Protocol):
    """Never raises for a broken tool: that is a Failed."""

    @property
    def spec(self) -> SpecialistSpec: ...

    async def examine(self, task: Examination) -> Outcome:
        """All findings wherever they stand, grounded (placement, code, fingerprint set)."""
        ...

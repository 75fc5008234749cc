"""What is on the forge against what should be there. Pure: the forge applies the Delta."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.posting import Delta, ResolveOutdated, SummaryDelta, SummaryMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synapse_bot.domain.posting import Comment, Existing
    from synapse_bot.domain.review import Review

MAX_INLINE = 8


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose comments are ours: both the forge's author id and the marker's instance."""

    author_id: str
    instance: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run did look at; a finding's absence outside of it proves nothing."""

    only: frozenset[str] | None = None
    unread: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()


def reconcile(
    existing: Iterable[Existing],
    wanted: Sequence[Comment],
    owner: Owner,
    *,
    scope: Scope,
    resolve_outdated: ResolveOutdated = ResolveOutdated.ON,
    max_inline: int = MAX_INLINE,
) -> Delta:
    """``wanted`` is every finding of the run, worst first."""
    raise NotImplementedError


def reconcile_summary(
    existing: Iterable[Existing],
    body: str,
    owner: Owner,
    mode: SummaryMode = SummaryMode.EDIT,
) -> SummaryDelta:
    """The one summary comment of ours."""
    raise NotImplementedError


def scope_of(review: Review, only: frozenset[str] | None = None) -> Scope:
    """What ``review`` did look at."""
    raise NotImplementedError

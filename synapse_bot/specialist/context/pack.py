"""Which files go into one call together, and what of the background goes with them.

Files that have to do with each other are reviewed together: one calls what the other defines, or
is its test, or lies in the same folder. The change has first call on the tokens; the background
fills at most half of a call, the most useful first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeVar

from synapse_bot.domain.pathkinds import PathKinds
from synapse_bot.domain.spec import Context
from synapse_bot.llm.tokens import count_tokens
from synapse_bot.specialist.context.related import stem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from synapse_bot.specialist.context.background import Background, Excerpt
    from synapse_bot.specialist.context.guidance import Guide
    from synapse_bot.specialist.context.related import Place
    from synapse_bot.specialist.context.symbols import Symbols

_FRAME = 20  # tokens of the JSON around a text
_NAMESAKES = 3
_TESTED = 1.5  # a file and its test
_SAME_FOLDER = 0.4
_SHARE = 0.5  # of a call, for everything but the change
_GUIDES = 0.25  # of that
_COMMITS = 0.15


class Sized(Protocol):
    @property
    def path(self) -> str: ...

    @property
    def tokens(self) -> int: ...

    @property
    def whole(self) -> bool:
        """Whether every line of the file is shown."""
        ...


T = TypeVar("T", bound=Sized)
P = TypeVar("P")


@dataclass(frozen=True)
class Extras:
    """What a call is told beside the change."""

    related: tuple[Excerpt, ...] = ()
    guides: tuple[Guide, ...] = ()
    title: str = ""
    commits: tuple[str, ...] = ()

    @cached_property
    def tokens(self) -> int:
        texts = (*(guide.text for guide in self.guides), *self.commits)
        title = count_tokens(self.title) if self.title else 0
        return sum(excerpt.tokens for excerpt in self.related) + _count(texts) + title


def bundles(
    files: Iterable[T],
    budget: int,
    symbols: Mapping[str, Symbols] | None = None,
    kinds: PathKinds | None = None,
) -> tuple[tuple[T, ...], ...]:
    """``files`` in calls of at most ``budget`` tokens, related ones together.

    The order of ``files`` does not matter. A file that is larger than a call alone is left out:
    the caller names it.
    """
    fitting = {file.path: file for file in files if file.tokens <= budget}
    paths = sorted(fitting)
    groups = {path: [path] for path in paths}
    for one, two in _ties(paths, symbols or {}, kinds or PathKinds()):
        left, right = groups[one], groups[two]
        if left is not right and _tokens(fitting, (*left, *right)) <= budget:
            left += right
            groups.update(dict.fromkeys(right, left))
    apart = {id(group): group for group in groups.values()}
    return tuple(
        tuple(fitting[path] for path in sorted(bundle))
        for bundle in _filled(list(apart.values()), fitting, budget)
    )


def _filled(
    groups: Iterable[Sequence[str]], files: Mapping[str, Sized], budget: int
) -> list[list[str]]:
    """``groups`` in as few bundles as come of putting each into the first that has room."""
    made: list[list[str]] = []
    sizes: list[int] = []
    for group in groups:
        size = _tokens(files, group)
        at = next((n for n, used in enumerate(sizes) if used + size <= budget), len(made))
        if at == len(made):
            made.append([])
            sizes.append(0)
        made[at] += group
        sizes[at] += size
    return made


def _tokens(files: Mapping[str, Sized], paths: Iterable[str]) -> int:
    return sum(files[path].tokens for path in paths)


def _ties(
    paths: Sequence[str], symbols: Mapping[str, Symbols], kinds: PathKinds
) -> list[tuple[str, str]]:
    """Pairs of ``paths`` that have to do with each other, the closest first."""
    weights: dict[tuple[str, str], float] = {}
    definers: dict[str, list[str]] = {}
    for path in paths:
        for name in symbols[path].defined if path in symbols else ():
            definers.setdefault(name, []).append(path)
    for path in paths:
        for name in symbols[path].used if path in symbols else ():
            for other in definers.get(name, ())[:_NAMESAKES]:
                _tie(weights, path, other, 1 / len(definers[name]))
    for one, two in pairwise(sorted(paths, key=stem)):
        tested = stem(one) == stem(two) and kinds.is_test(one) != kinds.is_test(two)
        _tie(weights, one, two, _TESTED if tested else 0)
    for one, two in pairwise(paths):
        same = PurePosixPath(one).parent == PurePosixPath(two).parent
        _tie(weights, one, two, _SAME_FOLDER if same else 0)
    return sorted(weights, key=lambda pair: (-weights[pair], pair))


def _tie(weights: dict[tuple[str, str], float], one: str, two: str, weight: float) -> None:
    if one != two and weight:
        pair = (min(one, two), max(one, two))
        weights[pair] = weights.get(pair, 0.0) + weight


def extras(
    bundle: Sequence[Sized], wanted: Collection[Context], background: Background, budget: int
) -> Extras:
    """What of ``background`` goes with ``bundle``, in the tokens that the bundle leaves."""
    room = min(budget - sum(file.tokens for file in bundle), int(budget * _SHARE))
    guides: tuple[Guide, ...] = ()
    commits: tuple[str, ...] = ()
    title = ""
    if Context.COMMITS in wanted:
        # Set aside whatever they take: another message does not change what else is told.
        said = int(room * _COMMITS)
        title = background.title if count_tokens(background.title) <= said else ""
        commits = _fitting(background.commits, lambda text: text, said - count_tokens(title))
        room -= said
    if Context.GUIDANCE in wanted:
        guides = _fitting(background.guides, lambda guide: guide.text, int(room * _GUIDES))
        room -= _count(guide.text for guide in guides)
    related = _excerpts(bundle, wanted, background, room)
    return Extras(related, guides, title, commits)


def _fitting(items: Iterable[P], text: Callable[[P], str], room: int) -> tuple[P, ...]:
    found: list[P] = []
    for item in items:
        room -= count_tokens(text(item)) + _FRAME
        if room < 0:
            break
        found.append(item)
    return tuple(found)


def _count(texts: Iterable[str]) -> int:
    return sum(count_tokens(text) + _FRAME for text in texts)


def _excerpts(
    bundle: Sequence[Sized], wanted: Collection[Context], background: Background, room: int
) -> tuple[Excerpt, ...]:
    """The most useful places for ``bundle`` that fit, by path and line; none twice."""
    places = [p for f in bundle for p in background.places.get(f.path, ()) if p.kind in wanted]
    whole = frozenset(file.path for file in bundle if file.whole)
    taken: dict[str, list[Place]] = {}
    found: list[Excerpt] = []
    for place in sorted(places, key=lambda p: (-p.weight, p.path, p.start, p.end, p.of)):
        if _known(place, whole, taken.get(place.path, ())):
            continue
        excerpt = background.excerpt(place)
        if excerpt is not None and excerpt.tokens <= room:
            room -= excerpt.tokens
            found.append(excerpt)
            taken.setdefault(place.path, []).append(place)
    return tuple(sorted(found, key=lambda excerpt: (excerpt.path, excerpt.start)))


def _known(place: Place, whole: Collection[str], taken: Iterable[Place]) -> bool:
    """Whether the call shows ``place`` already: in a whole file, or in another excerpt."""
    if place.path in whole:
        return True
    return any(place.start <= other.end and other.start <= place.end for other in taken)

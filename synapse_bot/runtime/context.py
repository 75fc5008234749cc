"""The background of a change: read once, beside the tools, and only where a model will be asked.

Symbols of the change and an index of its base, the places that help with each changed file, the
team's guidance, and what the author says where that may be told. Whatever cannot be read in time
costs context, never the review.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synapse_bot.config.settings import Describe
from synapse_bot.domain.diff import FileStatus
from synapse_bot.domain.errors import SynapseError
from synapse_bot.domain.globs import any_match
from synapse_bot.forge.base import HasRepository
from synapse_bot.forge.posting import PostingForge
from synapse_bot.specialist.context.background import Background, clean_messages
from synapse_bot.specialist.context.clean import clean_lines
from synapse_bot.specialist.context.grammars import grammar_of
from synapse_bot.specialist.context.guidance import TOP, Guide, guide_paths, guides
from synapse_bot.specialist.context.index import Index, build_index
from synapse_bot.specialist.context.parsing import parse_files
from synapse_bot.specialist.context.related import related

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from synapse_bot.config.settings import Sandbox
    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.pathkinds import PathKinds
    from synapse_bot.forge.base import Past
    from synapse_bot.runtime.survey import Source, Survey
    from synapse_bot.specialist.context.related import Place
    from synapse_bot.specialist.context.symbols import Symbols

_PATIENCE_S = 12.0  # a model's call waits no longer than this for its background
_CHANGED_S = 3.0  # to read the symbols of the changed files
_MOST_FILES = 400  # whose text is given in excerpts
NO_REPOSITORY = "no repository is at hand: models read the changed files and nothing beside them"
ALONE = "models read the changed files alone"
LATE = f"{ALONE}: the repository took too long to read"


class Backdrop:
    """The background of one review: gathered when it is first asked for, once."""

    def __init__(self, survey: Survey, scratch: Path) -> None:
        self._survey, self._scratch = survey, scratch
        self._gathering: asyncio.Task[Background] | None = None

    async def background(self) -> Background:
        """What is known, or as much as there was patience for."""
        if self._gathering is None:
            self._gathering = asyncio.create_task(gather(self._survey, self._scratch))
        try:
            return await asyncio.wait_for(asyncio.shield(self._gathering), _PATIENCE_S)
        except TimeoutError:
            return Background(notes=(LATE,), kinds=self._survey.kinds)

    async def aclose(self) -> None:
        """End what nobody waits for any more."""
        if self._gathering is not None:
            self._gathering.cancel()
            with suppress(asyncio.CancelledError, SynapseError, OSError):
                await self._gathering


async def gather(survey: Survey, scratch: Path) -> Background:
    """The background of ``survey``. What is missing is in its notes."""
    source = survey.source
    if source is None:
        return Background(kinds=survey.kinds)
    head, (title, commits), base = await asyncio.gather(
        _head_symbols(survey, scratch, source.sandbox),
        _told(source),
        _base(survey, source, scratch),
    )
    known = Background(head, {}, {}, base.guides, title, commits, base.notes, survey.kinds)
    try:
        return await asyncio.to_thread(_with_places, known, survey, base.index)
    except (SynapseError, OSError) as error:
        return replace(known, notes=(*known.notes, f"{ALONE}: {error}"))


async def _head_symbols(survey: Survey, scratch: Path, sandbox: Sandbox) -> Mapping[str, Symbols]:
    files = {
        path: content
        for path, content in survey.texts.items()
        if path not in survey.partial and path not in survey.kept_back and grammar_of(path)
    }
    parsed = await parse_files(files, scratch, _CHANGED_S, sandbox) if files else None
    return {path: s for path, s in parsed.symbols.items() if s is not None} if parsed else {}


@dataclass(frozen=True)
class _Base:
    index: Index = field(default_factory=Index)
    guides: tuple[Guide, ...] = ()
    notes: tuple[str, ...] = ()


async def _base(survey: Survey, source: Source, scratch: Path) -> _Base:
    """What the base has to add. A base that cannot be read adds a note."""
    past = survey.past
    if past is None:
        return _Base(guides=await _top_guides(source), notes=(NO_REPOSITORY,))
    told: tuple[Guide, ...] = ()
    try:
        tree = await asyncio.to_thread(past.tree)
        wanted = guide_paths(tree.keys(), [file.path for file in survey.diff.files])
        texts = await asyncio.to_thread(past.texts, wanted)
        told = guides({path: texts[path] for path in wanted if path in texts})
        if not any(map(grammar_of, survey.texts)):  # nothing that an index could help with
            return _Base(guides=told)
        index = await _index(tree, past, source, survey.diff, scratch)
    except (SynapseError, OSError) as error:
        return _Base(guides=told, notes=(f"{ALONE}: {error}",))
    notes = (f"context: {index.left_out} were not read",) if index.left_out else ()
    return _Base(index, told, notes)


def _with_places(known: Background, survey: Survey, base: Index) -> Background:
    """``known`` with the places of ``base`` that help, and their lines."""
    if survey.past is None or not base.files:
        return known
    places = _places(survey.diff, known.symbols, base, survey.kinds)
    return replace(known, places=places, lines=_lines(places, survey, survey.past))


async def _index(
    tree: Mapping[str, str], past: Past, source: Source, diff: Diff, scratch: Path
) -> Index:
    foreign = (*source.kinds.vendored, *source.kinds.generated)

    def own() -> dict[str, str]:
        read = ((path, blob) for path, blob in tree.items() if grammar_of(path))
        return {path: blob for path, blob in read if not any_match(foreign, path)}

    async def read(paths: Sequence[str]) -> Mapping[str, bytes]:
        return await asyncio.to_thread(past.texts, paths)

    return await build_index(
        await asyncio.to_thread(own),
        read,
        near=[file.path for file in diff.files],
        folder=source.cache,
        repository=source.change.repository,
        scratch=scratch,
        sandbox=source.sandbox,
    )


def _places(
    diff: Diff, head: Mapping[str, Symbols], base: Index, kinds: PathKinds
) -> dict[str, tuple[Place, ...]]:
    """What helps with each changed file, of the repository with the change on top."""
    changed = [file for file in diff.files if file.path in head]
    gone = {f.old_path or f.path for f in diff.files if f.status is not FileStatus.COPIED}
    index = base.with_head(head, gone)
    return {
        file.path: related(
            file, head[file.path], base.files.get(file.old_path or file.path), index, kinds
        )
        for file in changed
    }


def _lines(
    places: Mapping[str, Iterable[Place]], survey: Survey, past: Past
) -> dict[str, tuple[str, ...]]:
    """The clean lines of the files that ``places`` lie in, those of the heaviest places first."""
    flat = sorted(
        (place for found in places.values() for place in found), key=lambda p: (-p.weight, p.path)
    )
    wanted = list(dict.fromkeys(place.path for place in flat))[:_MOST_FILES]
    base = past.texts([path for path in wanted if path not in survey.texts])
    texts = {**base, **{path: survey.texts[path] for path in wanted if path in survey.texts}}
    return {path: clean_lines(raw.decode("utf-8", "replace")) for path, raw in texts.items()}


async def _top_guides(source: Source) -> tuple[Guide, ...]:
    """The guidance at the top level, file by file, where there is only an API."""
    found: dict[str, bytes] = {}
    with suppress(SynapseError):
        for path in TOP:
            if (raw := await source.forge.base_text(source.change, path)) is not None:
                found[path] = raw
    return guides(found)


async def _told(source: Source) -> tuple[str, tuple[str, ...]]:
    """(title and description, messages of the commits): the author's words, where they may go."""
    if not await _may_tell(source):
        return "", ()
    messages: tuple[str, ...] = ()
    if isinstance(source.forge, HasRepository) and source.forge.repository is not None:
        with suppress(SynapseError):
            messages = await source.forge.repository.messages(source.change)
    change = source.change
    described = clean_messages([f"{change.title}\n\n{change.body}"])
    return "".join(described), clean_messages(messages)


async def _may_tell(source: Source) -> bool:
    """By the settings; where they leave it open, not for a fork, nor where nobody can tell."""
    match source.describe:
        case Describe.ON:
            return True
        case Describe.OFF:
            return False
        case Describe.AUTO:
            if not isinstance(source.forge, PostingForge):
                return True  # a range of the user's own repository
            try:
                return not (await source.forge.access(source.change)).from_fork
            except SynapseError:
                return False

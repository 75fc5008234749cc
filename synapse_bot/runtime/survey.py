"""The survey: what the change holds, before anyone is asked to examine it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.classifier.triage import KEPT_FROM_COSTLY, triage
from synapse_bot.config.settings import Sandbox
from synapse_bot.domain.coverage import CoverageState, FileCoverage, SkipReason
from synapse_bot.domain.globs import any_match
from synapse_bot.domain.pathkinds import PathKinds
from synapse_bot.forge.base import HasRepository

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.classifier.filekinds import FileKinds
    from synapse_bot.classifier.languages import Languages
    from synapse_bot.config.settings import Describe, Settings
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.history import History
    from synapse_bot.forge.base import Forge, Past


@dataclass(frozen=True)
class Source:
    """Where what stands beside ``change`` is read. ``cache`` keeps symbols for the next run."""

    forge: Forge
    change: Change
    kinds: FileKinds
    describe: Describe
    sandbox: Sandbox = Sandbox.AUTO
    cache: Path | None = None


@dataclass(frozen=True)
class Survey:
    """The diff with the head text of every file that can be read.

    ``kept_back`` holds the files that are not, or not wholly, reviewed, each with its reason.
    Those of them that ``texts`` holds too (generated, vendored, lock files) are shown only to
    specialists that ask for them. Of ``partial`` files only the hunks are known.
    """

    diff: Diff
    texts: Mapping[str, bytes]
    kept_back: Mapping[str, FileCoverage]
    partial: frozenset[str]
    languages: Mapping[str, str]
    kinds: PathKinds = field(default_factory=PathKinds)  # what paths are tests, docs or examples
    notices: tuple[str, ...] = ()
    past: Past | None = None  # the base and its history; None where no git has it
    history: History | None = None  # None where it is not known, as in a shallow clone
    source: Source | None = None  # where what a model is told beside the change comes from


async def survey_change(
    forge: Forge,
    change: Change,
    diff: Diff,
    kinds: FileKinds,
    languages: Languages,
    settings: Settings,
    cache: Path | None = None,
) -> Survey:
    """Reads the head text of every file within the limits; says why of every other.

    ``cache`` is the folder that outlives the review; None keeps nothing.
    """
    past = past_of(forge, change)
    history = asyncio.ensure_future(_history(past, diff))  # git reads on while we do
    over = _over_budget(diff, settings)
    wanted = [file.path for file in diff.files if file.readable and file.path not in over]
    read = await forge.head_texts(change, wanted)
    attributes = await forge.base_text(change, ".gitattributes") or b""
    named = {
        file.path: languages.of(file.path, read[file.path].content if file.path in read else b"")
        for file in diff.files
    }
    limit = settings.limits.max_file_bytes
    kept_back = triage(diff, read, attributes, kinds, named, max_file_bytes=limit) | over
    return Survey(
        diff=diff,
        texts={
            path: text.content
            for path, text in read.items()
            if not text.error and _may_read(kept_back.get(path))
        },
        kept_back=kept_back,
        partial=frozenset(path for path, text in read.items() if not text.complete),
        languages=named,
        kinds=kinds.paths,
        notices=_notices(diff),
        past=past,
        history=await history,
        source=Source(
            forge,
            change,
            kinds,
            settings.models.describe,
            settings.tools.sandbox,
            _symbols(settings, cache),
        ),
    )


def _symbols(settings: Settings, cache: Path | None) -> Path | None:
    folder = Path(settings.tools.cache_dir) if settings.tools.cache_dir else cache
    return folder and folder / "symbols"


async def _history(past: Past | None, diff: Diff) -> History | None:
    return await asyncio.to_thread(past.history, diff) if past is not None else None


def past_of(forge: Forge, change: Change) -> Past | None:
    """What lies behind ``change``, where ``forge`` has a repository at hand."""
    repository = forge.repository if isinstance(forge, HasRepository) else None
    return repository.past(change) if repository is not None else None


def _may_read(kept_back: FileCoverage | None) -> bool:
    """Generated, vendored and lock files stay readable for specialists that ask for them."""
    return kept_back is None or kept_back.reason in KEPT_FROM_COSTLY


def _over_budget(diff: Diff, settings: Settings) -> dict[str, FileCoverage]:
    """Files beyond the budget, and those that the settings exclude."""
    limit = settings.limits.max_files
    over = {
        file.path: FileCoverage(
            file.path, CoverageState.SKIPPED, SkipReason.OVER_BUDGET, f"more than {limit} files"
        )
        for file in diff.files[limit:]
    }
    for file in diff.files:
        if settings.exclude and any_match(settings.exclude, file.path):
            over[file.path] = FileCoverage(
                file.path, CoverageState.SKIPPED, SkipReason.EXCLUDED, "by `exclude`"
            )
    return over


_OWN_CONFIGURATION = (".synapse-bot.yml", "/.synapse-bot/")


def _notices(diff: Diff) -> tuple[str, ...]:
    """What the reader should know of the change itself."""
    if not diff.files:
        return (
            "The diff is empty, so there was nothing to review. --base REF names another base.",
        )
    own = sorted(file.path for file in diff.files if any_match(_OWN_CONFIGURATION, file.path))
    if not own:
        return ()
    return (
        f"This change edits the review's own configuration ({', '.join(own)}); "
        "it takes effect once merged.",
    )

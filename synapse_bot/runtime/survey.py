"""The survey: what the change holds, before anyone is asked to examine it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.classifier.triage import KEPT_FROM_COSTLY, triage
from synapse_bot.domain.coverage import CoverageState, FileCoverage, SkipReason
from synapse_bot.domain.globs import any_match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.classifier.filekinds import FileKinds
    from synapse_bot.classifier.languages import Languages
    from synapse_bot.config.settings import Settings
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.diff import Diff
    from synapse_bot.forge.base import Forge


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
    notices: tuple[str, ...] = ()


async def survey_change(
    forge: Forge,
    change: Change,
    diff: Diff,
    kinds: FileKinds,
    languages: Languages,
    settings: Settings,
) -> Survey:
    """Reads the head text of every file within the limits; says why of every other."""
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
        notices=_notices(diff),
    )


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

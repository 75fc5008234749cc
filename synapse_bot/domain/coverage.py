"""Coverage: every file of the change is reviewed, partly reviewed, or skipped with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapse_bot.domain.diff import FileDiff


class CoverageState(StrEnum):
    REVIEWED = "reviewed"
    PARTIAL = "partial"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why a file is not (fully) reviewed."""

    NONE = ""
    GENERATED = "generated"
    VENDORED = "vendored"
    LOCK_FILE = "lock file"
    BINARY = "binary"
    TOO_LARGE = "too large"
    DELETED = "deleted"
    EXCLUDED = "excluded"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    LFS_POINTER = "LFS pointer"
    HUNKS_ONLY = "only its hunks are known"
    UNPARSED = "its diff could not be parsed"
    UNREADABLE = "its content could not be read"
    NO_CONTENT = "no content change"
    NO_SPECIALIST = "no specialist reads it"
    SPECIALIST_MISSING = "a specialist was skipped"
    SPECIALIST_FAILED = "a specialist failed"
    OVER_BUDGET = "over the budget"
    NOT_PARSED = "not all of it could be parsed"
    PASSED_OVER = "a tool passed it over"
    STOPPED = "a tool stopped before its end"


@dataclass(frozen=True, slots=True)
class FileCoverage:
    path: str
    state: CoverageState
    reason: SkipReason = SkipReason.NONE
    detail: str = ""
    by: tuple[str, ...] = ()  # specialists that examined it
    blobs: str = ""  # see blobs_of

    @property
    def unread(self) -> bool:
        """Whether the gap means that the review is incomplete, rather than by choice."""
        return self.reason in _INCOMPLETE


_INCOMPLETE = frozenset(
    {
        SkipReason.UNPARSED,
        SkipReason.UNREADABLE,
        SkipReason.SPECIALIST_FAILED,
        SkipReason.OVER_BUDGET,
        SkipReason.TOO_LARGE,
        SkipReason.STOPPED,
    }
)

_WHOLE_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def blobs_of(file: FileDiff) -> str:
    """The content of both versions by git's ids, "OLD..NEW": equal means the very same diff.

    "" where an id is not known whole, as in a bare patch: then nothing may be concluded.
    """
    old = "" if file.old_path is None else file.old_blob
    if not _WHOLE_ID.fullmatch(file.new_blob) or (old and not _WHOLE_ID.fullmatch(old)):
        return ""
    return f"{old}..{file.new_blob}" if old or file.old_path is None else ""

"""Coverage: every file of the change is reviewed, partly reviewed, or skipped with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class FileCoverage:
    path: str
    state: CoverageState
    reason: SkipReason = SkipReason.NONE
    detail: str = ""
    by: tuple[str, ...] = ()  # specialists that examined it

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
    }
)

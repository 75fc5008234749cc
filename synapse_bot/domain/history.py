"""What the commits before a change tell of the files that it touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class History:
    """Of the last ``commits`` before the change, and its files of code. Each mapping is by the path
    that the change gives a file, and holds no zeros.

    A fix is a commit whose subject says that it mends something.
    """

    commits: int = 0
    touched: Mapping[str, int] = field(default_factory=dict)  # commits that touched the file
    fixes: Mapping[str, int] = field(default_factory=dict)  # those of them that are fixes
    fixed_lines: Mapping[str, int] = field(default_factory=dict)  # changed lines that a fix wrote
    owners: Mapping[str, tuple[str, ...]] | None = None  # by CODEOWNERS; None where there is none

    @property
    def owner_count(self) -> int | None:
        """How many owners the files have together; None where nothing says who owns what."""
        if self.owners is None:
            return None
        return len({name for names in self.owners.values() for name in names})

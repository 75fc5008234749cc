"""A base in memory: what fixtures and tests give in place of a repository."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.history import History


@dataclass(frozen=True)
class MemoryPast:
    """A Past of these ``files``, without commits."""

    files: Mapping[str, bytes]
    gaps: tuple[str, ...] = field(default=())

    def texts(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        return {path: self.files[path] for path in paths if path in self.files}

    def tree(self) -> Mapping[str, str]:
        return dict.fromkeys(self.files, "")

    def holding(self, words: Sequence[str], suffixes: Sequence[str]) -> tuple[str, ...]:
        if not words:
            return ()
        any_word = "|".join(re.escape(word) for word in words)
        wanted = re.compile(rf"(?<!\w)(?:{any_word})(?!\w)".encode())
        return tuple(
            path
            for path, content in sorted(self.files.items())
            if path.endswith(tuple(suffixes)) and wanted.search(content)
        )

    def history(self, diff: Diff) -> History | None:
        del diff
        return None

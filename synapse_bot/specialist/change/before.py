"""The files of a change as they were, and where on its new side a removed line is spoken of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.diff import FileStatus, LineKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.specialist.base import Examination


def texts_before(task: Examination, paths: Iterable[str]) -> Mapping[str, str]:
    """By the path at the head, the text before the change: "" of an added file.

    A file whose state before is not known, or of which only hunks are known now, is left out.
    """
    files = [task.diff.by_path[p] for p in paths if p in task.diff.by_path]
    files = [file for file in files if file.path not in task.partial]
    old = {f.path: f.old_path for f in files if f.old_path and f.status is not FileStatus.ADDED}
    read = task.past.texts(tuple(old.values())) if task.past and old else {}
    found = {file.path: "" for file in files if file.status is FileStatus.ADDED}
    for path, before in old.items():
        if before in read:
            found[path] = read[before].decode("utf-8", "replace")
    return found


def new_line_of(file: FileDiff, old: int) -> int:
    """The line of the head that stands where line ``old`` of the base stood; 1 where unknown."""
    shift = 0
    for hunk in file.hunks:
        if old < hunk.old_start:
            break
        new = hunk.new_start
        for line in hunk.lines():
            if line.old == old:
                return line.new or max(new, 1)
            new = line.new + 1 if line.new is not None else new
        shift = hunk.new_start + hunk.new_count - hunk.old_start - hunk.old_count
    return max(old + shift, 1)


def nearest_added(file: FileDiff, line: int, reach: int = 30) -> int:
    """The added line nearest to ``line`` and within ``reach`` of it; ``line`` where there is none.

    What a change removed has no line of its own, and is told where the change is seen.
    """
    near = [added for added in file.added_lines if abs(added - line) <= reach]
    return min(near, key=lambda added: (abs(added - line), added), default=line)


def removed_texts(file: FileDiff) -> list[str]:
    return [line.text for line in file.lines() if line.kind is LineKind.REMOVED]

"""A change made of two sets of files: what fixtures of specialists examine."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CONTEXT = 3


def change_between(before: Mapping[str, str], after: Mapping[str, str]) -> Diff:
    """The change from ``before`` to ``after``; files that are equal in both are not in it."""
    paths = dict.fromkeys((*after, *before))
    return Diff(
        tuple(
            _file(path, before.get(path), after.get(path))
            for path in paths
            if before.get(path) != after.get(path)
        )
    )


def _file(path: str, before: str | None, after: str | None) -> FileDiff:
    hunks = tuple(_hunks(_lines(before or ""), _lines(after or "")))
    if before is None:
        return FileDiff(path, None, FileStatus.ADDED, hunks=hunks)
    status = FileStatus.DELETED if after is None else FileStatus.MODIFIED
    return FileDiff(path, path, status, hunks=hunks)


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        body: list[str] = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                body += [f" {line}" for line in old[i1:i2]]
            else:
                body += [f"-{line}" for line in old[i1:i2]]
                body += [f"+{line}" for line in new[j1:j2]]
        first, last = group[0], group[-1]
        old_count, new_count = last[2] - first[1], last[4] - first[3]
        yield Hunk(
            first[1] + (old_count > 0),
            old_count,
            first[3] + (new_count > 0),
            new_count,
            "",
            "\n".join(body),
        )

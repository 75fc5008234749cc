"""Finds the comments that a change adds to silence a tool: nosec, noqa, nosemgrep, and so on.

The tools here run with such comments switched off, so that nothing is lost; that somebody adds
one is still worth a reader's look. The comments are data, in rules/suppressions.yaml.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synapse_bot.config.compiled import compiled
from synapse_bot.config.document import check, parse_document, read_bytes
from synapse_bot.domain.diff import LineKind
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.specialist.output.base import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

RULE = "suppression-added"
_MAX_LINE = 4_000


@dataclass(frozen=True, slots=True)
class Comment:
    """One kind of comment, and the tools that it silences.

    ``needle``, in lower case, is in every text that ``pattern`` matches: looking for it is a
    hundred times cheaper, and most hunks hold none.
    """

    id: str
    needle: str
    pattern: re.Pattern[str]
    silences: str
    severity: str
    confidence: float


@lru_cache(maxsize=8)
def load_comments(path: Path, cache_dir: Path | None = None) -> tuple[Comment, ...]:
    """The kinds of comment declared at ``path``. Raises ConfigInvalid with file:line."""
    raw = read_bytes(path)
    source = f"rules/{path.name}"
    rows: list[list[Any]] = compiled(
        cache_dir, "suppressions", raw, lambda: parse_comments(raw, source), list, list, (__file__,)
    )
    return tuple(
        Comment(name, needle, re.compile(pattern, re.IGNORECASE), *rest)
        for name, needle, pattern, *rest in rows
    )


def parse_comments(raw: bytes, source: str) -> list[list[Any]]:
    """The rows of a suppressions.yaml. Raises ConfigInvalid with ``source``:line."""
    from synapse_bot.specialist.tables import SuppressionsTable

    document = parse_document(raw, source)
    rows = []
    for name, row in check(document, SuppressionsTable).comments.items():
        try:
            re.compile(row.pattern)
        except re.error as error:
            where = document.at(("comments", name, "pattern"))
            raise ConfigInvalid(f"{where}: not a regular expression: {error}") from error
        weight = [row.silences, row.severity, row.confidence]
        rows.append([name, row.needle, row.pattern, *weight])
    return rows


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """A finding for every line that the change adds and that holds such a comment anew."""
    comments = load_comments(place.rules / "suppressions.yaml", place.compiled)
    files = (task.diff.by_path[path] for path in paths if path in task.diff.by_path)
    return tuple(raw for file in files for raw in _of_file(file, comments))


def _of_file(file: FileDiff, comments: Sequence[Comment]) -> Iterator[RawFinding]:
    text = "\n".join(hunk.body for hunk in file.hunks).lower()
    likely = [comment for comment in comments if comment.needle in text]
    if not likely:
        return
    lines = tuple(file.lines())
    removed = Counter(
        (comment.id, match[0])
        for line in lines
        if line.kind is LineKind.REMOVED
        for comment, match in _matches(line.text, likely)
    )
    for line in lines:
        if line.kind is not LineKind.ADDED or line.new is None:
            continue
        for comment, match in _matches(line.text, likely):
            # A line that is only edited or moved keeps its old comment: nothing is added.
            removed[comment.id, match[0]] -= 1
            if removed[comment.id, match[0]] < 0:
                yield _finding(file.path, line.new, comment, match)


def _matches(text: str, comments: Sequence[Comment]) -> Iterator[tuple[Comment, re.Match[str]]]:
    for comment in comments:
        if match := comment.pattern.search(text[:_MAX_LINE]):
            yield comment, match


def _finding(path: str, line: int, comment: Comment, match: re.Match[str]) -> RawFinding:
    return RawFinding(
        path=path,
        line=line,
        end_line=line,
        column=match.start() + 1,
        end_column=match.end() + 1,
        rule=RULE,
        message=f"This change adds `{comment.id}`, which silences {comment.silences}.",
        severity=comment.severity,
        confidence=str(comment.confidence),
    )

"""How a tool itself would mend a finding: from its words to edits, from edits to a Suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_bot.domain.finding import Suggestion
from synapse_bot.specialist.output.base import RawEdit, as_number
from synapse_bot.specialist.output.lookup import every

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_EDITS = 8
_MOST_LINES = 24
_MOST_CHARS = 4_000


def sarif_edits(result: dict[str, Any]) -> tuple[RawEdit, ...]:
    """Of the first of ``fixes`` (SARIF 3.55), where it changes the finding's own file alone."""
    changes = every(result, "fixes[0].artifactChanges[]")
    uris = every(result, "locations[0].physicalLocation.artifactLocation.uri")
    if len(changes) != 1 or not uris or every(changes[0], "artifactLocation.uri") != uris:
        return ()
    return _all(_sarif_edit(replaced) for replaced in every(changes[0], "replacements[]"))


def ruff_edits(item: Any) -> tuple[RawEdit, ...]:
    """Of ruff's ``fix``, where ruff calls it safe."""
    if every(item, "fix.applicability") != ["safe"]:
        return ()
    return _all(_ruff_edit(edit) for edit in every(item, "fix.edits[]"))


def rule_edits(item: Any) -> tuple[RawEdit, ...]:
    """Of ast-grep's ``replacement``, which stands in place of the match; it counts from 0."""
    text = every(item, "replacement")
    places = ("range.start.line", "range.start.column", "range.end.line", "range.end.column")
    numbers = [as_number(found[0]) for place in places if (found := every(item, place))]
    if not text or not isinstance(text[0], str) or len(numbers) != len(places):
        return ()
    line, column, end_line, end_column = (number + 1 for number in numbers)
    edit = _edit(line, column, end_line, end_column, text[0])
    return (edit,) if edit else ()


def suggestion_of(edits: Sequence[RawEdit], lines: Sequence[str]) -> Suggestion | None:
    """The whole lines that ``edits`` change, before and after; None for what does not fit.

    ``lines`` are those of the file. Tools differ in how they count a character beyond the basic
    plane, and in what they make of \\r, so lines with one are left alone.
    """
    if not edits or any(edit.end_line < edit.line for edit in edits):
        return None
    ordered = sorted(edits, key=lambda edit: (edit.line, edit.column))
    first, last = ordered[0].line, max(edit.end_line for edit in ordered)
    if not 1 <= first <= last <= len(lines) or last - first >= _MOST_LINES:
        return None
    old = list(lines[first - 1 : last])
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line) + 1)
    text, made, at = "\n".join(old), "", 0
    for edit in ordered:
        start = starts[edit.line - first] + edit.column - 1
        stop = starts[edit.end_line - first] + edit.end_column - 1
        if edit.end_column == 0:
            stop = starts[edit.end_line - first + 1] - 1
        if not at <= start <= stop <= len(text):
            return None
        made, at = made + text[at:start] + edit.text, stop
    return _trimmed(old, (made + text[at:]).split("\n"))


def _trimmed(old: list[str], new: list[str]) -> Suggestion | None:
    """Without the equal lines at both ends; one stays beside what is only inserted."""
    while len(old) > 1 and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while len(old) > 1 and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    before, after = "\n".join(old), "\n".join(new)
    fits = before.strip() and len(before) + len(after) <= _MOST_CHARS
    plain = "\r" not in before + after and max(before + after, default="") <= "\uffff"
    return Suggestion(before, after) if before != after and fits and plain else None


def _all(edits: Any) -> tuple[RawEdit, ...]:
    """All of them or none: half a fix is no fix."""
    made = tuple(edits)
    return made if None not in made and len(made) <= _MOST_EDITS else ()


def _sarif_edit(replaced: Any) -> RawEdit | None:
    region = every(replaced, "deletedRegion")
    text = every(replaced, "insertedContent.text") or [""]
    if not region or not isinstance(region[0], dict) or not isinstance(text[0], str):
        return None
    line = as_number(region[0].get("startLine"))
    end = as_number(region[0].get("endLine")) or line
    column = as_number(region[0].get("startColumn")) or 1
    return _edit(line, column, end, as_number(region[0].get("endColumn")), text[0])


def _ruff_edit(edit: Any) -> RawEdit | None:
    places = ("location.row", "location.column", "end_location.row", "end_location.column")
    numbers = [as_number(found[0]) for place in places if (found := every(edit, place))]
    text = every(edit, "content")
    if len(numbers) != len(places) or 0 in numbers or not text or not isinstance(text[0], str):
        return None
    return _edit(numbers[0], numbers[1], numbers[2], numbers[3], text[0])


def _edit(line: int, column: int, end_line: int, end_column: int, text: str) -> RawEdit | None:
    if not 1 <= line <= end_line or len(text) > _MOST_CHARS:
        return None
    return RawEdit(line, column, end_line, end_column, text.replace("\r\n", "\n"))

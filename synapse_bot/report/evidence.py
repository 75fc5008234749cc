"""The source lines of a finding with their numbers: no line of the change starts a line of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.diff import Side
from synapse_bot.domain.visible import visible
from synapse_bot.report.sanitise import clip

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Finding, Suggestion

MAX_LINES = 12
MAX_COLUMNS = 160


def numbered(code: str, start_line: int) -> list[str]:
    """``12 | text`` for each line of ``code``, cut to MAX_LINES and MAX_COLUMNS."""
    lines = source_lines(code)
    width = len(str(start_line + len(lines) - 1))
    shown = [
        f"{number:>{width}} | {text}".rstrip()
        for number, text in enumerate(lines[:MAX_LINES], start=start_line)
    ]
    if len(lines) > MAX_LINES:
        shown.append(f"{'':>{width}} | … {len(lines) - MAX_LINES} more lines")
    return shown


def source_lines(code: str) -> list[str]:
    """Lines split on \\n only, tabs as four spaces, everything invisible made visible."""
    lines = code.removesuffix("\n").split("\n")
    return [clip(visible(line[: 2 * MAX_COLUMNS]).expandtabs(4), MAX_COLUMNS) for line in lines]


def whole_line_suggestion(finding: Finding) -> Suggestion | None:
    """The suggestion where it replaces the finding's lines as a whole and hides nothing.

    A viewer offers it with one click: what a reader cannot see must not be in it.
    """
    suggestion = finding.suggestion
    if suggestion is None or finding.location.side is not Side.NEW:
        return None
    whole = suggestion.old == finding.code and finding.code != ""
    return suggestion if whole and visible(suggestion.new) == suggestion.new else None

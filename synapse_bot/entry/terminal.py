"""What the terminal can show: width, colour; and notes to the person at it."""

from __future__ import annotations

import os
import shutil
import sys

from synapse_bot.report.base import RenderOptions


def colourful() -> bool:
    """Whether stdout is a terminal that wants colour (https://no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def options_for(max_findings: int) -> RenderOptions:
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    return RenderOptions(max_findings=max_findings, width=width, color=colourful())


def say(note: str) -> None:
    """A note on stderr, so that stdout holds the review alone."""
    print(note, file=sys.stderr)

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


def options_for(max_findings: int, *, arguments: bool = False) -> RenderOptions:
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    return RenderOptions(max_findings, width=width, color=colourful(), arguments=arguments)


def show_text(text: str, *, color: bool) -> None:
    """``text`` on stdout. A reader that has left (head, less) changes nothing of the outcome."""
    import click

    try:
        click.echo(text, nl=False, color=color)
        sys.stdout.flush()
    except BrokenPipeError:
        leave_stdout()


def leave_stdout() -> None:
    """Point stdout at nothing: what is left in its buffer must not fail when it is flushed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(note: str) -> None:
    """A note on stderr, so that stdout holds the review alone."""
    from synapse_bot.entry.annotations import harmless_line

    for line in note.split("\n"):
        print(harmless_line(line), file=sys.stderr)

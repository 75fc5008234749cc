"""Writes docs/cli.md from the command line's own --help; `--check` only compares.

The help of every verb is what click prints, so that the page cannot say what the program does not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from synapse_bot.entry.main import cli

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
_WIDTH = 88  # what a code block of the site shows without scrolling
_HEAD = """\
# Command line

<!-- Written by scripts/cli_page.py from --help; `make docs` renews it. -->
"""


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """``command`` and everything below it, depth first, in the order of --help."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from commands(below, _context(below, name, context))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    settings: dict[str, Any] = {**command.context_settings}
    settings |= {"terminal_width": _WIDTH, "max_content_width": _WIDTH}
    return click.Context(command, info_name=name, parent=parent, **settings)


def page() -> str:
    """The whole page: one section a verb, one below it for each of its own verbs."""
    parts = [_HEAD]
    for context in commands(cli, _context(cli, "synapse-bot", None)):
        depth = context.command_path.count(" ")
        title = context.command_path
        parts.append(f"{'#' * max(2, min(depth + 1, 3))} {title}\n")
        text = "\n".join(line.rstrip() for line in context.get_help().splitlines())
        parts.append(f"```text\n{text}\n```\n")
    return "\n".join(parts)


def main() -> int:
    wanted = page()
    if "--check" in sys.argv[1:]:
        current = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
        if current != wanted:
            sys.stderr.write("docs/cli.md is not what --help says: run `make docs`\n")
            return 1
        return 0
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

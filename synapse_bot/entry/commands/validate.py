"""`synapse-bot validate`: check configuration files, each fault as file:line with a hint."""

from __future__ import annotations

from pathlib import Path

import click

from synapse_bot.domain.errors import ExitCode
from synapse_bot.entry.terminal import say

_EPILOG = """\b
Examples:
  synapse-bot validate                                this repository and the shipped files
  synapse-bot validate .synapse-bot.yml
  synapse-bot validate --quiet .synapse-bot/          faults only, for a hook
"""


@click.command(epilog=_EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("-q", "--quiet", is_flag=True, help="Faults only.")
def command(paths: tuple[Path, ...], quiet: bool) -> int:
    """Check configuration files; exit 2 when one has a fault.

    PATH is a file, or a folder: of a repository, its .synapse-bot.yml and .synapse-bot/ are
    checked. Without PATH that is the repository around here, and the shipped declarations.

    The files are checked as they lie on the disk. A review reads them at the base revision.
    """
    from synapse_bot.entry.validation import files_of, shipped_files, summary, validate_files
    from synapse_bot.report.sanitise import one_line

    root = Path()
    if paths:
        files = [file for path in paths for file in files_of(path)]
    else:
        root = repository_root(Path.cwd())
        files = [*own_files(root), *shipped_files()]
    found = validate_files(files, root)
    for fault in found.faults:
        click.echo(one_line(fault))  # keys of a stranger's file must not drive the terminal
    if not quiet:
        for note in found.notes:
            say(one_line(f"note: {note}"))
        say(summary(found))
    return ExitCode.USAGE if found.faults else ExitCode.PASS


def own_files(root: Path) -> list[Path]:
    from synapse_bot.config.layers import REPOSITORY_FILE, REPOSITORY_FOLDER
    from synapse_bot.entry.validation import files_of

    there = (root / REPOSITORY_FILE).exists() or (root / REPOSITORY_FOLDER).is_dir()
    return files_of(root) if there else []


def repository_root(start: Path) -> Path:
    """The folder that holds ``.git``, from ``start`` upwards; ``start`` where there is none."""
    return next((path for path in (start, *start.parents) if (path / ".git").exists()), start)

"""`synapse-bot init`: write a commented .synapse-bot.yml and a CI job. Never overwrites."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from synapse_bot.domain.errors import SynapseError
from synapse_bot.entry.commands.validate import repository_root
from synapse_bot.entry.files import write_whole
from synapse_bot.entry.options import repo_option

Ci = Literal["github", "gitlab", "none"]

GITHUB_FILE = ".github/workflows/synapse-bot.yml"
GITLAB_FILE = ".gitlab-ci.yml"
GITLAB_INCLUDED = ".gitlab/synapse-bot.yml"


class FilesExist(SynapseError):
    hint = "Remove them first, or write over them with --force."


_EPILOG = """\b
Examples:
  synapse-bot init                        settings, and the CI job that fits the remote
  synapse-bot init --ci gitlab
  synapse-bot init --ci none --force      the settings alone, anew
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab", "none"]),
    help="Which CI to write a job for. [default: what the repository uses]",
)
@click.option("--force", is_flag=True, help="Write over files that exist.")
@repo_option
def command(ci: Ci | None, force: bool, start: Path) -> None:
    """Write a commented .synapse-bot.yml and a CI job that reviews every change.

    Everything in the settings file is commented out: a review works without it. On a terminal
    it asks before it writes; elsewhere it asks nothing.
    """
    root = repository_root(start.resolve())
    files = planned(root, ci or guess_ci(root))
    there = [name for name in files if (root / name).exists()]
    if there and not force:
        raise FilesExist(f"not written, since these exist already: {', '.join(there)}")
    if sys.stdin.isatty() and sys.stdout.isatty():
        click.echo(f"To be written in {root}:\n  " + "\n  ".join(files))
        click.confirm("Go on?", default=True, abort=True)
    for name, text in files.items():
        write_whole(root / name, text)
        click.echo(f"written: {name}")
    if GITLAB_INCLUDED in files:
        click.echo(f"Add to {GITLAB_FILE}:\n  include:\n    - local: {GITLAB_INCLUDED}")
    click.echo("Next: synapse-bot review")


def planned(root: Path, ci: Ci) -> dict[str, str]:
    """The files to write, by their path below ``root``."""
    from synapse_bot.config.layers import REPOSITORY_FILE
    from synapse_bot.config.templates import github_workflow, gitlab_job, settings_template

    files = {REPOSITORY_FILE: settings_template()}
    match ci:
        case "github":
            files[GITHUB_FILE] = github_workflow()
        case "gitlab":
            # A pipeline that exists is not ours to change: the job goes beside it.
            name = GITLAB_INCLUDED if (root / GITLAB_FILE).exists() else GITLAB_FILE
            files[name] = gitlab_job()
        case "none":
            pass
    return files


def guess_ci(root: Path) -> Ci:
    """The forge by its files, then by the remote's address in .git/config; else GitHub."""
    if (root / ".github").is_dir():
        return "github"
    if (root / GITLAB_FILE).exists() or (root / ".gitlab").is_dir():
        return "gitlab"
    config = root / ".git" / "config"
    text = config.read_text(encoding="utf-8", errors="replace") if config.is_file() else ""
    urls = [line for line in text.split("\n") if line.strip().startswith("url")]
    return "gitlab" if any("gitlab" in url for url in urls) else "github"

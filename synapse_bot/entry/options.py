"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path

import click

repo_option = click.option(
    "--repo",
    "start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=".",
    metavar="DIR",
    help="A folder inside the repository (default: here).",
)

"""`synapse-bot post`: the second stage of a fork's review, with a token that may write."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot.domain.errors import ExitCode
from synapse_bot.entry.options import repo_option

if TYPE_CHECKING:
    from synapse_bot.runtime.publish import Published
    from synapse_bot.runtime.request import Asked
    from synapse_bot.runtime.secondhand import Artefact

_EPILOG = """\b
Examples:
  synapse-bot post review/synapse-review.json --head "$HEAD_SHA"
  synapse-bot post synapse-review.json --head 1f0c… --forge gitlab

\b
In a workflow on `workflow_run`, HEAD_SHA is ${{ github.event.workflow_run.head_sha }}.
Nothing of the change is checked out or run; see docs/github.md for the whole workflow.
"""
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@click.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--head",
    required=True,
    metavar="SHA",
    help="The head that was reviewed, from a trusted place: it must be that of the request.",
)
@click.option(
    "--forge",
    type=click.Choice(["github", "gitlab"]),
    default="github",
    show_default=True,
    help="Where the request is.",
)
@click.option("--repository", default="", metavar="OWNER/NAME", help="Where it is.")
@click.option("--api-url", default="", metavar="URL", help="The API of one's own instance.")
@click.option("--instance", metavar="NAME", help="Tells bots apart that post as one user.")
@repo_option
def command(
    file: Path,
    head: str,
    forge: str,
    repository: str,
    api_url: str,
    instance: str | None,
    start: Path,
) -> int:
    """Post a review from FILE, the audit JSON that a job without a token wrote.

    The number of the request is in FILE, and is believed only where the forge says that the
    request's head is SHA. The review is posted as hearsay: it sets no check and resolves nothing,
    since whoever opened the request may have written FILE.
    """
    from synapse_bot.entry.terminal import say
    from synapse_bot.runtime.secondhand import read_artefact

    if not _SHA.fullmatch(head):
        raise click.UsageError("--head takes a whole commit id, of 40 or 64 hex digits.")
    artefact = read_artefact(file.read_bytes(), str(file))
    asked = _asked(forge, artefact.number, repository, api_url, instance, start)
    published = _post(artefact, head, asked)
    from synapse_bot.entry.conduct import told

    say(told(published))
    return ExitCode.PASS if published.posted else ExitCode.USAGE


def _asked(
    forge: str, number: int, repository: str, api_url: str, instance: str | None, start: Path
) -> Asked:
    from synapse_bot.entry.selectors import selected_request

    return selected_request(
        {
            ("pr" if forge == "github" else "mr"): number,
            "repository": repository,
            "api_url": api_url,
            "instance": instance,
            "start": start,
        }
    )


def _post(artefact: Artefact, head: str, asked: Asked) -> Published:
    from synapse_bot.entry.host import read_host, scratch_home
    from synapse_bot.runtime.secondhand import post_secondhand
    from synapse_bot.wiring.forges import open_outlet
    from synapse_bot.wiring.parts import open_parts

    async def run(scratch: Path) -> Published:
        parts = await open_parts(asked, read_host(), scratch, lambda event: None)
        assert asked.remote is not None
        outlet = open_outlet(asked.remote, parts.change)
        return await post_secondhand(artefact, head, parts, outlet)

    with tempfile.TemporaryDirectory(prefix="synapse-bot-", dir=scratch_home()) as scratch:
        return asyncio.run(run(Path(scratch)))

"""`synapse-bot respond`: answer commands in the comments of a pull or merge request."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synapse_bot.domain.errors import ExitCode
from synapse_bot.entry.options import repo_option

if TYPE_CHECKING:
    from synapse_bot.runtime.request import Asked, Host
    from synapse_bot.runtime.respond import Handled, Heard, Tell
    from synapse_bot.runtime.review import Parts

_EPILOG = """\b
Examples:
  synapse-bot respond --pr 123 --comment 1765432109                   on `issue_comment`
  synapse-bot respond --pr 123 --comment 1765432109 --review-comment  on a comment on the diff
  synapse-bot respond --mr 45                         every unanswered command, on a schedule

\b
Commands: /synapse review [full], explain ID, ignore ID reason, false-positive ID reason, help.
Only people who may write to the repository are answered; see docs/commands.md.
"""


@click.command(epilog=_EPILOG)
@click.option("--pr", type=click.IntRange(1), metavar="N", help="A GitHub pull request.")
@click.option("--mr", type=click.IntRange(1), metavar="IID", help="A GitLab merge request.")
@click.option(
    "--comment",
    type=click.IntRange(1),
    default=None,
    metavar="ID",
    help="Answer this comment alone (default: every unanswered command).",
)
@click.option(
    "--review-comment", is_flag=True, help="The comment of --comment is on the diff (GitHub)."
)
@click.option(
    "--repository",
    default="",
    metavar="OWNER/NAME",
    help="Where --pr or --mr is (default: the CI's, else that of the remote origin).",
)
@click.option("--api-url", default="", metavar="URL", help="The API of one's own instance.")
@click.option("--only", multiple=True, metavar="ID", help="Run only this specialist (repeatable).")
@click.option("--skip", multiple=True, metavar="ID", help="Do not run this one (repeatable).")
@click.option("--route", type=click.Choice(["fast", "deep"]), help="Override the classification.")
@click.option("--instance", metavar="NAME", help="Tells bots apart that post as one user.")
@repo_option
def command(comment: int | None, review_comment: bool, **options: Any) -> int:
    """Answer commands in the comments of a pull or merge request, each once.

    A comment is read from the forge, and obeyed where its author is a person whom the forge says
    may write to the repository. Nothing in a comment can configure a review.
    """
    if (options["pr"] is None) == (options["mr"] is None):
        raise click.UsageError("Give --pr or --mr.")
    if review_comment and comment is None:
        raise click.UsageError("--review-comment takes --comment.")
    from synapse_bot.entry.selectors import selected_request
    from synapse_bot.entry.terminal import say
    from synapse_bot.runtime.respond import Heard

    handled = _respond(selected_request(options), Heard(comment or 0, review_comment))
    for one in handled:
        say(f"{one.outcome}: {one.note}")
    if not handled:
        say("no command to answer")
    return ExitCode.PASS


def _respond(asked: Asked, heard: Heard) -> tuple[Handled, ...]:
    from synapse_bot.entry.host import read_host, scratch_home
    from synapse_bot.runtime.respond import respond
    from synapse_bot.wiring.forges import open_outlet
    from synapse_bot.wiring.parts import open_parts

    host = read_host()

    async def run(home: Path) -> tuple[Handled, ...]:
        async def opened(full: bool) -> Parts:
            options = {**asked.options, **({"review.incremental": False} if full else {})}
            scratch = Path(tempfile.mkdtemp(dir=home))
            return await open_parts(
                replace(asked, options=options), host, scratch, lambda event: None
            )

        parts = await opened(False)
        assert asked.remote is not None
        outlet = open_outlet(asked.remote, parts.change)
        return await respond(parts, outlet, heard, opened, _teller(host, asked))

    with tempfile.TemporaryDirectory(prefix="synapse-bot-", dir=scratch_home()) as home:
        return asyncio.run(run(Path(home)))


def _teller(host: Host, asked: Asked) -> Tell:
    """Who keeps what people say of findings; nobody where nothing can be recorded."""
    from synapse_bot.domain.errors import StoreUnusable
    from synapse_bot.wiring.records import open_records

    try:
        return open_records(host, asked.start).tell
    except StoreUnusable:
        return lambda feedback: None

"""The command line. Verbs are imported when they are called, so that ``--help`` stays instant."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import TYPE_CHECKING

import click

from synapse_bot import __version__
from synapse_bot.entry.door import enter

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = "synapse_bot.entry.commands"

# verb -> (module, one line for --help); the order is the order of --help
VERBS: dict[str, tuple[str, str]] = {
    "review": ("review", "Review a change and print one consolidated review."),
    "post": ("post", "Post a review that a job without a token wrote down."),
    "respond": ("respond", "Answer commands in the comments of a request."),
    "plan": ("plan", "Show what a review would run and why; runs nothing."),
    "runs": ("runs", "List and show recorded reviews."),
    "breakers": ("breakers", "Show what is left alone for a while after failures, and reset it."),
    "serve": ("serve", "Take webhooks of GitHub and GitLab into the queue of a fleet."),
    "worker": ("worker", "Work on the queue of a fleet."),
    "queue": ("queue", "Add to the queue of a fleet, and list it."),
    "specialists": ("specialists", "List, show, create and test specialists."),
    "tools": ("tools", "List and install the analysers that specialists run."),
    "models": ("models", "List models and prices; serve a tiny one without a key."),
    "init": ("init", "Write a commented configuration and a CI workflow."),
    "validate": ("validate", "Check configuration files: errors as file:line with a hint."),
    "config": ("config", "Show the effective settings with their origin, or the schemas."),
    "doctor": ("doctor", "Check this machine and repository, and say what to do."),
}

_EPILOG = """\b
Examples:
  synapse-bot review                          this branch against the default branch
  synapse-bot review --staged                 what is about to be committed
  synapse-bot review --base v1.0 --head main --fail-on high
  git diff | synapse-bot review --diff -
  synapse-bot plan --format mermaid           what would run, and why

\b
Exit codes of review:
  0 pass   1 findings at or above --fail-on   2 usage or configuration
  3 incomplete (never a pass)   4 a bug of ours   130 interrupted
"""


class LazyGroup(click.Group):
    """A group that knows its verbs' names and summaries without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"{_COMMANDS}.{VERBS[cmd_name][0]}")
        command: click.Command = module.command
        command.name = cmd_name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, summary) for verb, (_, summary) in VERBS.items()])


@click.group(
    cls=LazyGroup,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="synapse-bot")
def cli() -> None:
    """One consolidated, negotiated code review from declarative specialists.

    Static analysers examine a change side by side; their findings are negotiated into one
    review with a verdict, its coverage and a record. Useful without a key or a server.
    """


def main(argv: Sequence[str] | None = None) -> None:
    """The console script: run the command line and exit with the contract's code."""
    # Most of what a review makes stays to its end: imports, trees, findings. Looking for garbage
    # after every 700 new objects, Python's default, was an eighth of what the Python checks cost.
    gc.set_threshold(2_000, 10, 10)
    sys.exit(enter(cli, list(sys.argv[1:] if argv is None else argv)))

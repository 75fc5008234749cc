"""`synapse-bot runs resume|cancel|replay|fork`: going on with a recorded review, or again."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot.entry.options import repo_option

if TYPE_CHECKING:
    from synapse_bot.domain.workflow import Workflow
    from synapse_bot.runtime.request import Remote
    from synapse_bot.wiring.records import Records

_RESUME = """\b
Examples:
  synapse-bot runs list                       an interrupted run is listed as interrupted
  synapse-bot runs resume 20261124-1512       go on where it stopped
  synapse-bot runs resume 20261124-1512 --deadline 8m
"""
_REPLAY = """\b
Examples:
  synapse-bot runs replay 20261124-1512                          the same again: no difference
  synapse-bot runs replay 20261124-1512 --config strict.yml      what other settings make of it
  synapse-bot runs replay 20261124-1512 --from examine:security  with this specialist run anew
"""


@click.command(epilog=_RESUME)
@repo_option
@click.argument("id_prefix")
@click.option("--deadline", metavar="TIME", help="A new deadline from now on, e.g. 8m.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no notes; the review alone.")
@click.option("-v", "--verbose", is_flag=True, help="Say on stderr what happens, as it happens.")
def resume(start: Path, id_prefix: str, deadline: str | None, quiet: bool, verbose: bool) -> int:
    """Go on with a review that was interrupted: what it had finished is not done again.

    Refused for a run that is alive or over, and where the version, the configuration or the change
    is another one by now. Its deadline is still the one it began with, unless --deadline gives it
    a new one.
    """
    from synapse_bot.entry.commands.review import exit_code, show
    from synapse_bot.entry.conduct import carry_out
    from synapse_bot.entry.host import read_host
    from synapse_bot.wiring.making import taken_up
    from synapse_bot.wiring.records import open_records

    host = read_host()
    records = open_records(host, start)
    run, given_s = find(records, id_prefix), _deadline_s(deadline)
    with taken_up(run, records, with_token, given_s) as taken:
        conducted = carry_out(
            lambda scratch, emit: taken.work(host, scratch, emit),
            records,
            quiet=quiet,
            verbose=verbose,
        )
    show(conducted, ("terminal",), None, quiet=quiet, verbose=verbose)
    return exit_code(conducted.review, conducted.settings.gate)


@click.command()
@repo_option
@click.argument("id_prefix")
@click.option("--why", default="", metavar="TEXT", help="Kept in the record.")
def cancel(start: Path, id_prefix: str, why: str) -> None:
    """Stop a review that is under way, here or on another machine; its tools are ended.

    It learns so within two seconds, and before it posts. A run that is over stays as it is.
    """
    from synapse_bot.domain.errors import RunEnded
    from synapse_bot.entry.host import read_host
    from synapse_bot.wiring.records import open_records

    records = open_records(read_host(), start)
    workflow = find(records, id_prefix)
    if not records.workflows.cancel(workflow.id, time.time(), why or "by a person"):
        raise RunEnded(f"the run {workflow.id} is over")
    click.echo(f"cancelled: {workflow.id}", err=True)


@click.command(epilog=_REPLAY)
@repo_option
@click.argument("id_prefix")
@click.option("--from", "from_step", metavar="STEP", help="Do this step, and what follows, anew.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A settings file of your own; wins over the repository's.",
)
@click.option("--json", "as_json", is_flag=True, help="The audit of the replay instead.")
def replay(
    start: Path, id_prefix: str, from_step: str | None, config_file: Path | None, as_json: bool
) -> None:
    """Make a recorded review again, and print what differs. No model is asked; nothing is kept.

    What the record holds is taken from it. STEP is one of change, plan, carry, examine, debate, or
    examine:ID for one specialist.
    """
    from synapse_bot.report.audit import render_audit
    from synapse_bot.report.difference import render_difference

    before, after = _again(start, id_prefix, from_step, config_file, keep=False)
    click.echo(render_audit(after) if as_json else render_difference(before, after), nl=False)


@click.command()
@repo_option
@click.argument("id_prefix")
@click.option("--from", "from_step", metavar="STEP", help="Do this step, and what follows, anew.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A settings file of your own; wins over the repository's.",
)
def fork(start: Path, id_prefix: str, from_step: str | None, config_file: Path | None) -> None:
    """As replay, kept as a run of its own, which `runs show` prints. No model is asked."""
    from synapse_bot.report.difference import render_difference

    before, after = _again(start, id_prefix, from_step, config_file, keep=True)
    click.echo(render_difference(before, after), nl=False)
    click.echo(f"recorded: synapse-bot runs show {after.id}", err=True)


def _again(start: Path, prefix: str, step: str | None, config: Path | None, *, keep: bool):  # type: ignore[no-untyped-def]
    """(the recorded review, the one that is made now)"""
    import asyncio
    import tempfile

    from synapse_bot.entry.host import read_host, scratch_home
    from synapse_bot.wiring.records import open_records
    from synapse_bot.wiring.replay import make_again

    host = read_host()
    records = open_records(host, start)
    workflow = find(records, prefix)
    with tempfile.TemporaryDirectory(prefix="synapse-bot-", dir=scratch_home()) as scratch:
        return asyncio.run(
            make_again(
                workflow,
                records,
                host,
                Path(scratch),
                with_token,
                from_step=step or "",
                config=config,
                keep=keep,
            )
        )


def find(records: Records, id_prefix: str) -> Workflow:
    """The run that is meant. Raises UsageError where none or several are."""
    workflow = records.workflows.find(id_prefix)
    if workflow is None:
        raise click.UsageError(
            f"No one run begins with {id_prefix!r}. See `synapse-bot runs list`."
        )
    return workflow


def with_token(remote: Remote) -> Remote:
    """``remote`` with the token and the certificates of this process."""
    from synapse_bot.entry.remotes import RemoteOptions, remote_of

    options = RemoteOptions(remote.number, remote.repository, remote.api_url)
    found = remote_of(remote.forge, options, remote.repository)
    return replace(remote, token=found.token, job_token=found.job_token, transport=found.transport)


def _deadline_s(text: str | None) -> float | None:
    if text is None:
        return None
    from synapse_bot.config.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.UsageError(f"--deadline: {error}") from error

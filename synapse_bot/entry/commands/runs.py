"""`synapse-bot runs`: list recorded reviews, and show one again in any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot.entry.commands.runs_lives import cancel, fork, replay, resume
from synapse_bot.entry.commands.runs_prune import prune
from synapse_bot.entry.options import repo_option
from synapse_bot.report.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.review import Review
    from synapse_bot.store.base import Run, Store
    from synapse_bot.wiring.records import Records

_COLUMNS = ("id", "started", "verdict", "findings", "route", "seconds", "change")
_REF_LIMIT = 60


@click.group()
def command() -> None:
    """List and show recorded reviews.

    Each review records its audit in the repository's git folder; outside a repository, under
    XDG_STATE_HOME.
    """


@command.command("list")
@repo_option
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for scripts.")
def list_runs(start: Path, limit: int, as_json: bool) -> None:
    """The newest runs first, those that are under way or were interrupted too."""
    from synapse_bot.report.sanitise import without_commands

    records = open_history(start)
    runs = newest(unfinished(records, limit), records.runs.runs(limit)) if records else ()
    runs = runs[:limit]
    if as_json:
        click.echo(as_array(runs), nl=False)
    elif runs:
        click.echo(without_commands(table([_cells(run) for run in runs])))
    else:
        click.echo("no runs are recorded here; `synapse-bot review` records one", err=True)


@command.command()
@repo_option
@click.argument("id_prefix", required=False)
@click.option(
    "--format", "format_", type=click.Choice(list(FORMATS)), default="terminal", show_default=True
)
def show(start: Path, id_prefix: str | None, format_: str) -> None:
    """Render the run whose id begins with ID_PREFIX again; the newest one without it.

    Of a run without a review yet, and of one that failed, it prints the timeline.
    """
    from synapse_bot.entry.terminal import options_for
    from synapse_bot.report.base import DEFAULTS

    records = open_history(start)
    if records and id_prefix and format_ == "terminal":
        words = without_review(records, id_prefix)
        if words:
            click.echo(words, nl=False)
            return
    audit = find_audit(records.runs if records else None, id_prefix)
    if format_ == "json":
        click.echo(audit, nl=not audit.endswith("\n"))
        return
    options = options_for(DEFAULTS.max_findings)
    review = _parsed(audit)
    click.echo(FORMATS[format_].render(review, options), nl=False, color=options.color)
    if records and format_ == "terminal" and (lived := timeline(records, review.id)):
        click.echo(f"\nTimeline\n{lived}", nl=False)


for verb in (resume, cancel, replay, fork, prune):
    command.add_command(verb)


def open_history(start: Path) -> Records | None:
    """What is recorded of the repository around ``start``, to be read; None where nothing is."""
    from synapse_bot.entry.host import read_host
    from synapse_bot.wiring.records import open_records_to_read

    return open_records_to_read(read_host(), start)


def newest(unfinished: Sequence[Run], finished: Sequence[Run]) -> tuple[Run, ...]:
    """All of them, the newest first. A review that was recorded, and its run then cancelled, is
    listed once."""
    known = {run.id for run in finished}
    runs = [*(run for run in unfinished if run.id not in known), *finished]
    return tuple(sorted(runs, key=lambda run: run.started_at, reverse=True))


def unfinished(records: Records, limit: int) -> tuple[Run, ...]:
    """Runs without a review yet: running, interrupted, cancelled or failed."""
    from datetime import UTC, datetime

    from synapse_bot.domain.errors import StoreUnusable
    from synapse_bot.domain.workflow import WorkflowState
    from synapse_bot.store.base import Run

    try:
        workflows = records.workflows.list(limit=limit)
    except StoreUnusable:  # written by an earlier version, and not to be written now
        workflows = ()
    found = []
    for workflow in workflows:
        if workflow.state is WorkflowState.DONE:
            continue
        word = records.word(workflow)
        at = datetime.fromtimestamp(workflow.started_at, UTC).isoformat(timespec="seconds")
        found.append(Run(workflow.id, workflow.change_key, workflow.ref, "", word, 0, at, 0.0, ""))
    return tuple(found)


def without_review(records: Records, id_prefix: str) -> str:
    """How the one run stands whose id begins so and which has no review; "" where there is none."""
    from synapse_bot.domain.errors import StoreUnusable
    from synapse_bot.domain.redaction import redact
    from synapse_bot.report.sanitise import one_line, without_commands

    try:
        run = records.workflows.find(id_prefix)
    except StoreUnusable:
        return ""
    if run is None or records.runs.audit(run.id) is not None:
        return ""
    why = f": {run.why}" if run.why else ""
    head = one_line(redact(f"{run.id} of {run.ref} is {records.word(run)}{why}"), 500)
    return without_commands(f"{head}\n\nTimeline\n{timeline(records, run.id)}")


def timeline(records: Records, run: str) -> str:
    """What the ledger tells of ``run``; "" where it tells nothing, or cannot be read."""
    from synapse_bot.domain.errors import StoreUnusable
    from synapse_bot.report.timeline import render_timeline

    try:
        return render_timeline(records.ledger.of(run))
    except StoreUnusable:
        return ""


def find_audit(store: Store | None, id_prefix: str | None) -> str:
    """The audit of the run that is meant. Raises UsageError where none or several are."""
    runs = store.runs(100_000 if id_prefix else 1) if store else ()
    if store is None or not runs:
        raise click.UsageError("No runs are recorded here. `synapse-bot review` records one.")
    audit = store.audit(runs[0].id if id_prefix is None else id_prefix)
    if audit is not None:
        return audit
    several = [run.id for run in runs if id_prefix and run.id.startswith(id_prefix)]
    if several:
        raise click.UsageError(f"{len(several)} runs begin so: {', '.join(several[:5])}.")
    raise click.UsageError(f"No run begins with {id_prefix!r}. See `synapse-bot runs list`.")


def _parsed(audit: str) -> Review:
    from synapse_bot.domain.errors import StoreUnusable
    from synapse_bot.report.audit import parse_audit

    try:
        return parse_audit(audit)
    except ValueError as error:
        raise StoreUnusable(
            f"this run was recorded in another form: {error}", "--format json prints it as it is."
        ) from error


def as_array(runs: Sequence[Run]) -> str:
    """JSON with the fields of Run, in its order."""
    from dataclasses import asdict

    from synapse_bot.report.jsontext import dump

    return dump([asdict(run) for run in runs]) + "\n"


def _cells(run: Run) -> tuple[str, ...]:
    from synapse_bot.domain.redaction import redact
    from synapse_bot.report.sanitise import one_line

    ref = one_line(redact(run.ref), _REF_LIMIT)  # a branch name is the change's own text
    started = run.started_at[:16].replace("T", " ")
    seconds = f"{run.seconds:.1f}"
    return run.id, started, run.verdict, str(run.findings), run.route, seconds, ref


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; no line ends in spaces."""
    lines = [_COLUMNS, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )

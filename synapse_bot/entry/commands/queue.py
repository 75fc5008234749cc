"""`synapse-bot queue`: add a review to a fleet's queue, list and cancel what waits."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synapse_bot.domain.errors import ExitCode
from synapse_bot.domain.workflow import LOCAL_TENANT, WorkflowState
from synapse_bot.entry.options import repo_option

if TYPE_CHECKING:
    from synapse_bot.domain.workflow import Workflow
    from synapse_bot.engine.fleet_queue import FleetQueue
    from synapse_bot.store.open import StoreSet

_EPILOG = """\b
Examples:
  synapse-bot queue add --pr 123 --repository owner/name
  synapse-bot queue add --mr 45 --priority urgent --no-post
  synapse-bot queue list --state running
  synapse-bot queue cancel 3f9a

\b
Environment: SYNAPSE_BOT__ENGINE__DATABASE, where the queue is. `synapse-bot worker` makes the
reviews, `synapse-bot serve` adds them as webhooks come.
"""
_COLUMNS = ("id", "state", "tenant", "since", "attempts", "change", "why")
_WIDTH = 60


@click.group(epilog=_EPILOG)
def command() -> None:
    """Add reviews to a fleet's queue, list and cancel them."""


@command.command()
@click.option("--pr", type=click.IntRange(1), metavar="N", help="A GitHub pull request.")
@click.option("--mr", type=click.IntRange(1), metavar="IID", help="A GitLab merge request.")
@click.option(
    "--repository", default="", metavar="OWNER/NAME",
    help="Where --pr or --mr is (default: the CI's, else that of the remote origin).",
)  # fmt: skip
@click.option("--api-url", default="", metavar="URL", help="The API of one's own instance.")
@click.option("--tenant", default=LOCAL_TENANT, show_default=True, metavar="ID")
@click.option(
    "--tenants", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Whose quotas are held; the file of `serve` (default: nobody has one).",
)  # fmt: skip
@click.option(
    "--priority", type=click.Choice(["urgent", "usual", "leisurely"]), default="usual",
    show_default=True,
)  # fmt: skip
@click.option(
    "--deadline", "deadline_s", type=click.FloatRange(1, 86_400), default=480.0,
    show_default=True, metavar="SECONDS", help="For the review, from when a worker begins it.",
)  # fmt: skip
@click.option("--only", multiple=True, metavar="ID", help="Run only this specialist (repeatable).")
@click.option("--skip", multiple=True, metavar="ID", help="Do not run this one (repeatable).")
@click.option("--route", type=click.Choice(["fast", "deep"]), help="Override the classification.")
@click.option("--post/--no-post", default=True, help="Post the review. [default: post]")
@repo_option
def add(
    tenant: str,
    tenants: Path | None,
    priority: str,
    deadline_s: float,
    post: bool,
    **options: Any,
) -> int:
    """Add the review of a pull or merge request, and print its id.

    What waits or works for the same request is cancelled. Fails with exit code 3 where too many
    wait already, or the tenant's quota is spent.
    """
    if (options["pr"] is None) == (options["mr"] is None):
        raise click.UsageError("Give --pr or --mr.")
    from synapse_bot.engine import queue as priorities
    from synapse_bot.entry.selectors import selected_request
    from synapse_bot.runtime.request_json import request_json

    asked = selected_request(options)
    remote = asked.remote
    assert remote is not None
    mark = "#" if remote.forge == "github" else "!"
    _, queue = _open(tenants)
    with queue:
        id = queue.enqueue(
            request_json(asked, post=post),
            tenant=tenant,
            change_key=f"{remote.forge}:{remote.repository}{mark}{remote.number}",
            priority=getattr(priorities, priority.upper()),
            delivery_key=f"asked:{uuid.uuid4().hex}",  # who asks twice wants it twice
            deadline_s=deadline_s,
            ref=f"{remote.repository}{mark}{remote.number}",
        )
    click.echo(id)
    return ExitCode.PASS


@command.command("list")
@click.option("--state", type=click.Choice([str(state) for state in WorkflowState]))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for scripts.")
def list_queue(state: str | None, limit: int, as_json: bool) -> int:
    """The newest first, with who is at work on each and how often it was begun."""
    from synapse_bot.report.jsontext import dump

    stores = _stores()
    rows = stores.workflows.list(state=WorkflowState(state) if state else None, limit=limit)
    stores.close()
    if as_json:
        click.echo(dump([_fields(row) for row in rows]))
        return ExitCode.PASS
    for line in _table(rows, time.time()):
        click.echo(line)
    return ExitCode.PASS


@command.command()
@click.argument("id_prefix")
def cancel(id_prefix: str) -> int:
    """Cancel the review whose id begins with ID_PREFIX; its tools are ended within seconds."""
    stores, queue = _open()
    with queue:
        row = stores.workflows.find(id_prefix)
        if row is None:
            raise click.UsageError(f"No one review begins with {id_prefix!r}: queue list.")
        if not queue.cancel(row.id, "cancelled by hand"):
            raise click.UsageError(f"{row.id} is {row.state} already.")
    click.echo(f"cancelled: {row.id}")
    return ExitCode.PASS


def _open(tenants: Path | None = None) -> tuple[StoreSet, FleetQueue]:
    from synapse_bot.entry.baseline import host_settings
    from synapse_bot.entry.fleet import for_reviews
    from synapse_bot.entry.host import read_host
    from synapse_bot.govern.tenants import load_tenants
    from synapse_bot.wiring.meter import most_of
    from synapse_bot.wiring.queues import open_queue

    stores = _stores()
    most = most_of(host_settings(for_reviews(read_host())).models)
    limits_of = load_tenants(tenants).quota
    return stores, open_queue(_database(), limits_of, stores=stores, most=most)


def _stores() -> StoreSet:
    from synapse_bot.wiring.queues import open_fleet_stores

    return open_fleet_stores(_database())


def _database() -> str:
    from synapse_bot.entry.fleet import database_of

    return database_of(os.environ)


def _fields(row: Workflow) -> dict[str, object]:
    """What a script may read of ``row``: not the request, which is the fleet's own."""
    return {
        "id": row.id,
        "state": str(row.state),
        "tenant": row.tenant,
        "change": row.change_key,
        "started_at": row.started_at,
        "deadline_at": row.deadline_at,
        "owner": row.owner,
        "attempts": row.attempts,
        "why": row.why,
    }


def _table(rows: tuple[Workflow, ...], now: float) -> list[str]:
    """Columns as wide as their widest cell; a change's name is its own text, made harmless."""
    from synapse_bot.report.sanitise import one_line

    cells = [
        (
            row.id,
            str(row.state),
            row.tenant,
            f"{max(now - row.started_at, 0):.0f}s",
            str(row.attempts),
            one_line(row.change_key, _WIDTH),
            one_line(row.why, _WIDTH),
        )
        for row in rows
    ]
    lines = [_COLUMNS, *cells]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_COLUMNS))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]

"""`synapse-bot runs prune`: what is recorded of old reviews goes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot.entry.options import repo_option

if TYPE_CHECKING:
    from synapse_bot.wiring.pruning import Pruning

_DAY_S = 86_400.0
_EPILOG = """\b
Examples:
  synapse-bot runs prune --dry-run              what is older than 90 days
  synapse-bot runs prune --older-than 30d
  synapse-bot runs prune --fleet --json         from a nightly job

\b
Environment: SYNAPSE_BOT__ENGINE__DATABASE, the database that --fleet means.
"""


def _seconds(context: click.Context, parameter: click.Parameter, text: str) -> float:
    from synapse_bot.config.durations import parse_duration

    days = text.removesuffix("d")
    if days != text and days.isascii() and days.isdigit() and len(days) <= 5:
        return int(days) * _DAY_S
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(f'{error}, or a number of days such as "90d"') from None


@click.command(epilog=_EPILOG)
@repo_option
@click.option(
    "--older-than", "age_s", callback=_seconds, default="90d", show_default=True, metavar="AGE"
)
@click.option("--fleet", is_flag=True, help="In the fleet's database, for every tenant.")
@click.option("--dry-run", is_flag=True, help="Count only; nothing is deleted.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object, for scripts.")
def prune(start: Path, age_s: float, fleet: bool, dry_run: bool, as_json: bool) -> None:
    """Delete what is recorded of reviews older than AGE: 90d, 12h.

    Audits, finished steps, entries of the ledger, posted intents, used quotas, and answers of
    models. A review that has not ended keeps all it has, and what still has to be posted stays.
    The ledger notes the deletion.
    """
    now = time.time()
    pruned = (_fleet if fleet else _local)(start, now - age_s, now, dry_run)
    click.echo(_json(pruned) if as_json else _text(pruned, dry_run=dry_run))
    for notice in pruned.notices:
        click.echo(f"note: {notice}", err=True)


def _local(start: Path, before: float, now: float, dry_run: bool) -> Pruning:
    from synapse_bot.entry.host import read_host
    from synapse_bot.wiring.pruning import prune_folder
    from synapse_bot.wiring.stores import state_folder

    return prune_folder(state_folder(read_host(), start), before, now, dry_run=dry_run)


def _fleet(start: Path, before: float, now: float, dry_run: bool) -> Pruning:
    import os

    from synapse_bot.entry.fleet import database_of
    from synapse_bot.wiring.pruning import Pruning, prune_stores
    from synapse_bot.wiring.queues import open_fleet_stores

    stores = open_fleet_stores(database_of(os.environ))
    try:
        return Pruning(prune_stores(stores, before, now, dry_run=dry_run))
    finally:
        stores.close()


def _json(pruned: Pruning) -> str:
    import json

    tenants = {name: rows._asdict() for name, rows in pruned.tenants.items()}
    return json.dumps({"tenants": tenants, "answers": pruned.answers})


def _text(pruned: Pruning, *, dry_run: bool) -> str:
    """One line a tenant that has something to lose, and one for the answers."""
    verb = "would be deleted" if dry_run else "deleted"
    lines = []
    for tenant, rows in pruned.tenants.items():
        counts = ", ".join(f"{name} {count}" for name, count in rows._asdict().items() if count)
        if counts:
            lines.append(f"{tenant}: {verb}: {counts}")
    if pruned.answers:
        lines.append(f"{verb}: answers of models {pruned.answers}")
    return "\n".join(lines) or "nothing is that old"

"""`synapse-bot worker`: make the reviews that wait in a fleet's queue."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from synapse_bot.domain.errors import ConfigInvalid, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from synapse_bot.domain.quota import Limits

_EPILOG = """\b
Examples:
  synapse-bot worker                               until it is told to stop
  synapse-bot worker --concurrency 8 --per-tenant 4
  synapse-bot worker --until-empty                 in a job on a schedule

\b
Environment: SYNAPSE_BOT__ENGINE__DATABASE, where the queue is; GITHUB_TOKEN or GITLAB_TOKEN, with
which reviews are posted, or the App's (see docs/fleet.md); the keys of models.
SIGTERM: takes nothing more, finishes what it has begun within --grace, gives the rest back.

\b
Configuration: edits of the user's config.yml, models.yaml and specialists/ (and of the file of
--tenants) hold for the reviews that begin after them, without a restart. One that is wrong is
refused with a warning, and what held goes on. A review keeps the configuration it began with.
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--concurrency", type=click.IntRange(1, 64), default=4, show_default=True,
    help="Reviews at once in this process; of all workers, the last one's counts.",
)  # fmt: skip
@click.option(
    "--per-tenant", type=click.IntRange(1, 1000), default=4, show_default=True,
    help="Reviews at once of one tenant, in the whole fleet.",
)  # fmt: skip
@click.option(
    "--grace", "grace_s", type=click.IntRange(0, 3600), default=60, show_default=True,
    metavar="SECONDS", help="How long it finishes what it has begun when it is told to stop.",
)  # fmt: skip
@click.option(
    "--attempts", type=click.IntRange(1, 20), default=5, show_default=True,
    help="A review whose worker dies so often is given up.",
)  # fmt: skip
@click.option(
    "--api-url", "api_urls", multiple=True, metavar="URL",
    help="A forge of one's own that may be given the token (repeatable).",
)  # fmt: skip
@click.option(
    "--tenants", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Whose quotas are held here; the file of `serve` (default: nobody has one).",
)  # fmt: skip
@click.option("--until-empty", is_flag=True, help="Stop when nothing waits and nobody works.")
@click.option(
    "--keep-days",
    type=click.IntRange(1, 3650),
    default=90,
    show_default=True,
    help="When the checkpoints of a finished review are deleted (its record: runs prune).",
)
@click.option(
    "--migrate/--no-migrate", default=True, show_default=True,
    help="Whether it may create and change the tables of the queue.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Only warnings, not every run.")
def command(
    concurrency: int,
    per_tenant: int,
    grace_s: int,
    attempts: int,
    api_urls: tuple[str, ...],
    tenants: Path | None,
    until_empty: bool,
    keep_days: int,
    migrate: bool,
    quiet: bool,
) -> int:
    """Make the reviews that wait in a fleet's queue, and post them.

    Any number of workers share one database. A worker that dies loses nothing: within 30 seconds
    another one goes on with its reviews where they stopped.
    """
    from synapse_bot.entry.fleet import database_of, for_reviews, token_giver

    database = database_of(os.environ)
    try:
        from synapse_bot.engine.fleet_worker import Pace
        from synapse_bot.wiring.workers import Shift, work
    except ImportError as error:
        raise ConfigInvalid(
            f"a worker needs the fleet's extra ({error.name} is missing)",
            "pip install 'synapse-bot[fleet]'",
        ) from error
    from synapse_bot.engine.liveness import executor_id
    from synapse_bot.entry.baseline import host_settings
    from synapse_bot.entry.host import read_host, scratch_home
    from synapse_bot.store.location import state_dir
    from synapse_bot.telemetry.logs import set_up_logs
    from synapse_bot.wiring.configuration import HostConfiguration
    from synapse_bot.wiring.jobs import Site
    from synapse_bot.wiring.meter import most_of
    from synapse_bot.wiring.queues import open_fleet_stores

    set_up_logs(sys.stderr)
    if not quiet:
        for name in ("worker", "configuration"):
            logging.getLogger(f"synapse_bot.{name}").setLevel(logging.INFO)
    host = for_reviews(read_host())
    state = state_dir(None, host.state_home, str(host.home)) / "fleet"
    shift = Shift(
        database,
        at_once=concurrency,
        per_tenant=per_tenant,
        grace_s=grace_s,
        until_empty=until_empty,
        keep_days=keep_days,
        migrate=migrate,
        pace=Pace(most_attempts=attempts),
    )
    with (
        tempfile.TemporaryDirectory(prefix="synapse-bot-", dir=scratch_home()) as home,
        ExitStack() as watch,
    ):
        stores, owner = open_fleet_stores(database), executor_id()
        configuration = HostConfiguration(host, state, stores, owner)
        site = Site(
            stores=stores,
            host=host,
            home=Path(home),
            state=state,
            owner=owner,
            with_token=token_giver(dict(os.environ), api_urls),
            configuration=configuration,
            limits_of=watch.enter_context(_quotas(tenants)),
            most_of=lambda host: most_of(host_settings(host).models),
        )
        watch.enter_context(configuration.followed())
        work(shift, site, _told_to_stop())
    return ExitCode.PASS


@contextmanager
def _quotas(path: Path | None) -> Iterator[Callable[[str], Limits]]:
    """What a tenant may use as of now, by its id; edits of the file are followed within."""
    from synapse_bot.domain.tenant import ONE_TENANT
    from synapse_bot.govern.live import LiveTenants

    if path is None:
        yield ONE_TENANT.quota
        return
    tenants = LiveTenants(path, logging.getLogger("synapse_bot.configuration").log)
    with tenants.followed():
        yield tenants.quota


def _told_to_stop() -> Event:
    """Set by the first SIGTERM or interrupt; a second one ends the process as it does any."""
    stop = Event()

    def first(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, first)
    return stop

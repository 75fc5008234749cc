"""`synapse-bot serve`: take webhooks of GitHub and GitLab, and enqueue reviews for workers."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synapse_bot.domain.errors import SynapseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.applications import Starlette

    from synapse_bot.config.settings import ModelSettings
    from synapse_bot.domain.tenant import TenantBook
    from synapse_bot.engine.queue import Queue
    from synapse_bot.server.app import Bounds
    from synapse_bot.server.receiver import Place

_EPILOG = """\b
Examples:
  synapse-bot serve --dry-run                    believe, decide and log; enqueue nothing
  synapse-bot serve --host 0.0.0.0 --workers 2   behind a proxy that ends TLS
  synapse-bot serve --tenants tenants.yaml --start-label ready-for-bot

\b
Environment: SYNAPSE_BOT_GITHUB_WEBHOOK_SECRET, SYNAPSE_BOT_GITLAB_SIGNING_TOKEN,
SYNAPSE_BOT_GITLAB_WEBHOOK_TOKEN (each also as …_FILE, and per tenant as …__TENANT);
SYNAPSE_BOT__ENGINE__DATABASE, where the queue is. See docs/serve.md.
An edit of the file of --tenants holds without a restart; one that is wrong is refused and logged.
"""


class FleetMissing(SynapseError):
    hint = "pip install 'synapse-bot[fleet]'"


@dataclass(frozen=True, slots=True)
class Options:
    """What each process is told; a secret is none of it. URLs are "" where they are the public."""

    tenants: Path | None
    start_labels: tuple[str, ...]
    urgent_labels: tuple[str, ...]
    github_api_url: str
    gitlab_api_url: str
    bounds: Bounds
    several: bool
    dry_run: bool


@click.command(epilog=_EPILOG, context_settings={"auto_envvar_prefix": "SYNAPSE_BOT_SERVE"})
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8080,
    show_default=True,
    help="The port to listen at; 0 takes a free one and says which.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that take webhooks; who reviews is `synapse-bot worker`.",
)
@click.option(
    "--tenants",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Whose repositories are whose (default: all are one tenant's).",
)
@click.option(
    "--start-label",
    "start_labels",
    multiple=True,
    metavar="NAME",
    help="A label that starts a review when it is put on (repeatable).",
)
@click.option(
    "--urgent-label",
    "urgent_labels",
    multiple=True,
    default=("security",),
    show_default=True,
    metavar="NAME",
    help="A label whose changes go first (repeatable).",
)
@click.option("--github-api-url", default="", metavar="URL", help="Of GitHub Enterprise.")
@click.option("--gitlab-api-url", default="", metavar="URL", help="Of a GitLab of one's own.")
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    multiple=True,
    metavar="ADDRESS",
    help="Believe X-Forwarded-For of this address or network (repeatable; default: nobody's).",
)
@click.option(
    "--max-body-mb",
    type=click.IntRange(1, 25),
    default=5,
    show_default=True,
    metavar="MB",
    help="A larger delivery is refused unread.",
)
@click.option(
    "--grace",
    "grace_s",
    type=click.IntRange(0, 600),
    default=20,
    show_default=True,
    metavar="SECONDS",
    help="How long requests under way may take when the server is told to stop.",
)
@click.option("--dry-run", is_flag=True, help="Keep the queue in memory, where nobody takes it up.")
def command(
    host: str,
    port: int,
    workers: int,
    trusted_proxies: tuple[str, ...],
    max_body_mb: int,
    grace_s: int,
    **given: Any,
) -> None:
    """Take webhooks of GitHub and GitLab, and enqueue reviews for workers.

    Nothing is reviewed here, and no token of a forge is needed: `synapse-bot worker` does that.
    """
    try:
        from synapse_bot.server.app import Bounds
        from synapse_bot.server.run import Listening, serve
    except ModuleNotFoundError as error:
        raise FleetMissing(f"the extra `fleet` is not installed ({error.name})") from error
    bounds = Bounds(body_bytes=max_body_mb << 20)
    options = Options(bounds=bounds, several=workers > 1, **given)
    _check(options)
    if options.several:
        _share_counters()
    listening = Listening(host, port, workers, trusted_proxies, grace_s)
    serve(partial(application, options), listening, lambda url: _write(f'{{"listening": "{url}"}}'))


def application(options: Options) -> Starlette:
    """The application of one process, which takes the secrets out of its environment.

    Raises UsageError and ConfigInvalid for what ``options`` and the environment get wrong.
    """
    from synapse_bot.entry.baseline import host_settings
    from synapse_bot.entry.fleet import for_reviews
    from synapse_bot.entry.host import read_host
    from synapse_bot.entry.webhook_secrets import read_secrets, secret_variables
    from synapse_bot.entry.webhooks import read_github
    from synapse_bot.server.app import build_app
    from synapse_bot.server.decision import Rules
    from synapse_bot.server.receiver import Receiver

    tenants, edit_refused = _followed_tenants(options.tenants)
    secrets = read_secrets(os.environ, tenants.by_id)
    github, gitlab = _places(options)
    settings = host_settings(for_reviews(read_host()))
    receiver = Receiver(
        _queue(options, tenants, settings.models),
        tenants,
        secrets,
        read_github,
        Rules(frozenset(options.start_labels), frozenset(options.urgent_labels)),
        github,
        gitlab,
        deadline_s=settings.limits.deadline_s,
    )
    for name in secret_variables(os.environ):
        del os.environ[name]
    return build_app(
        receiver,
        write=_write,
        bounds=options.bounds,
        several_processes=options.several,
        edit_refused=edit_refused,
    )


def _followed_tenants(path: Path | None) -> tuple[TenantBook, Callable[[], bool]]:
    """The tenants as of now, until this process ends, and whether an edit of them is refused."""
    import atexit
    from contextlib import ExitStack

    from synapse_bot.domain.tenant import ONE_TENANT
    from synapse_bot.govern.live import LiveTenants

    if path is None:
        return ONE_TENANT, lambda: False
    tenants = LiveTenants(path, lambda _, line: _write(line))
    watch = ExitStack()
    watch.enter_context(tenants.followed())
    atexit.register(watch.close)
    return tenants, tenants.edit_refused


def _check(options: Options) -> None:
    """Fail here rather than in a process that would be started again and again."""
    from synapse_bot.entry.fleet import database_of
    from synapse_bot.entry.webhook_secrets import read_secrets
    from synapse_bot.govern.tenants import load_tenants

    read_secrets(os.environ, load_tenants(options.tenants).by_id)
    _places(options)
    if not options.dry_run:
        database_of(os.environ)


def _queue(options: Options, tenants: TenantBook, models: ModelSettings) -> Queue:
    if options.dry_run:
        from synapse_bot.server.memory import MemoryQueue

        return MemoryQueue()
    from synapse_bot.entry.fleet import database_of
    from synapse_bot.server.late import LateQueue
    from synapse_bot.wiring.meter import most_of
    from synapse_bot.wiring.queues import open_queue

    database = database_of(os.environ)
    return LateQueue(lambda: open_queue(database, tenants.quota, most=most_of(models)))


def _places(options: Options) -> tuple[Place, Place]:
    """(GitHub, GitLab): the operator alone says where they are."""
    from synapse_bot.entry.ci import ForgeKind
    from synapse_bot.entry.remotes import addresses
    from synapse_bot.forge.http import origin_of
    from synapse_bot.server.receiver import Place

    found = []
    for kind, url in (
        (ForgeKind.GITHUB, options.github_api_url),
        (ForgeKind.GITLAB, options.gitlab_api_url),
    ):
        server, api = addresses(kind, url, None)
        origin_of(api)
        found.append(Place(api, server))
    return found[0], found[1]


def _share_counters() -> None:
    """One folder for the counters of all processes, deleted when the last has ended."""
    import atexit
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="synapse-bot-counters-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _write(line: str) -> None:
    """One whole line at once: several processes share the stream."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()

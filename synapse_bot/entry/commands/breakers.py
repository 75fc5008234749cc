"""`synapse-bot breakers`: what is left alone because it keeps failing, and how to end that."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot.entry.breakers import describe
from synapse_bot.entry.options import repo_option

if TYPE_CHECKING:
    from synapse_bot.breaker.kept import KeptBreakers
    from synapse_bot.domain.breaker import Breaker

_EPILOG = """\b
Examples:
  synapse-bot breakers list
  synapse-bot breakers list --json
  synapse-bot breakers reset provider:openai
  synapse-bot breakers reset --all
"""


@click.group(epilog=_EPILOG)
def command() -> None:
    """Show what is left alone because it keeps failing, and have it tried at once.

    A key names a provider, a model, a tool or a specialist: provider:openai, tool:semgrep. The
    state lies with the recorded runs of the repository. See docs/breakers.md.
    """


@command.command("list", epilog=_EPILOG)
@repo_option
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for scripts.")
def list_breakers(start: Path, as_json: bool) -> None:
    """Every breaker that has seen a failure of late."""
    now = time.time()
    opened = _opened(start)
    known = opened.all()
    for note in opened.notes:
        click.echo(f"warning: {note}", err=True)
    if as_json:
        from synapse_bot.report.jsontext import dump

        click.echo(dump([_plain(breaker, now) for breaker in known]))
    elif known:
        click.echo("\n".join(describe(breaker, now) for breaker in known))
    else:
        click.echo("nothing has failed of late: every breaker is closed", err=True)


@command.command(epilog=_EPILOG)
@repo_option
@click.argument("key", required=False)
@click.option("--all", "all_", is_flag=True, help="Every breaker.")
def reset(start: Path, key: str | None, all_: bool) -> None:
    """Forget what KEY has failed, so that the next review tries it at once."""
    if bool(key) is all_:
        raise click.UsageError("Give one KEY, or --all. `synapse-bot breakers list` shows them.")
    opened = _opened(start)
    keys = [breaker.key for breaker in opened.all()] if all_ else [key or ""]
    done = [one for one in keys if opened.reset(one)]
    if key and not done:
        raise click.UsageError(f"Nothing is known of {key!r}. See `synapse-bot breakers list`.")
    click.echo(f"reset: {', '.join(done) or 'nothing to reset'}")


def _opened(start: Path) -> KeptBreakers:
    from synapse_bot.entry.host import read_host
    from synapse_bot.wiring.breakers import open_breakers

    return open_breakers(read_host(), start)


def _plain(breaker: Breaker, now: float) -> dict[str, object]:
    from synapse_bot.domain.breaker import state_of
    from synapse_bot.domain.redaction import redact
    from synapse_bot.report.sanitise import one_line

    return {
        "key": one_line(breaker.key, 300),
        "state": state_of(breaker, now),
        "calls": len(breaker.calls),
        "failures": sum(call.failed for call in breaker.calls),
        "openings": breaker.openings,
        "retry_at": breaker.retry_at,
        "why": one_line(redact(breaker.why), 300),
    }

"""`synapse-bot doctor`: checks this machine and repository, and says what to do."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot import __version__
from synapse_bot.domain.errors import ExitCode, SynapseError
from synapse_bot.domain.plan import Duty
from synapse_bot.entry.health import Health, Line
from synapse_bot.entry.options import repo_option

if TYPE_CHECKING:
    from synapse_bot.runtime.request import Host


_EPILOG = """\b
Examples:
  synapse-bot doctor
  synapse-bot doctor --repo ../other
  synapse-bot doctor --online             whose token it is, by the forge's API
"""


@click.command(epilog=_EPILOG)
@click.option("--online", is_flag=True, help="Ask the forge's API whose the token is.")
@click.option(
    "--api-url",
    default="",
    metavar="URL",
    help="The API of GitHub Enterprise (…/api/v3) or of your GitLab (…/api/v4), for --online.",
)
@repo_option
def command(start: Path, online: bool, api_url: str) -> int:
    """Check what a review needs: git, repository, settings, specialists, tools, store, forge.

    Nothing is sent anywhere without --online. Tokens are named by their variable, never shown.
    Exits 2 when a review could not run at all; warnings exit 0.
    """
    from synapse_bot.entry.host import read_host

    host = read_host()
    worst = Health.OK
    checks = [*CHECKS, lambda host, start: _online(host, start, api_url)] if online else CHECKS
    for check in checks:
        for line in _guarded(check, host, start):
            click.echo(f"{line.health:<4}  {line.what}")
            if line.advice:
                click.echo(f"      {line.advice}")
            if line.health is Health.FAIL:
                worst = Health.FAIL
    return ExitCode.USAGE if worst is Health.FAIL else ExitCode.PASS


def _guarded(
    check: Callable[[Host, Path], Iterator[Line]], host: Host, start: Path
) -> Iterator[Line]:
    try:
        yield from check(host, start)
    except SynapseError as error:
        yield Line(Health.FAIL, str(error), error.hint)


def _python(host: Host, start: Path) -> Iterator[Line]:
    yield Line(Health.OK, f"synapse-bot {__version__} on Python {platform.python_version()}")


def _git(host: Host, start: Path) -> Iterator[Line]:
    from synapse_bot.wiring.forges import open_repository

    if shutil.which("git", path=host.search_path) is None:
        yield Line(Health.FAIL, "git is not on PATH", "Install git.")
        return
    repository = open_repository(start, host)
    if repository is None:
        yield Line(
            Health.WARN,
            f"{start.resolve()} is not in a git repository",
            "Use --diff FILE, or --repo.",
        )
        return
    yield Line(Health.OK, f"repository {repository.root}")
    found = repository.revisions()
    yield Line(Health.OK, f"a review here reads {found.ref}")


def _settings(host: Host, start: Path) -> Iterator[Line]:
    where = host.user_config if host.user_config.is_file() else None
    yield Line(Health.OK, f"user settings: {where or 'none'}")
    if host.variables:
        yield Line(Health.OK, f"settings from the environment: {', '.join(sorted(host.variables))}")
    if not (start / ".synapse-bot.yml").is_file():
        yield Line(Health.OK, "repository settings: none", "`synapse-bot init` writes a file.")


def _specialists(host: Host, start: Path) -> Iterator[Line]:
    from synapse_bot.config.data import data_dir
    from synapse_bot.domain.spec import Route
    from synapse_bot.specialist.loader import load_specialists
    from synapse_bot.specialist.tool import install_hint, missing_tools
    from synapse_bot.specialist.toolbox import Toolbox

    toolbox = Toolbox.open(data_dir("rules"), host.cache, host.search_path)
    for spec in load_specialists(data_dir("specialists")).specs:
        if not spec.enabled or spec.model is not None:
            continue
        missing = sorted({tool for route in Route for tool in missing_tools(spec, route, toolbox)})
        if missing:
            lacks = f"{spec.id}: skipped without {', '.join(missing)}"
            yield Line(Health.WARN, lacks, install_hint(missing, toolbox))
        else:
            yield Line(Health.OK, f"{spec.id}: ready")


def _models(host: Host, start: Path) -> Iterator[Line]:
    """The models that would be asked, and whether their keys are there. Nobody is asked."""
    from synapse_bot.entry.baseline import host_settings
    from synapse_bot.llm.errors import ModelDenied
    from synapse_bot.wiring.models import open_models

    models = host_settings(host).models
    if not models.default:
        advice = "--model or models.default names one; `synapse-bot models list` shows some."
        yield Line(Health.OK, "models: none set up, so specialists of kind llm are silent", advice)
        return
    try:
        opened = open_models(models, host)
    except ModelDenied as error:
        yield Line(Health.WARN, f"model {models.default}: {error}", error.hint)
        return
    bounds = f"at most ${models.max_usd:g} and {models.max_tokens:,} tokens a review"
    yield Line(Health.OK, f"models: {', '.join(opened.model.names)}; {bounds}")
    for duty, model in opened.by_duty.items():
        if model is not opened.model:
            yield Line(Health.OK, f"models: {model.name} {_DUTIES[duty]}")


_DUTIES = {
    Duty.READ: "reads",
    Duty.SKIM: "reads the files of little risk",
    Duty.VERIFY: "takes the second look",
    Duty.JUDGE: "judges debates",
}


def _isolation(host: Host, start: Path) -> Iterator[Line]:
    if shutil.which("bwrap", path=host.search_path):
        yield Line(Health.OK, "tools run in namespaces of their own (bubblewrap)")
    else:
        yield Line(
            Health.WARN,
            "tools run without namespaces: no bubblewrap here",
            "Install it (`apt-get install bubblewrap`) to cut tools off the network as well.",
        )


def _store(host: Host, start: Path) -> Iterator[Line]:
    from synapse_bot.wiring.stores import open_store, state_folder

    open_store(host, start).runs(1)
    yield Line(Health.OK, f"runs are recorded in {state_folder(host, start)}")


def _breakers(host: Host, start: Path) -> Iterator[Line]:
    from synapse_bot.entry.breakers import breaker_lines

    yield from breaker_lines(host, start)


def _forge(host: Host, start: Path) -> Iterator[Line]:
    from synapse_bot.entry.forge_health import forge_lines, home_of

    yield from forge_lines(home_of(_origin(host, start), os.environ), os.environ)


def _network(host: Host, start: Path) -> Iterator[Line]:
    from synapse_bot.entry.forge_health import network_lines

    yield from network_lines(host.transport)


def _online(host: Host, start: Path, api_url: str) -> Iterator[Line]:
    from synapse_bot.entry.forge_health import home_of, online_lines

    yield from online_lines(home_of(_origin(host, start), os.environ), api_url)


def _origin(host: Host, start: Path) -> str:
    """The address of the remote origin; "" without one."""
    from synapse_bot.wiring.forges import open_repository

    repository = (
        open_repository(start, host) if shutil.which("git", path=host.search_path) else None
    )
    return (repository.git.line("config", "--get", "remote.origin.url") if repository else "") or ""


CHECKS = (
    _python,
    _git,
    _settings,
    _specialists,
    _models,
    _isolation,
    _store,
    _breakers,
    _forge,
    _network,
)

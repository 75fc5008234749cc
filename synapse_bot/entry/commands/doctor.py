"""`synapse-bot doctor`: checks this machine and repository, and says what to do."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot import __version__
from synapse_bot.domain.errors import ExitCode, SynapseError
from synapse_bot.entry.options import repo_option

if TYPE_CHECKING:
    from synapse_bot.runtime.request import Host


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked; ``advice`` is what to do about it."""

    health: Health
    what: str
    advice: str = ""


_EPILOG = """\b
Examples:
  synapse-bot doctor
  synapse-bot doctor --repo ../other
"""


@click.command(epilog=_EPILOG)
@repo_option
def command(start: Path) -> int:
    """Check what a review needs: git, repository, settings, specialists, tools, store.

    Exits 2 when a review could not run at all; warnings exit 0.
    """
    from synapse_bot.entry.host import read_host

    host = read_host()
    worst = Health.OK
    for check in CHECKS:
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
    from synapse_bot.wiring import open_repository

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
        if not spec.enabled:
            continue
        missing = sorted({tool for route in Route for tool in missing_tools(spec, route, toolbox)})
        if missing:
            lacks = f"{spec.id}: skipped without {', '.join(missing)}"
            yield Line(Health.WARN, lacks, install_hint(missing, toolbox))
        else:
            yield Line(Health.OK, f"{spec.id}: ready")


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
    from synapse_bot.wiring import open_store, state_folder

    open_store(host, start).runs(1)
    yield Line(Health.OK, f"runs are recorded in {state_folder(host, start)}")


CHECKS = (_python, _git, _settings, _specialists, _isolation, _store)

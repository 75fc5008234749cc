"""`synapse-bot tools`: the analysers that specialists run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from synapse_bot.domain.errors import SynapseError, ToolInstallFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.runtime.request import Host
    from synapse_bot.specialist.toolbox import Toolbox, ToolPin

OURSELVES = "synapse-bot"  # what a check that runs inside this program names as its tool


@click.group()
def command() -> None:
    """List and install the analysers that specialists run.

    Each tool lives in an environment of its own under the user's cache folder, pinned and
    checked by hash. A binary of the same name on PATH is taken too.
    """


@command.command("list")
def list_command() -> None:
    """Every known tool: version, where it comes from, and which specialists need it."""
    toolbox, host = _toolbox()
    users = _users(host)
    names = sorted({*toolbox.pins, *users})
    rows = [_row(name, toolbox, users) for name in names]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        click.echo("  ".join((*padded, row[3])).rstrip())


def _row(name: str, toolbox: Toolbox, users: Mapping[str, list[str]]) -> tuple[str, ...]:
    tool, pin = toolbox.find(name), toolbox.pins.get(name)
    version = tool.version if tool else (pin.version if pin else "")
    source = tool.source if tool else "missing"
    needed = ", ".join(users.get(name, ())) or "no specialist"
    return name, version or "?", source, needed


@command.command("install")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="Every pinned tool, needed or not.")
def install_command(names: tuple[str, ...], everything: bool) -> None:
    """Install pinned tools; without NAME, those that enabled specialists need and lack."""
    from synapse_bot.specialist.install import install

    toolbox, host = _toolbox()
    pins = _wanted(names, everything, toolbox, host)
    if not pins:
        click.echo("Every tool that the specialists need is here.")
    failed: list[str] = []
    for pin in pins:
        click.echo(f"{pin.name} {pin.version}: installing", err=True)
        try:
            tool = install(pin, toolbox.cache, _say, host.search_path)
        except ToolInstallFailed as error:
            failed.append(f"{pin.name}: {error}")
            continue
        click.echo(f"{tool.name} {tool.version}: {tool.source}")
    if failed:
        raise ToolInstallFailed("\n".join(failed))


def _say(line: str) -> None:
    click.echo(f"  {line}", err=True)


def _wanted(
    names: tuple[str, ...], everything: bool, toolbox: Toolbox, host: Host
) -> list[ToolPin]:
    """The pins to install. Raises SynapseError for a name without one."""
    for name in names:
        if name not in toolbox.pins:
            known = ", ".join(pin.name for pin in toolbox.known() if not pin.bundled)
            raise SynapseError(f"no pinned tool is called {name!r}", f"One of: {known}.")
    if names:
        return [toolbox.pins[name] for name in names]
    needed = _users(host)
    return [
        pin
        for pin in toolbox.known()
        if not pin.bundled
        and (everything or (pin.name in needed and toolbox.find(pin.name) is None))
    ]


def _toolbox() -> tuple[Toolbox, Host]:
    from synapse_bot.config.data import data_dir
    from synapse_bot.entry.host import read_host
    from synapse_bot.specialist.toolbox import Toolbox

    host = read_host()
    return Toolbox.open(data_dir("rules"), host.cache, host.search_path), host


def _users(host: Host) -> dict[str, list[str]]:
    """Tool -> the enabled specialists that need it."""
    from synapse_bot.config.data import data_dir
    from synapse_bot.specialist.loader import load_specialists

    users: dict[str, list[str]] = {}
    for spec in load_specialists(data_dir("specialists")).specs:
        tools = {*spec.requires, *(a.tool for a in spec.actions)} - {"", OURSELVES}
        for tool in sorted(tools) if spec.enabled else ():
            users.setdefault(tool, []).append(spec.id)
    return users

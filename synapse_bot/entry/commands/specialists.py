"""`synapse-bot specialists`: list, show and create specialists; `test` comes from its own file."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synapse_bot.domain.errors import SynapseError
from synapse_bot.entry.commands.validate import repository_root
from synapse_bot.entry.options import repo_option

if TYPE_CHECKING:
    from synapse_bot.domain.spec import SpecialistSpec


class NoSuchSpecialist(SynapseError):
    hint = "See them all: synapse-bot specialists list"


class NameTaken(SynapseError):
    hint = "Choose another id, or edit that file."


class Specialists(click.Group):
    """Takes the verb ``test`` from entry/commands/specialists_test.py where that exists."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = super().list_commands(ctx)
        return [*names, "test"] if _test_command() else names

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "test":
            return _test_command()
        return super().get_command(ctx, cmd_name)


def _test_command() -> click.Command | None:
    import importlib.util

    name = "synapse_bot.entry.commands.specialists_test"
    if importlib.util.find_spec(name) is None:
        return None
    found: click.Command = importlib.import_module(name).command
    return found


@click.group(cls=Specialists)
def command() -> None:
    """List, show and create specialists.

    Shipped ones and those of the repository, .synapse-bot/specialists/, at the base revision.
    """


@command.command("list")
@repo_option
@click.option("--json", "as_json", is_flag=True, help="A JSON array, for scripts.")
def list_specialists(start: Path, as_json: bool) -> None:
    """Every specialist, with its routes, languages and tools."""
    from synapse_bot.entry.baseline import read_baseline

    declared = read_baseline(start).declared
    if as_json:
        click.echo(json.dumps([as_plain(spec) for spec in declared.specs], indent=2))
        return
    rows = [("ID", "ROUTES", "LANGUAGES", "TOOLS", "DESCRIPTION"), *map(_row, declared.specs)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for *cells, description in rows:
        padded = "  ".join(f"{cell:<{w}}" for cell, w in zip(cells, widths, strict=True))
        click.echo(f"{padded}  {description}")
    for skipped in declared.refused:
        click.echo(f"{skipped.by}: refused, {skipped.why}. {skipped.hint}", err=True)


def _row(spec: SpecialistSpec) -> tuple[str, str, str, str, str]:
    routes = sorted({route.value for action in spec.actions for route in action.routes})
    languages = sorted(spec.languages)
    shown = ",".join(languages[:3]) + (f"+{len(languages) - 3}" if len(languages) > 3 else "")
    state = "" if spec.enabled else "(not enabled) "
    return (
        spec.id,
        ",".join(reversed(routes)),
        shown or "any",
        ",".join(_tools(spec)),
        f"{state}{spec.description}",
    )


def _tools(spec: SpecialistSpec) -> list[str]:
    return list(dict.fromkeys(action.tool for action in spec.actions))


@command.command()
@repo_option
@click.argument("ident", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="A JSON object, for scripts.")
def show(start: Path, ident: str, as_json: bool) -> None:
    """One specialist as a review would use it, overrides included."""
    from synapse_bot.entry.baseline import read_baseline

    specs = {spec.id: spec for spec in read_baseline(start).declared.specs}
    if ident not in specs:
        from synapse_bot.config.document import nearest

        raise NoSuchSpecialist(f"no specialist is called {ident!r}{nearest(ident, list(specs))}")
    plain = as_plain(specs[ident])
    if as_json:
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
        return
    import yaml

    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    click.echo(text, nl=False)


def as_plain(spec: SpecialistSpec) -> dict[str, Any]:
    """What ``spec`` says, without the fields that say nothing."""
    from synapse_bot.specialist.encoding import encode_entry

    plain: dict[str, Any] = encode_entry(spec)
    plain["actions"] = [_said(action) for action in plain["actions"]]
    return _said(plain)


def _said(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: _word(value) for name, value in plain.items() if value not in ("", [], {}, None)}


def _word(value: Any) -> Any:
    """Enums as the plain words that they are in a file: YAML refuses a subclass of str."""
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, dict):
        return {_word(name): _word(inner) for name, inner in value.items()}
    return [_word(inner) for inner in value] if isinstance(value, list | tuple) else value


@command.command()
@repo_option
@click.argument("ident", metavar="ID")
def new(start: Path, ident: str) -> None:
    """Write a specialist to start from into .synapse-bot/specialists/ID.yaml."""
    from synapse_bot.config.layers import REPOSITORY_FOLDER
    from synapse_bot.config.templates import specialist_template
    from synapse_bot.config.values import is_id
    from synapse_bot.entry.files import write_whole

    if not is_id(ident):
        raise click.UsageError(f"{ident!r} is not an id: lower case, digits and hyphens.")
    root = repository_root(start.resolve())
    name = f"{REPOSITORY_FOLDER}/specialists/{ident}.yaml"
    if (root / name).exists():
        raise NameTaken(f"{name} exists already")
    write_whole(root / name, specialist_template(ident))
    click.echo(f"written: {name}\nNext: edit it, then synapse-bot validate {name}")
    click.echo("A review runs it once it is in the base of a change: merge it first.")

"""`synapse-bot config`: the effective settings with their origin, and the schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from synapse_bot.entry.options import repo_option
from synapse_bot.entry.terminal import say

SCHEMAS = (
    "settings",
    "specialist",
    "routes",
    "negotiation",
    "taxonomy",
    "languages",
    "filekinds",
    "breakers",
    "tenants",
    "models",
)


@click.group()
def command() -> None:
    """Show the effective settings with their origin, or the schemas.

    From the strongest: command line, environment (SYNAPSE_BOT__SECTION__KEY), the repository's
    .synapse-bot.yml AT THE BASE REVISION, the user's own file, the default.
    """


@command.command()
@repo_option
@click.option(
    "--base", metavar="REF", help="Read the repository's file at the merge-base with REF."
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A settings file of your own.",
)
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
def show(
    start: Path, base: str | None, config_file: Path | None, origin: bool, as_json: bool
) -> None:
    """The settings that a review here would use."""
    from synapse_bot.config.layers import effective
    from synapse_bot.entry.baseline import read_baseline

    settings = read_baseline(start, base, config_file).settings
    values = effective(settings)
    if as_json:
        rows = {
            name: {"value": value, "origin": settings.origins[name]}
            for name, value in values.items()
        }
        click.echo(json.dumps({"digest": settings.digest, "settings": rows}, indent=2))
    else:
        width = max(len(name) for name in values)
        for name, value in values.items():
            where = f"  # {settings.origins[name]}" if origin else ""
            click.echo(f"{name:<{width}} = {json.dumps(value, ensure_ascii=False)}{where}")
    for warning in settings.warnings:
        say(f"warning: {warning}")


@command.command()
@click.argument("name", type=click.Choice(SCHEMAS), default="settings")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write every schema into DIR instead.",
)
def schema(name: str, out: Path | None) -> None:
    """Print the JSON Schema of a configuration file."""
    if out is None:
        click.echo(render_schema(name), nl=False)
        return
    from synapse_bot.entry.files import write_whole

    for each in SCHEMAS:
        write_whole(out / f"{each}.schema.json", render_schema(each))
        click.echo(f"written: {out / each}.schema.json")


def render_schema(name: str) -> str:
    """The JSON Schema called ``name``, as it lies in docs/schema/."""
    return json.dumps(_schema(name), indent=2, ensure_ascii=False) + "\n"


def _schema(name: str) -> dict[str, Any]:
    match name:
        case "settings":
            from synapse_bot.config.schema import settings_schema

            return settings_schema()
        case "specialist":
            from synapse_bot.specialist.schema import specialist_schema

            return specialist_schema()
        case "routes":
            from synapse_bot.classifier.schema import routes_schema

            return routes_schema()
        case "negotiation":
            from synapse_bot.negotiation.schema import NegotiationFile

            return NegotiationFile.model_json_schema()
        case "taxonomy":
            from synapse_bot.specialist.tables import taxonomy_schema

            return taxonomy_schema()
        case "languages":
            from synapse_bot.classifier.kinds_schema import languages_schema

            return languages_schema()
        case "filekinds":
            from synapse_bot.classifier.kinds_schema import filekinds_schema

            return filekinds_schema()
        case "breakers":
            from synapse_bot.breaker.schema import breakers_schema

            return breakers_schema()
        case "tenants":
            from synapse_bot.govern.tenants_schema import tenants_schema

            return tenants_schema()
        case "models":
            from synapse_bot.llm.schema import models_schema

            return models_schema()
        case _:
            raise KeyError(name)

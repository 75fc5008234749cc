"""`synapse-bot plan`: what a review would run and why. Runs nothing."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synapse_bot.entry.selectors import selected, selector_options

if TYPE_CHECKING:
    from synapse_bot.domain.plan import Plan
    from synapse_bot.domain.prompt import Prompt
    from synapse_bot.report.plan_text import PlanFormat
    from synapse_bot.runtime.request import Asked

_EPILOG = """\b
Examples:
  synapse-bot plan
  synapse-bot plan --base origin/main --format mermaid
  git diff | synapse-bot plan --diff - --format json
  synapse-bot plan --model anthropic/claude-sonnet-5-5   what it would cost, at most
  synapse-bot plan --prompt correctness   what would leave this machine, word for word
"""


@click.command(epilog=_EPILOG)
@selector_options
@click.option("--route", type=click.Choice(["fast", "deep"]), help="Override the classification.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A settings file of your own; wins over the repository's.",
)
@click.option("--model", metavar="NAME", help="Ask this model too, as provider/model.")
@click.option("--deadline", metavar="TIME", help="For the whole review, e.g. 90s, 8m.")
@click.option("--only", multiple=True, metavar="ID", help="Only this specialist (repeatable).")
@click.option("--skip", multiple=True, metavar="ID", help="Not this one (repeatable).")
@click.option(
    "--prompt",
    "shown",
    metavar="ID",
    help="Print instead what this specialist would send to a model, secrets masked.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "json"]),
    default="text",
    show_default=True,
)
def command(form: PlanFormat, shown: str | None, **options: Any) -> None:
    """Show the route with its rationale, the chosen specialists and their deadlines."""
    if shown is not None:
        if form == "mermaid":
            raise click.UsageError("--prompt is printed as text or json.")
        from synapse_bot.report.prompt_text import render_prompts

        click.echo(render_prompts(asyncio.run(_prompts(selected(options), shown)), form), nl=False)
        return
    from synapse_bot.report.plan_text import render_plan

    plan, debates = asyncio.run(_plan(selected(options)))
    click.echo(render_plan(plan, form, debates=debates), nl=False)


async def _plan(asked: Asked) -> tuple[Plan, bool]:
    """The plan with its cost, and whether those who differ would debate."""
    from synapse_bot.entry.host import read_host
    from synapse_bot.runtime.forecast import with_forecasts
    from synapse_bot.runtime.review import plan_review
    from synapse_bot.wiring.parts import open_parts

    with tempfile.TemporaryDirectory(prefix="synapse-bot-") as scratch:
        parts = await open_parts(asked, read_host(), Path(scratch), lambda event: None)
        survey, plan = await plan_review(parts)
        samples = parts.settings.models.samples
        told = await with_forecasts(plan, survey, parts.roster, Path(scratch), samples)
        return told, parts.policy.debate.enabled


async def _prompts(asked: Asked, specialist: str) -> tuple[Prompt, ...]:
    from synapse_bot.entry.host import read_host
    from synapse_bot.runtime.prompts import prompts
    from synapse_bot.runtime.review import plan_review
    from synapse_bot.wiring.parts import open_parts

    with tempfile.TemporaryDirectory(prefix="synapse-bot-") as scratch:
        parts = await open_parts(asked, read_host(), Path(scratch), lambda event: None)
        survey, plan = await plan_review(parts)
        return await prompts(specialist, plan, survey, parts.roster, Path(scratch))

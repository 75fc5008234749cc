"""`synapse-bot review`: examine a change and print one consolidated review."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synapse_bot.config.settings import OnIncomplete
from synapse_bot.domain.errors import ExitCode
from synapse_bot.domain.review import Review, Verdict
from synapse_bot.entry.selectors import selected, selector_options

if TYPE_CHECKING:
    from synapse_bot.config.settings import Gate
    from synapse_bot.entry.conduct import Conducted

SEVERITIES = ("info", "low", "medium", "high", "critical")
FORMATS = ("terminal", "markdown", "json", "sarif", "codequality", "sast", "rdjsonl")

_EPILOG = """\b
Examples:
  synapse-bot review                                  this branch against the default branch
  synapse-bot review --staged --fail-on high          before a commit
  synapse-bot review --base origin/main --format sarif --format markdown --out out
  gh pr diff 123 | synapse-bot review --diff -
  synapse-bot review --only security --route deep
  synapse-bot review --pr 123                         and post it (GITHUB_TOKEN)
  synapse-bot review --mr 45 --no-post                a GitLab merge request, printed only

\b
Exit codes:
  0  pass
  1  findings at or above --fail-on
  2  usage or configuration
  3  incomplete: a specialist failed, a deadline ran out or a file could not be read;
     never a pass (--on-incomplete neutral exits 0 and still says incomplete)
  4  a bug of ours (the traceback is saved and its path printed)
  130  interrupted
"""


@click.command(epilog=_EPILOG)
@selector_options
@click.option("--route", type=click.Choice(["fast", "deep"]), help="Override the classification.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="How to render the review; several need --out. [default: terminal]",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write each format, and always the audit JSON, into DIR.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    help="Exit 1 on a finding at or above this severity. [default: never]",
)
@click.option(
    "--on-incomplete",
    type=click.Choice(["fail", "neutral"]),
    help="fail exits 3 on an incomplete review, neutral exits 0. [default: fail]",
)
@click.option("--min-severity", type=click.Choice(SEVERITIES), help="Show nothing below.")
@click.option("--min-confidence", type=click.FloatRange(0, 1), help="Show nothing below (0 to 1).")
@click.option(
    "--filter-mode",
    type=click.Choice(["added", "context", "file", "none"]),
    help="Which lines findings are shown on. [default: added]",
)
@click.option("--max-findings", type=click.IntRange(0), help="Findings shown in full. [default: 8]")
@click.option(
    "--config",
    "config_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A settings file of your own; wins over the repository's.",
)
@click.option(
    "--deadline", metavar="TIME", help="For the whole review, e.g. 90s, 8m. [default: 8m]"
)
@click.option(
    "--model", metavar="NAME", help="Ask this model too, as provider/model. [default: none]"
)
@click.option("--max-usd", type=click.FloatRange(0), help="What models may cost. [default: 1]")
@click.option(
    "--incremental/--full",
    default=None,
    help="Take what nothing touched since a recorded run from it, or examine everything. "
    "[default: incremental]",
)
@click.option("--only", multiple=True, metavar="ID", help="Run only this specialist (repeatable).")
@click.option("--skip", multiple=True, metavar="ID", help="Do not run this one (repeatable).")
@click.option(
    "--post/--no-post",
    default=True,
    help="Post on the pull or merge request of --pr or --mr. [default: post]",
)
@click.option(
    "--annotate",
    is_flag=True,
    help="In a step of a GitHub workflow: log annotations, the step's summary and its outputs.",
)
@click.option("--inline/--no-inline", default=None, help="Comment on lines too. [default: inline]")
@click.option("--instance", metavar="NAME", help="Tells bots apart that post as one user.")
@click.option("--dry-run", is_flag=True, help="Print the review; record, write and post nothing.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no notes; the review alone.")
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Say on stderr what happens, as it happens, and show debates.",
)
def command(
    formats: tuple[str, ...],
    out: Path | None,
    dry_run: bool,
    post: bool,
    annotate: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> int:
    """Review a change and print ONE consolidated review.

    With no selector: the current branch against its merge-base with the default branch.
    The audit JSON of every run is kept; `synapse-bot runs list` reads it back.
    """
    if len(formats) > 1 and out is None:
        raise click.UsageError("Several --format need --out DIR to be written to.")
    asked = selected(options)
    from synapse_bot.entry.conduct import conduct

    conducted = conduct(
        asked, record=not dry_run, post=post and not dry_run, quiet=quiet, verbose=verbose
    )
    out = None if dry_run else out
    if annotate:
        _annotated(conducted, formats, out, quiet=quiet, verbose=verbose)
    else:
        show(conducted, formats, out, quiet=quiet, verbose=verbose)
    code = exit_code(conducted.review, conducted.settings.gate)
    return ExitCode.INCOMPLETE if conducted.lost and code is ExitCode.PASS else code


def _annotated(
    conducted: Conducted, formats: tuple[str, ...], out: Path | None, *, quiet: bool, verbose: bool
) -> None:
    """As ``show``, where the runner obeys no line of the review, and is told of the findings."""
    from synapse_bot.entry.annotations import commands_stopped
    from synapse_bot.entry.step import tell_runner

    with commands_stopped(sys.stdout.write):
        show(conducted, formats, out, quiet=quiet, verbose=verbose)
    tell_runner(conducted.review, conducted.summary_url, sys.stdout.write)


def show(
    conducted: Conducted, formats: tuple[str, ...], out: Path | None, *, quiet: bool, verbose: bool
) -> None:
    """Print the review, write the files, and say where the artefacts lie."""
    from synapse_bot.entry.terminal import options_for, say, show_text
    from synapse_bot.report.formats import FORMATS as RENDERERS

    options = options_for(conducted.settings.show.max_findings, arguments=verbose)
    if out is not None:
        written = write_all(conducted, formats, out)
    to_print = formats[0] if len(formats) == 1 and out is None else "terminal"
    show_text(RENDERERS[to_print].render(conducted.review, options), color=bool(options.color))
    if not quiet:
        if out is not None:
            say(f"written: {', '.join(written)}")
        if conducted.note:
            say(conducted.note)


def write_all(conducted: Conducted, formats: tuple[str, ...], out: Path) -> list[str]:
    """The files of ``formats`` and the audit, each whole or not at all; returns their paths."""
    from synapse_bot.entry.files import write_whole
    from synapse_bot.report.base import RenderOptions
    from synapse_bot.report.formats import FORMATS as RENDERERS

    plain = RenderOptions(conducted.settings.show.max_findings, color=False)
    written = []
    for name in dict.fromkeys([*formats, "json"]):
        path = out / RENDERERS[name].file_name
        write_whole(path, RENDERERS[name].render(conducted.review, plain))
        written.append(str(path))
    return written


def exit_code(review: Review, gate: Gate) -> ExitCode:
    """The verdict as an exit code, by the gate."""
    match review.verdict:
        case Verdict.PASS:
            return ExitCode.PASS
        case Verdict.FAIL:
            return ExitCode.FINDINGS
        case Verdict.INCOMPLETE:
            neutral = gate.on_incomplete is OnIncomplete.NEUTRAL
            return ExitCode.PASS if neutral else ExitCode.INCOMPLETE

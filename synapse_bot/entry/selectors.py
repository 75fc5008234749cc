"""The options that say which change is meant; `review` and `plan` share them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from synapse_bot.domain.errors import NotBuiltYet
from synapse_bot.runtime.request import Asked

F = TypeVar("F", bound=Callable[..., Any])


_OPTIONS = (
    click.option("--base", metavar="REF", help="Review from the merge-base with REF."),
    click.option("--head", metavar="REF", help="Review up to REF (default: HEAD)."),
    click.option("--staged", is_flag=True, help="Review what is staged for the next commit."),
    click.option(
        "--diff", "diff_file", metavar="FILE|-", help="Review a unified diff; - reads stdin."
    ),
    click.option("--pr", type=int, metavar="N", help="A GitHub pull request (not built yet)."),
    click.option("--mr", type=int, metavar="IID", help="A GitLab merge request (not built yet)."),
    click.option("--label", "labels", multiple=True, metavar="NAME", help="A label of the change."),
    click.option("--intent", default="", metavar="WORD", help="feature, fix, hotfix, refactor, …"),
    click.option(
        "--repo",
        "start",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=".",
        metavar="DIR",
        help="A folder inside the repository (default: here).",
    ),
)


def selector_options(function: F) -> F:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


# option of the command line -> key of the settings
SETTINGS = {
    "route": "review.route",
    "only": "review.only",
    "skip": "review.skip",
    "fail_on": "gate.fail_on",
    "on_incomplete": "gate.on_incomplete",
    "min_severity": "show.min_severity",
    "min_confidence": "show.min_confidence",
    "filter_mode": "show.filter_mode",
    "max_findings": "show.max_findings",
    "deadline": "limits.deadline",
}


def selected(options: dict[str, Any]) -> Asked:
    """What the parsed options ask for. Raises UsageError where they contradict."""
    _refuse_forges(options["pr"], options["mr"])
    base, head, diff_file = options["base"], options["head"], options["diff_file"]
    ranged = base is not None or head is not None
    if sum((ranged, options["staged"], diff_file is not None)) > 1:
        raise click.UsageError("Give one of --base/--head, --staged and --diff, not several.")
    return Asked(
        base=base,
        head=head,
        staged=options["staged"],
        diff=None if diff_file is None else _read(diff_file),
        diff_name={None: "", "-": "stdin"}.get(diff_file, diff_file),
        labels=options["labels"],
        intent=options["intent"],
        start=options["start"],
        options={key: options.get(name) for name, key in SETTINGS.items()},
        config_file=options.get("config_file"),
    )


def _refuse_forges(pr: int | None, mr: int | None) -> None:
    for option, number, forge in (("--pr", pr, "GitHub"), ("--mr", mr, "GitLab")):
        if number is not None:
            raise NotBuiltYet(
                f"{option} {number}: reading a change from {forge} is not built yet; it comes with "
                f'the issue "GitHub and GitLab as a first-class home".',
                "Check the branch out and give --base and --head, or pipe its diff to --diff -.",
            )


def _read(diff_file: str) -> bytes:
    try:
        if diff_file == "-":
            return sys.stdin.buffer.read()
        return Path(diff_file).read_bytes()
    except OSError as error:
        raise click.UsageError(f"--diff {diff_file}: {error.strerror}") from error

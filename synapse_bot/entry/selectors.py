"""The options that say which change is meant; `review` and `plan` share them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from synapse_bot.entry.options import repo_option
from synapse_bot.runtime.request import Asked, Remote

F = TypeVar("F", bound=Callable[..., Any])


_OPTIONS = (
    click.option("--base", metavar="REF", help="Review from the merge-base with REF."),
    click.option("--head", metavar="REF", help="Review up to REF (default: HEAD)."),
    click.option("--staged", is_flag=True, help="Review what is staged for the next commit."),
    click.option(
        "--diff", "diff_file", metavar="FILE|-", help="Review a unified diff; - reads stdin."
    ),
    click.option(
        "--pre-push", is_flag=True, help="In a pre-push hook: review what is about to be pushed."
    ),
    click.option("--pr", type=click.IntRange(1), metavar="N", help="Review a GitHub pull request."),
    click.option(
        "--mr", type=click.IntRange(1), metavar="IID", help="Review a GitLab merge request."
    ),
    click.option(
        "--repository",
        default="",
        metavar="OWNER/NAME",
        help="Where --pr or --mr is (default: the CI's, else that of the remote origin).",
    ),
    click.option(
        "--api-url",
        default="",
        metavar="URL",
        help="The API of GitHub Enterprise (…/api/v3) or of your GitLab (…/api/v4).",
    ),
    click.option("--label", "labels", multiple=True, metavar="NAME", help="A label of the change."),
    click.option("--intent", default="", metavar="WORD", help="feature, fix, hotfix, refactor, …"),
    repo_option,
)


def selector_options(function: F) -> F:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


# option of the command line -> key of the settings
SETTINGS = {
    "route": "review.route",
    "incremental": "review.incremental",
    "model": "models.default",
    "max_usd": "models.max_usd",
    "only": "review.only",
    "skip": "review.skip",
    "fail_on": "gate.fail_on",
    "on_incomplete": "gate.on_incomplete",
    "min_severity": "show.min_severity",
    "min_confidence": "show.min_confidence",
    "filter_mode": "show.filter_mode",
    "max_findings": "show.max_findings",
    "deadline": "limits.deadline",
    "inline": "post.inline",
    "instance": "post.instance",
}


def selected(options: dict[str, Any]) -> Asked:
    """What the parsed options ask for. Raises UsageError where they contradict."""
    base, head, diff_file = options["base"], options["head"], options["diff_file"]
    ranged = base is not None or head is not None
    forges = [options["pr"] is not None, options["mr"] is not None]
    flags = (options["staged"], options["pre_push"])
    if sum((ranged, *flags, diff_file is not None, *forges)) > 1:
        raise click.UsageError(
            "Give one of --base/--head, --staged, --diff, --pre-push, --pr and --mr, not several."
        )
    if options["pre_push"]:
        base, head = _pushed(options["start"])
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
        remote=_remote(options) if any(forges) else None,
    )


_REQUEST_ALONE = {
    **dict.fromkeys(("pr", "mr", "base", "head", "diff_file")),
    **dict.fromkeys(("staged", "pre_push"), False),
    "labels": (),
    "intent": "",
}


def selected_request(options: dict[str, Any]) -> Asked:
    """As ``selected``, for a verb that knows a pull or merge request and no other selector."""
    return selected({**_REQUEST_ALONE, **options})


def _remote(options: dict[str, Any]) -> Remote:
    """The pull or merge request that --pr or --mr names."""
    from synapse_bot.entry.host import read_host
    from synapse_bot.entry.remotes import RemoteOptions, remote_of
    from synapse_bot.wiring.forges import open_repository

    repository = open_repository(options["start"], read_host())
    origin = repository.repository_name() if repository else ""
    number = options["pr"] or options["mr"]
    asked = RemoteOptions(number, options["repository"], options["api_url"])
    return remote_of("github" if options["pr"] else "gitlab", asked, origin)


def _pushed(start: Path) -> tuple[str | None, str | None]:
    """(base, head) of the push that a hook is told of. Raises NothingPushed, PushUnclear."""
    from synapse_bot.domain.errors import NotARepository
    from synapse_bot.entry.host import read_host
    from synapse_bot.entry.push import pushed_range, read_push
    from synapse_bot.wiring.forges import open_repository

    repository = open_repository(start, read_host())
    if repository is None:
        raise NotARepository(f"{start.resolve()} is not in a git repository")
    framework = "PRE_COMMIT_REMOTE_NAME" in os.environ or "PRE_COMMIT_TO_REF" in os.environ
    if not framework and sys.stdin.isatty():
        raise click.UsageError("--pre-push is for git's pre-push hook, which tells it the refs.")
    lines = "" if framework else sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    found = pushed_range(read_push(os.environ, lines), repository.git)
    return found.base, found.head


def _read(diff_file: str) -> bytes:
    try:
        if diff_file == "-":
            return sys.stdin.buffer.read()
        return Path(diff_file).read_bytes()
    except OSError as error:
        raise click.UsageError(f"--diff {diff_file}: {error.strerror}") from error

"""The GitHub action: its inputs and the event become one command, and what it left, outputs.

scripts/action.sh installs the program and runs this module. Inputs are the workflow's author's; of
the event nothing but numbers, revisions and kinds decides.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot.config.keys import KEYS
from synapse_bot.domain.errors import ExitCode
from synapse_bot.entry.ci import read_ci
from synapse_bot.entry.door import enter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.entry.ci import CiContext

# input -> key of the settings: given to every command alike, as variables
SETTINGS = {
    "route": "review.route",
    "fail-on": "gate.fail_on",
    "on-incomplete": "gate.on_incomplete",
    "min-severity": "show.min_severity",
    "deadline": "limits.deadline",
    "model": "models.default",
}
# output -> format whose file it names; these are always written
FILES = {"report-json": "json", "report-markdown": "markdown", "sarif-file": "sarif"}

_PULLS = ("pull_request", "pull_request_target")
_COMMENTS = ("issue_comment", "pull_request_review_comment")
_RANGES = ("push", "merge_group")
_BY_HAND = ("workflow_dispatch", "schedule")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the workflow's author gives; an empty text is not given.

    ``out`` is absolute. ``settings`` are the program's variables with their values.
    """

    out: Path
    pr: str = ""
    post: bool = True
    base: str = ""
    head: str = ""
    config: str = ""
    formats: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def named(self) -> bool:
        """Whether they say themselves what is to be reviewed."""
        return bool(self.pr or self.base or self.head)


def read_inputs(variables: Mapping[str, str]) -> Inputs:
    """The INPUT_* that action.yml sets. Raises UsageError."""

    def given(name: str) -> str:
        return variables.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()

    post = given("post") or "true"
    if post not in ("true", "false"):
        raise click.UsageError(f"The input post is true or false, not {post!r}.")
    home = Path(variables.get("RUNNER_TEMP") or ".") / "synapse-bot"
    return Inputs(
        out=Path(given("out") or home / "review").absolute(),
        pr=given("pr"),
        post=post == "true",
        base=given("base"),
        head=given("head"),
        config=given("config"),
        formats=tuple(given("format").replace(",", " ").split()),
        settings=tuple((KEYS[key].variable, given(n)) for n, key in SETTINGS.items() if given(n)),
    )


def command_of(inputs: Inputs, ci: CiContext) -> tuple[str, ...]:
    """The arguments of `synapse-bot`; () where the event leaves nothing to do.

    What the inputs name goes before the event. A bot's comment is never answered, and the
    program asks the forge for the comment and for its author's rights: the event decides neither.
    """
    if inputs.named:
        return _review(inputs, _selected(inputs))
    pull = str(ci.number) if ci.number else ""
    if ci.event in _COMMENTS:
        wanted = pull and ci.comment and ci.action == "created" and not ci.by_bot
        return _respond(ci) if wanted else ()
    if ci.event in _PULLS:
        return _review(inputs, _pull(pull, inputs)) if pull and ci.action != "closed" else ()
    if ci.event in _RANGES:
        # A push that makes a branch has no commit before it: the default branch is the base then.
        range_ = ("--base", ci.base, "--head", ci.head) if ci.base else ()
        return _review(inputs, range_) if ci.head else ()
    return _review(inputs, ()) if ci.event in _BY_HAND else ()


def _selected(inputs: Inputs) -> tuple[str, ...]:
    pull = _pull(inputs.pr, inputs) if inputs.pr else ()
    ends = (("--base", inputs.base), ("--head", inputs.head))
    return (*pull, *(word for option, end in ends if end for word in (option, end)))


def _pull(number: str, inputs: Inputs) -> tuple[str, ...]:
    return ("--pr", number) if inputs.post else ("--pr", number, "--no-post")


def _review(inputs: Inputs, selector: tuple[str, ...]) -> tuple[str, ...]:
    config = ("--config", inputs.config) if inputs.config else ()
    formats = dict.fromkeys(("terminal", *FILES.values(), *inputs.formats))
    rendered = (word for name in formats for word in ("--format", name))
    return ("review", *selector, *config, *rendered, "--out", str(inputs.out), "--annotate")


def _respond(ci: CiContext) -> tuple[str, ...]:
    inline = ("--review-comment",) if ci.event == "pull_request_review_comment" else ()
    return ("respond", "--pr", str(ci.number), "--comment", str(ci.comment), *inline)


@click.command()
def command() -> int:
    """Do what the inputs of the action and the event ask for."""
    from synapse_bot.entry.main import cli
    from synapse_bot.entry.step import set_outputs
    from synapse_bot.entry.terminal import say

    inputs, ci = read_inputs(os.environ), read_ci(os.environ, _read)
    if ci is None:
        raise click.UsageError("This runs in a step of a GitHub workflow.")
    argv = command_of(inputs, ci)
    if not argv:
        say(f"nothing to do on {ci.event} {ci.action}".rstrip())
        set_outputs({"exit-code": str(int(ExitCode.PASS))})
        return ExitCode.PASS
    os.environ.update(inputs.settings)
    _forget(inputs.out)
    code = enter(cli, list(argv))
    set_outputs(_left(inputs.out, code, reviewed=argv[0] == "review"))
    return code


def _left(out: Path, code: int, *, reviewed: bool) -> dict[str, str]:
    """The outputs that the review itself has not set: it may have died, or found no change."""
    paths = {name: path for name, path in _files(out).items() if path.is_file()}
    outputs = {"exit-code": str(int(code)), **{name: str(path) for name, path in paths.items()}}
    if reviewed and "report-json" not in paths:
        nothing = {"verdict": "pass", "findings-count": "0", "findings-high": "0"}
        outputs |= {"verdict": "incomplete"} if code else nothing
    return outputs


def _forget(out: Path) -> None:
    """An earlier step's files are no outputs of this one."""
    for path in _files(out).values():
        path.unlink(missing_ok=True)


def _files(out: Path) -> dict[str, Path]:
    from synapse_bot.report.formats import FORMATS

    return {name: out / FORMATS[kind].file_name for name, kind in FILES.items()}


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


if __name__ == "__main__":
    sys.exit(enter(command, []))

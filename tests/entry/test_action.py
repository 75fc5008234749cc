"""From the action's inputs and the event to one command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from synapse_bot.entry.action import SETTINGS, command_of, read_inputs
from synapse_bot.entry.ci import GITHUB_API, CiContext, ForgeKind

BASE, HEAD = "a" * 40, "b" * 40


def _ci(event: str, **more: Any) -> CiContext:
    return CiContext(ForgeKind.GITHUB, GITHUB_API, event=event, **more)


def _command(ci: CiContext, **given: str) -> tuple[str, ...]:
    variables = {f"INPUT_{name.upper()}": value for name, value in given.items()}
    return command_of(read_inputs({"RUNNER_TEMP": "/temp", **variables}), ci)


def _value(command: tuple[str, ...], option: str) -> str:
    return command[command.index(option) + 1]


PULL = _ci("pull_request", action="synchronize", number=7, base=BASE, head=HEAD)
COMMENT = _ci("issue_comment", action="created", number=7, comment=99)


def test_a_pull_request_is_reviewed_and_posted_on_and_the_runner_is_told() -> None:
    command = _command(PULL)
    assert command[:3] == ("review", "--pr", "7")
    assert "--annotate" in command
    assert "--base" not in command
    assert "--no-post" not in command


def test_with_post_false_the_audit_still_names_the_pull_request() -> None:
    assert _command(PULL, post="false")[:4] == ("review", "--pr", "7", "--no-post")


@pytest.mark.parametrize("post", ["False", "no", "0"])
def test_post_is_true_or_false_and_nothing_that_looks_like_it(post: str) -> None:
    with pytest.raises(click.UsageError, match=post):
        _command(PULL, post=post)


def test_what_the_inputs_name_goes_before_the_event() -> None:
    assert _command(COMMENT, pr="12")[:3] == ("review", "--pr", "12")
    ranged = _command(PULL, base="v1", head="v2")
    assert ranged[:5] == ("review", "--base", "v1", "--head", "v2")
    assert _command(PULL, head="v2")[:3] == ("review", "--head", "v2")


@pytest.mark.parametrize("event", ["push", "merge_group"])
def test_a_range_is_reviewed_from_what_was_there_before(event: str) -> None:
    command = _command(_ci(event, base=BASE, head=HEAD))
    assert command[:5] == ("review", "--base", BASE, "--head", HEAD)


def test_a_push_of_a_new_branch_is_compared_with_the_default_branch() -> None:
    command = _command(_ci("push", head=HEAD))
    assert command[0] == "review"
    assert "--base" not in command
    assert _command(_ci("push")) == (), "a branch that was deleted has no head"


def test_a_run_by_hand_or_by_the_clock_reviews_what_is_checked_out() -> None:
    for event in ("workflow_dispatch", "schedule"):
        command = _command(_ci(event, head=HEAD))
        assert command[0] == "review"
        assert not {"--pr", "--base"} & set(command)


def test_a_comment_is_answered_where_it_stands() -> None:
    assert _command(COMMENT) == ("respond", "--pr", "7", "--comment", "99")
    on_the_diff = _ci("pull_request_review_comment", action="created", number=7, comment=99)
    assert _command(on_the_diff)[-1] == "--review-comment"


@pytest.mark.parametrize(
    "more",
    [
        {"by_bot": True},
        {"action": "edited"},
        {"action": "deleted"},
        {"number": 0},
        {"comment": 0},
    ],
)
def test_no_other_comment_is_answered(more: dict[str, Any]) -> None:
    told = {"action": "created", "number": 7, "comment": 99} | more
    assert _command(_ci("issue_comment", **told)) == ()


@pytest.mark.parametrize("event", ["workflow_run", "check_run", "issues", "pull_request_review"])
def test_other_events_leave_nothing_to_do(event: str) -> None:
    assert _command(_ci(event, action="created", number=7, head=HEAD)) == ()


def test_a_closed_pull_request_is_left_alone() -> None:
    assert _command(_ci("pull_request", action="closed", number=7, head=HEAD)) == ()


def test_files_for_the_outputs_are_always_written_and_others_on_request() -> None:
    command = _command(PULL, format="sast, rdjsonl\nsarif", out="files", config="ours.yml")
    formats = [word for at, word in enumerate(command) if command[at - 1] == "--format"]
    assert formats == ["terminal", "json", "markdown", "sarif", "sast", "rdjsonl"]
    assert _value(command, "--out") == str(Path("files").absolute())
    assert _value(command, "--config") == "ours.yml"
    assert _value(_command(PULL), "--out") == "/temp/synapse-bot/review"
    assert "--config" not in _command(PULL)


def test_settings_become_variables_and_an_empty_input_overrides_nothing() -> None:
    named = {f"INPUT_{name.upper().replace('-', '_')}": name for name in SETTINGS}
    given = dict(read_inputs(named).settings)
    assert given["SYNAPSE_BOT__GATE__FAIL_ON"] == "fail-on"
    assert given["SYNAPSE_BOT__MODELS__DEFAULT"] == "model"
    assert len(given) == len(SETTINGS)
    assert read_inputs(dict.fromkeys(named, "")).settings == ()


def test_no_text_of_the_change_is_in_the_command() -> None:
    evil = "--config=/evil"
    ci = _ci("pull_request", number=7, title=evil, branch=evil, labels=(evil,), base_branch=evil)
    assert not [word for word in _command(ci) if "evil" in word]

"""The action as a runner runs it: action.yml's own steps, a real repository, a fake GitHub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeToken, FakeUser


@pytest.fixture
def opened(runner: Any, pull_event: Any) -> Any:
    """Runs the action on the pull request as it is now."""

    def run(source: int = 1, **given: str) -> Any:
        event = pull_event(source)
        return runner.action("pull_request", event, **{"install_tools": "false"} | given)

    return run


def test_a_pull_request_gets_one_summary_and_a_comment_on_the_line(
    opened: Any, github: Any
) -> None:
    done = opened()
    assert done.code == 0, done.out
    assert [c["line"] for c in github.comments] == [9]
    (summary,) = github.fake.issue_comments
    outputs = done.outputs
    assert outputs["summary-comment-url"] == summary["html_url"]
    assert (outputs["verdict"], outputs["exit-code"], outputs["mode"]) == ("pass", "0", "fast")
    assert (outputs["findings-count"], outputs["findings-high"]) == ("1", "1")
    assert float(outputs["cost-usd"]) == 0
    assert "Command injection" in done.summary
    assert "::error file=app.py,line=9,endLine=9,title=Command injection::" in done.out


def test_the_outputs_name_files_that_are_there(opened: Any, tmp_path: Path) -> None:
    done = opened(post="false", format="codequality, rdjsonl", out=str(tmp_path / "files"))
    outputs = done.outputs
    assert json.loads(Path(outputs["report-json"]).read_text())["change"]["ref"] == "#7"
    assert json.loads(Path(outputs["sarif-file"]).read_text())["version"] == "2.1.0"
    assert "Command injection" in Path(outputs["report-markdown"]).read_text()
    names = {path.name for path in (tmp_path / "files").iterdir()}
    assert {"gl-code-quality-report.json", "synapse-review.rdjsonl"} <= names


def test_a_second_run_writes_nothing(opened: Any, github: Any) -> None:
    first = opened()
    before = github.writes()
    done = opened()
    assert done.code == 0
    assert "posted: nothing new" in done.out
    assert done.outputs["summary-comment-url"] == first.outputs["summary-comment-url"] != ""
    assert github.writes() == before


def test_with_post_false_nothing_is_written_and_the_review_is_there(
    opened: Any, github: Any
) -> None:
    done = opened(post="false", fail_on="high")
    assert (done.code, done.outputs["verdict"]) == (1, "fail")
    assert github.writes() == 0
    assert "Command injection" in done.summary
    assert done.outputs["summary-comment-url"] == ""


@pytest.mark.parametrize(("fail_on", "code", "verdict"), [("", 0, "pass"), ("high", 1, "fail")])
def test_a_fork_s_token_costs_the_comments_and_never_the_review_or_its_verdict(
    opened: Any, github: Any, fail_on: str, code: int, verdict: str
) -> None:
    github.fake.tokens["good"] = FakeToken(ACTIONS_BOT, writes=False, checks=False, statuses=False)
    done = opened(source=2, fail_on=fail_on)
    assert (done.code, done.outputs["verdict"]) == (code, verdict), done.out
    assert not github.summaries
    assert "not posted: " in done.out
    assert "Command injection" in done.summary


def test_settings_of_the_change_s_own_do_not_hold(opened: Any, github: Any) -> None:
    text = "gate:\n  fail_on: never\nexclude: ['**']\n"
    github.repository.commit({".synapse-bot.yml": text}, "chore: look away")
    assert opened(post="false", fail_on="high").code == 1


def test_an_input_with_a_typing_error_is_named_and_is_no_pass(opened: Any) -> None:
    done = opened(post="false", fail_on="hihg")
    assert (done.code, done.outputs["exit-code"]) == (2, "2")
    assert done.outputs["verdict"] == "incomplete"
    assert "hihg" in done.out
    assert done.outputs["report-json"] == ""


def test_files_of_an_earlier_step_are_no_outputs_of_this_one(opened: Any) -> None:
    assert opened(post="false").outputs["report-json"]
    outputs = opened(post="false", deadline="soon").outputs
    assert (outputs["verdict"], outputs["report-json"], outputs["sarif-file"]) == (
        "incomplete",
        "",
        "",
    )


def test_a_change_of_nothing_is_a_pass_with_no_findings(opened: Any, github: Any) -> None:
    github.repository.git("reset", "-q", "--hard", "main")
    done = opened(post="false")
    assert done.code == 0, done.out
    assert (done.outputs["verdict"], done.outputs["findings-count"]) == ("pass", "0")


def test_a_push_is_reviewed_in_the_clone_and_posted_nowhere(runner: Any, github: Any) -> None:
    base = github.repository.git("rev-parse", "main")
    done = runner.action("push", {"before": base, "deleted": False}, install_tools="false")
    assert done.code == 0, done.out
    assert done.outputs["findings-count"] == "1"
    assert github.fake.requests == []


@pytest.mark.parametrize("by", [ACTIONS_BOT, FakeUser(77, "other[bot]", "Bot")])
def test_a_bot_s_comment_is_not_even_looked_at(
    runner: Any, github: Any, comment_event: Any, by: FakeUser
) -> None:
    event = comment_event("/synapse help", by)
    done = runner.action("issue_comment", event, install_tools="false")
    assert (done.code, done.outputs["verdict"]) == (0, "")
    assert github.fake.requests == []


def test_a_command_in_a_comment_is_answered_once(
    runner: Any, github: Any, comment_event: Any
) -> None:
    ada = FakeUser(41, "ada", permission="write")
    github.fake.users.append(ada)
    event = comment_event("/synapse help", ada)
    for _ in range(2):
        done = runner.action("issue_comment", event, install_tools="false")
        assert done.code == 0, done.out
    ours = [row for row in github.fake.issue_comments if row["user"]["id"] == ACTIONS_BOT.id]
    assert len(ours) == 1
    assert "/synapse review" in ours[0]["body"]
    assert done.outputs["verdict"] == ""


def test_a_command_in_a_thread_is_answered_in_the_thread(
    opened: Any, runner: Any, github: Any, pull_event: Any
) -> None:
    opened()
    (finding,) = github.comments
    ada = FakeUser(41, "ada", permission="write")
    github.fake.users.append(ada)
    number = github.fake.say(ada, "/synapse help", reply_to=finding["id"])
    event = pull_event() | {"action": "created", "comment": {"id": number, "user": ada.row()}}
    done = runner.action("pull_request_review_comment", event, install_tools="false")
    assert done.code == 0, done.out
    reply = github.comments[-1]
    assert reply["user"]["id"] == ACTIONS_BOT.id
    assert reply["in_reply_to_id"] == finding["id"]

"""The verdict as a check run with annotations, else as a commit status."""

from __future__ import annotations

from typing import Any

import pytest

from synapse_bot.domain.review import Verdict
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeToken


@pytest.mark.parametrize(
    ("verdict", "conclusion", "state"),
    [
        (Verdict.PASS, "success", "success"),
        (Verdict.FAIL, "failure", "failure"),
        (Verdict.INCOMPLETE, "neutral", "error"),
    ],
)
def test_incomplete_is_neither_red_nor_green(
    world: Any, verdict: Verdict, conclusion: str, state: str
) -> None:
    title = "not reviewed: semgrep ran out of time"
    assert world.status(0, verdict, title)
    [run] = world.fake.check_runs
    assert (run["conclusion"], run["output"]["title"]) == (conclusion, title)
    assert run["head_sha"] == world.fake.revisions.head
    world.fake.check_runs.clear()
    world.fake.tokens["good"] = FakeToken(ACTIONS_BOT, checks=False)
    assert world.status(0, verdict, title)
    [status] = world.fake.statuses
    assert (status["state"], status["description"]) == (state, title)


def test_120_annotations_go_in_requests_of_50_and_once(world: Any) -> None:
    for _ in range(2):
        world.status(120)
    assert [method for method, _, _ in world.posts()] == ["POST", "PATCH", "PATCH"]
    [run] = world.fake.check_runs
    assert [row["message"] for row in run["_annotations"]] == [f"remark {n}" for n in range(120)]


def test_another_verdict_is_another_run(world: Any) -> None:
    world.status(1, Verdict.FAIL)
    world.status(0, Verdict.PASS, "nothing found")
    assert [run["conclusion"] for run in world.fake.check_runs] == ["success", "failure"]


def test_a_commit_status_is_set_once_for_one_verdict(world: Any) -> None:
    world.fake.tokens["good"] = FakeToken(ACTIONS_BOT, checks=False)
    for _ in range(2):
        world.status(60, title="x" * 200)
    assert len(world.fake.statuses) == 1
    assert len(world.fake.statuses[0]["description"]) == 140


def test_a_token_that_may_set_neither_is_no_error(world: Any) -> None:
    world.fake.tokens["good"] = FakeToken(ACTIONS_BOT, checks=False, statuses=False)
    assert world.status(1) == ""

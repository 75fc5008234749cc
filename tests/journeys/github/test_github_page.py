"""The workflows of docs/github.md do what the page says when they are pasted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeToken, FakeUser

ROOT = Path(__file__).resolve().parents[3]
_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
READS = FakeToken(ACTIONS_BOT, writes=False, checks=False, statuses=False)
WRITES = FakeToken(ACTIONS_BOT)


@pytest.fixture(scope="module")
def page() -> dict[str, str]:
    """The workflows by name; the page ends with one."""
    text = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    assert text.endswith("```\n")
    parsed = {block: yaml.safe_load(block) for block in _BLOCK.findall(text)}
    return {row["name"]: block for block, row in parsed.items() if isinstance(row, dict)}


def _finished(github: Any, repository: str, event: str = "pull_request") -> dict[str, Any]:
    run = {
        "id": 5,
        "event": event,
        "head_sha": github.repository.git("rev-parse", "feature"),
        "head_repository": {"full_name": repository},
        "pull_requests": [],  # as GitHub leaves it for a fork
    }
    return {"action": "completed", "workflow_run": run}


def test_the_review_comments_on_the_pull_request_and_keeps_its_files(
    runner: Any, github: Any, pull_event: Any, page: dict[str, str]
) -> None:
    done = runner.workflow(page["Review"], "pull_request", pull_event())
    assert done.code == 0, done.out
    assert len(github.summaries) == 1
    assert [c["line"] for c in github.comments] == [9]
    assert {"synapse-review.json", "synapse-review.sarif"} == {
        file.name for file in runner.artefacts["review"].iterdir()
    }


def test_a_fork_s_review_is_posted_by_the_second_stage(
    runner: Any, github: Any, pull_event: Any, page: dict[str, str]
) -> None:
    github.fake.tokens["good"] = READS
    assert runner.workflow(page["Review"], "pull_request", pull_event(source=2)).code == 0
    assert github.summaries == []
    github.fake.tokens["good"] = WRITES
    event = _finished(github, "someone/fork")
    done = runner.workflow(page["Post reviews of forks"], "workflow_run", event)
    assert done.code == 0, done.out
    assert len(github.summaries) == 1
    assert [c["line"] for c in github.comments] == [9]


def test_the_second_stage_leaves_what_the_first_could_post(
    runner: Any, github: Any, page: dict[str, str]
) -> None:
    workflow = page["Post reviews of forks"]
    for event in (_finished(github, "team/shop"), _finished(github, "someone/fork", "push")):
        assert runner.workflow(workflow, "workflow_run", event) is None


def test_the_second_stage_uses_the_name_of_the_first(page: dict[str, str]) -> None:
    second = yaml.safe_load(page["Post reviews of forks"])
    assert second[True]["workflow_run"]["workflows"] == [yaml.safe_load(page["Review"])["name"]]


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("Looks good", FakeUser(41, "ada")),
        ("/synapses are nice", FakeUser(41, "ada")),
        ("/synapse help", ACTIONS_BOT),
    ],
)
def test_other_comments_start_no_job(
    runner: Any, comment_event: Any, page: dict[str, str], text: str, by: FakeUser
) -> None:
    assert runner.workflow(page["Commands"], "issue_comment", comment_event(text, by)) is None


def test_a_command_is_answered(
    runner: Any, github: Any, comment_event: Any, page: dict[str, str]
) -> None:
    ada = FakeUser(41, "ada", permission="write")
    github.fake.users.append(ada)
    event = comment_event("/synapse help", ada)
    done = runner.workflow(page["Commands"], "issue_comment", event)
    assert done.code == 0, done.out
    assert "/synapse review" in github.fake.issue_comments[-1]["body"]


def test_a_command_to_review_needs_no_clone(
    runner: Any, github: Any, comment_event: Any, page: dict[str, str]
) -> None:
    ada = FakeUser(41, "ada", permission="write")
    github.fake.users.append(ada)
    event = comment_event("/synapse review", ada)
    done = runner.workflow(page["Commands"], "issue_comment", event)
    assert done.code == 0, done.out
    assert [c["line"] for c in github.comments] == [9]
    assert any("Command injection" in body for body in github.summaries)


def test_the_tables_are_those_of_the_action() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    rows = (ROOT / "docs" / "github.md").read_text().splitlines()
    for name, row in action["inputs"].items():
        default = f"`{row['default']}`" if row["default"] else ""
        assert f"| `{name}` | {default} | {row['description']} |" in rows
    for name, row in action["outputs"].items():
        assert f"| `{name}` | {row['description']} |" in rows

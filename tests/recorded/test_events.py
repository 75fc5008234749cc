"""The action's choice for real payloads of all webhooks (npm @octokit/webhooks-examples)."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.entry.action import command_of, read_inputs
from synapse_bot.entry.ci import CiContext, read_ci

INDEX = "webhooks-examples/api.github.com/index.json"
MERGED, TIP = "c" * 40, "d" * 40  # what GITHUB_SHA is for a pull request, and on other events
_WORD = re.compile(r"--[a-z-]+|[a-z]+|[1-9][0-9]*|[0-9a-f]{40}")


@dataclass(frozen=True)
class Payload:
    event: str
    number: int  # among those of the event
    body: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.event}/{self.body.get('action', '')}#{self.number}"

    @property
    def ci(self) -> CiContext:
        """As a job that this event starts would see it."""
        sha = {"pull_request": MERGED, "push": self.body.get("after")}.get(self.event) or TIP
        variables = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "Codertocat/Hello-World",
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_EVENT_PATH": "event.json",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": sha,
        }
        found = read_ci(variables, lambda path: json.dumps(self.body))
        assert found is not None
        return found

    @property
    def command(self) -> tuple[str, ...]:
        return command_of(read_inputs({"RUNNER_TEMP": "/temp"}), self.ci)

    @property
    def verb(self) -> str:
        return self.command[0] if self.command else "nothing"


@pytest.fixture(scope="module")
def payloads(octokit: Path) -> list[Payload]:
    index = json.loads((octokit / INDEX).read_text())
    return [
        Payload(row["name"], number, body)
        for row in index
        for number, body in enumerate(row["examples"])
    ]


def test_no_event_is_an_error(payloads: list[Payload]) -> None:
    verbs = Counter(payload.verb for payload in payloads)
    assert sum(verbs.values()) == len(payloads) > 300
    assert set(verbs) == {"review", "respond", "nothing"}


def test_every_event_of_a_pull_request_names_it_and_its_own_head(payloads: list[Payload]) -> None:
    of_pulls = [p for p in payloads if p.event.startswith("pull_request")]
    assert len({p.event for p in of_pulls}) == 4
    want = {p.name: _pull(p.body["pull_request"]) for p in of_pulls}
    assert {p.name: (p.ci.number, p.ci.head, p.ci.base) for p in of_pulls} == want


def _pull(pull: dict[str, Any]) -> tuple[int, str, str]:
    return pull["number"], pull["head"]["sha"], pull["base"]["sha"]


def test_a_review_is_what_a_pull_request_a_push_a_queue_or_a_person_starts(
    payloads: list[Payload],
) -> None:
    def starts(payload: Payload) -> bool:
        match payload.event:
            case "pull_request":
                return payload.body["action"] != "closed"
            case "push":
                return not payload.body["deleted"]
            case _:
                return payload.event in ("merge_group", "workflow_dispatch")

    assert _differing(payloads, "review", starts) == []


def test_an_answer_is_what_a_person_s_new_comment_on_a_pull_request_gets(
    payloads: list[Payload],
) -> None:
    def asks(payload: Payload) -> bool:
        body = payload.body
        pull = "pull_request" in body or "pull_request" in body.get("issue", {})
        commented = payload.event in ("issue_comment", "pull_request_review_comment")
        person = body.get("comment", {}).get("user", {}).get("type") == "User"
        return commented and pull and person and body["action"] == "created"

    assert _differing(payloads, "respond", asks) == []
    assert any(asks(payload) for payload in payloads)


def _differing(payloads: list[Payload], verb: str, wanted: Any) -> list[str]:
    return [p.name for p in payloads if (p.verb == verb) != bool(wanted(p))]


def test_a_comment_is_named_by_its_number_and_its_kind(payloads: list[Payload]) -> None:
    answered = [payload for payload in payloads if payload.verb == "respond"]
    for payload in answered:
        assert str(payload.body["comment"]["id"]) in payload.command
        inline = payload.event == "pull_request_review_comment"
        assert ("--review-comment" in payload.command) is inline


def test_a_command_is_made_of_options_numbers_and_commits(payloads: list[Payload]) -> None:
    """Titles, branches and bodies are a stranger's: none becomes an argument."""
    words = {word for payload in payloads for word in payload.command}
    assert {word for word in words if not _WORD.fullmatch(word)} == {"/temp/synapse-bot/review"}


def test_a_fork_is_told_by_the_numbers_of_its_repositories(payloads: list[Payload]) -> None:
    pulls = [p for p in payloads if p.event == "pull_request"]
    want = {p.name: _is_fork(p.body["pull_request"]) for p in pulls}
    assert {p.name: p.ci.fork for p in pulls} == want


def _is_fork(pull: dict[str, Any]) -> bool:
    source, target = pull["head"]["repo"], pull["base"]["repo"]
    return source is None or source["full_name"] != target["full_name"]

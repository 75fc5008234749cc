"""The server's choice for real payloads of all webhooks (npm @octokit/webhooks-examples)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.entry.webhooks import read_github
from synapse_bot.runtime.errand import ErrandKind
from synapse_bot.server.decision import Decision, Pass, Rules, Start, Stop, decide
from synapse_bot.server.happening import Happening

INDEX = "webhooks-examples/api.github.com/index.json"
Row = tuple[str, dict[str, Any], Happening, Decision]


@pytest.fixture(scope="module")
def rows(octokit: Path) -> list[Row]:
    """(event, payload, happening, decision) of each example."""
    found = []
    for entry in json.loads((octokit / INDEX).read_text()):
        for body in entry["examples"]:
            happening = read_github(entry["name"], json.dumps(body).encode())
            assert isinstance(happening, Happening), entry["name"]
            found.append((entry["name"], body, happening, decide(happening, Rules())))
    return found


def test_no_event_is_an_error_and_most_are_passed_over_with_a_reason(rows: list[Row]) -> None:
    kinds = Counter(type(decision) for *_, decision in rows)
    assert sum(kinds.values()) == len(rows) > 300
    assert set(kinds) == {Start, Stop, Pass}
    assert all(decision.why for *_, decision in rows if isinstance(decision, Pass))


def test_a_review_is_started_by_what_changes_what_there_is_to_review(rows: list[Row]) -> None:
    started = {
        (event, body["action"])
        for event, body, _, decision in rows
        if isinstance(decision, Start) and decision.errand.kind is ErrandKind.REVIEW
    }
    actions = ("opened", "synchronize", "reopened", "ready_for_review")
    assert started == {("pull_request", action) for action in actions}


def test_a_pull_request_that_ends_stops_what_is_under_way(rows: list[Row]) -> None:
    stopped = {(e, b["action"]) for e, b, _, decision in rows if isinstance(decision, Stop)}
    assert stopped == {("pull_request", "closed")}


def test_what_a_pull_request_s_event_says_is_read(rows: list[Row]) -> None:
    pulls = [(body, happening) for event, body, happening, _ in rows if event == "pull_request"]
    assert pulls
    for body, happening in pulls:
        pull = body["pull_request"]
        assert happening.number == pull["number"]
        assert happening.head == pull["head"]["sha"]
        assert happening.repository == body["repository"]["full_name"]
        assert happening.installation == body.get("installation", {}).get("id", 0)
        assert happening.labels == tuple(label["name"] for label in pull["labels"])
        assert happening.lines == pull["additions"] + pull["deletions"]


def test_only_a_command_is_answered(rows: list[Row]) -> None:
    """The examples hold comments, and none of them is a command until we write one into it."""
    commented = [
        (event, body)
        for event, body, _, _ in rows
        if event in ("issue_comment", "pull_request_review_comment") and body["action"] == "created"
    ]
    answered = 0
    for event, body in commented:
        asked = {**body, "comment": {**body["comment"], "body": "/synapse review"}}
        happening = read_github(event, json.dumps(asked).encode())
        assert isinstance(happening, Happening)
        decision = decide(happening, Rules())
        if isinstance(decision, Start):
            answered += 1
            assert decision.errand.comment == body["comment"]["id"]
            assert decision.errand.inline is (event == "pull_request_review_comment")
    assert answered
    assert not any(
        isinstance(decision, Start) and decision.errand.kind is ErrandKind.RESPOND
        for *_, decision in rows
    )

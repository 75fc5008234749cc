"""Deliveries over a real socket: what is enqueued, what is not, and what each is told."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.domain.tenant import Tenant, Tenants
from synapse_bot.engine.queue import LEISURELY, URGENT, USUAL, QuotaSpent
from synapse_bot.runtime.errand import Errand, ErrandKind, errand_of
from synapse_bot.runtime.request_json import request_of
from synapse_bot.server.app import Bounds
from synapse_bot.server.decision import SMALL, Rules
from synapse_bot.server.memory import MemoryQueue
from synapse_bot.server.receiver import Secrets
from synapse_bot.server.signatures import Secret

from .conftest import (
    GITHUB_SECRET,
    GITLAB_TOKEN,
    HEAD,
    JSON,
    SIGNING_TOKEN,
    Door,
    OpenDoor,
    merge_request,
    note,
    pull_comment,
    pull_request,
    signed_github,
    signed_gitlab,
)


def test_a_pull_request_is_enqueued_as_a_request_that_a_worker_can_read(door: Door) -> None:
    answer = door.github(pull_request(installation={"id": 31}), **{"x-github-delivery": "d-1"})
    assert answer.status_code == 202
    (waiting,) = door.queue.waiting.values()
    assert answer.json() == {"id": waiting.id, "change": "github:team/shop#7"}
    request = request_of(waiting.request)
    assert request.post
    remote = request.asked.remote
    assert remote is not None
    assert (remote.forge, remote.repository, remote.number) == ("github", "team/shop", 7)
    assert (remote.known.head, remote.token) == (HEAD, "")
    assert errand_of(waiting.request) == Errand(installation=31, delivery="d-1")


def test_a_merge_request_is_asked_for_by_the_number_of_its_project(door: Door) -> None:
    assert door.gitlab(merge_request()).json()["change"] == "gitlab:group/sub/shop!5"
    remote = door.requests[0]["remote"]
    assert (remote["forge"], remote["repository"], remote["number"]) == ("gitlab", "42", 5)


def test_an_answer_says_nothing_that_would_cache_or_be_sniffed(door: Door) -> None:
    answer = door.github(pull_request())
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "ready_for_review"])
def test_what_starts_a_review_on_github(door: Door, action: str) -> None:
    assert door.github(pull_request(action)).status_code == 202


@pytest.mark.parametrize(
    "action", ["edited", "assigned", "labeled", "unlabeled", "converted_to_draft", "", "\u202e"]
)
def test_what_changes_nothing_is_ignored_with_a_reason(door: Door, action: str) -> None:
    answer = door.github(pull_request(action))
    assert answer.status_code == 200
    assert "pull_request" in answer.json()["ignored"]
    assert not door.queue.waiting


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({}, "open"),
        ({}, "reopen"),
        ({"object_attributes": {"oldrev": HEAD}}, "update"),
        ({"changes": {"draft": {"previous": True, "current": False}}}, "update"),
    ],
)
def test_what_starts_a_review_on_gitlab(door: Door, changed: dict[str, Any], action: str) -> None:
    assert door.gitlab(merge_request(action, **changed)).status_code == 202


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({}, "update"),
        ({}, "approved"),
        ({"changes": {"draft": {"previous": False, "current": True}}}, "update"),
        ({"changes": {"title": {"previous": "a", "current": "b"}}}, "update"),
    ],
)
def test_what_starts_none_on_gitlab(door: Door, changed: dict[str, Any], action: str) -> None:
    answer = door.gitlab(merge_request(action, **changed))
    assert (answer.status_code, list(answer.json())) == (200, ["ignored"])


@pytest.mark.parametrize("event", ["push", "merge_group", "workflow_dispatch", "ping", "star"])
def test_only_pull_requests_are_reviewed(door: Door, event: str) -> None:
    data = {"repository": {"full_name": "team/shop"}, "after": HEAD, "before": "a" * 40}
    assert "ignored" in door.github(data, event).json()


def test_a_label_starts_a_review_where_the_operator_says_so(open_door: OpenDoor) -> None:
    door = open_door(rules=Rules(frozenset({"review me"})))
    assert door.github(pull_request("labeled", label={"name": "bug"})).status_code == 200
    assert door.github(pull_request("labeled", label={"name": "review me"})).status_code == 202
    labels = {"previous": [{"title": "bug"}], "current": [{"title": "bug"}, {"title": "review me"}]}
    assert door.gitlab(merge_request("update", changes={"labels": labels})).status_code == 202
    kept = {"previous": labels["current"], "current": labels["current"]}
    assert door.gitlab(merge_request("update", changes={"labels": kept})).status_code == 200


def test_a_command_in_a_comment_is_for_a_worker_to_read(door: Door) -> None:
    answer = door.github(pull_comment("/synapse review\nthanks"), "issue_comment")
    assert answer.json()["change"] == "github:team/shop#7/comment/99"
    (waiting,) = door.queue.waiting.values()
    assert errand_of(waiting.request) == Errand(ErrandKind.RESPOND, comment=99)
    assert "synapse review" not in waiting.request, "the forge is asked what was said"


def test_a_command_on_a_merge_request_too(door: Door) -> None:
    door.gitlab(note("/synapse help", type="DiffNote"))
    (waiting,) = door.queue.waiting.values()
    assert errand_of(waiting.request) == Errand(
        ErrandKind.RESPOND, comment=1234, inline=True, delivery="msg_1"
    )


@pytest.mark.parametrize(
    "data",
    [
        pull_comment("nice work"),
        pull_comment("see /synapse review"),
        pull_comment("/synapse review", sender={"type": "Bot"}),
        {**pull_comment("/synapse review"), "action": "edited"},
        {**pull_comment("/synapse review"), "issue": {"number": 7}},
    ],
)
def test_other_comments_and_bots_are_ignored(door: Door, data: dict[str, Any]) -> None:
    assert "ignored" in door.github(data, "issue_comment").json()


@pytest.mark.parametrize(
    "changed", [{"system": True}, {"action": "update"}, {"noteable_type": "Issue"}, {"note": "hi"}]
)
def test_other_notes_are_ignored(door: Door, changed: dict[str, Any]) -> None:
    assert "ignored" in door.gitlab(note("/synapse review", **changed)).json()


def test_closing_cancels_what_waits_for_the_change_and_no_answer(door: Door) -> None:
    door.github(pull_request())
    door.github(pull_comment("/synapse help"), "issue_comment")
    other = {**pull_request(), "repository": {"full_name": "team/other"}}
    door.github(other)
    answer = door.github(pull_request("closed"))
    assert (answer.status_code, answer.json()) == (200, {"cancelled": 1})
    left = {one.change_key for one in door.queue.waiting.values()}
    assert left == {"github:team/shop#7/comment/99", "github:team/other#7"}
    door.gitlab(merge_request())
    assert door.gitlab(merge_request("merge")).json() == {"cancelled": 1}


def test_the_newest_push_wins(door: Door) -> None:
    first = door.github(pull_request()).json()["id"]
    head = {"head": {"sha": "c" * 40, "repo": {"id": 1}}}
    second = door.github(pull_request("synchronize", pull_request=head)).json()["id"]
    assert first != second
    assert list(door.queue.waiting) == [second]


@pytest.mark.parametrize(
    ("pull", "priority"),
    [
        ({"additions": 10, "deletions": 5}, SMALL),
        ({"additions": 10, "deletions": 500}, USUAL),
        ({"additions": 5_000, "deletions": 0}, LEISURELY),
        ({"additions": 5_000, "deletions": 0, "labels": [{"name": "security"}]}, URGENT),
    ],
)
def test_small_changes_and_security_go_first(
    door: Door, pull: dict[str, Any], priority: int
) -> None:
    door.github(pull_request(pull_request=pull))
    assert [one.priority for one in door.queue.waiting.values()] == [priority]


def test_the_same_delivery_is_enqueued_once_whatever_id_it_claims(door: Door) -> None:
    ids = {
        door.github(pull_request(), **{"x-github-delivery": name}).json()["id"]
        for name in ("d-1", "d-1", "d-2")
    }
    assert len(ids) == len(door.queue.seen) == 1


def test_a_delivery_that_came_again_does_not_come_back_after_its_change_was_closed(
    door: Door,
) -> None:
    door.github(pull_request())
    door.github(pull_request("closed"))
    assert door.github(pull_request()).status_code == 202
    assert not door.queue.waiting


def test_an_unproven_delivery_is_told_nothing(door: Door) -> None:
    body = json.dumps(pull_request()).encode()
    for headers in (
        {**JSON, "x-github-event": "pull_request"},
        signed_github(body, "pull_request", "a secret of somebody else's"),
        signed_github(body + b" ", "pull_request"),
    ):
        answer = door.post("/webhooks/github", body, headers)
        assert (answer.status_code, answer.json()) == (
            401,
            {"error": "not proven to be the forge's"},
        )
    assert not door.queue.seen
    assert {row["outcome"] for row in door.rows(3)} == {"unproven"}
    assert all(row["note"] for row in door.rows(3)), "the log says why"


def test_an_unproven_body_is_not_even_parsed(door: Door) -> None:
    answer = door.post("/webhooks/github", b"[" * 100_000, dict(JSON))
    assert answer.status_code == 401


def test_the_secret_of_one_forge_proves_nothing_to_the_other(door: Door) -> None:
    body = json.dumps(merge_request()).encode()
    assert door.post("/webhooks/gitlab", body, signed_github(body, "x")).status_code == 401
    old = signed_gitlab(body, time.time() - 3600)
    assert door.post("/webhooks/gitlab", body, old).status_code == 401
    plain = {**JSON, "x-gitlab-token": GITLAB_TOKEN}
    assert door.post("/webhooks/gitlab", body, plain).status_code == 202


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 50_000, b"1" * 5_000]
)
@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_a_proven_body_that_is_no_event_is_a_bad_request(
    door: Door, forge: str, body: bytes
) -> None:
    headers = signed_github(body, "pull_request") | signed_gitlab(body, time.time())
    assert door.post(f"/webhooks/{forge}", body, headers).status_code == 400


def test_a_body_may_be_so_large_and_no_larger(open_door: OpenDoor) -> None:
    door = open_door(bounds=Bounds(body_bytes=10_000))
    body = b" " * 10_001
    assert door.post("/webhooks/github", body, dict(JSON)).status_code == 413
    assert door.post("/webhooks/github", body[:-1], dict(JSON)).status_code == 401


def test_a_body_that_does_not_say_its_size_is_held_to_it_too(open_door: OpenDoor) -> None:
    door = open_door(bounds=Bounds(body_bytes=10_000))
    head = b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with _connected(door) as raw:
        raw.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        raw.sendall(b"2711\r\n" + b" " * 10_001 + b"\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_does_not_come_is_not_waited_for(open_door: OpenDoor) -> None:
    door = open_door(bounds=Bounds(body_s=0.2))
    head = b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with _connected(door) as raw:
        raw.sendall(head + b"Content-Length: 100\r\n\r\n{")
        assert raw.recv(100).startswith(b"HTTP/1.1 408")


def _connected(door: Door) -> socket.socket:
    place = urlsplit(door.url)
    return socket.create_connection((place.hostname or "", place.port or 0), timeout=20)


@pytest.mark.parametrize("kind", ["", "application/x-www-form-urlencoded", "text/json"])
def test_what_is_not_json_is_told_what_to_set(door: Door, kind: str) -> None:
    answer = door.post("/webhooks/github", b"payload=%7B%7D", {"content-type": kind})
    assert answer.status_code == 415
    assert "content type" in answer.json()["error"]


def test_a_full_queue_is_a_later_please(open_door: OpenDoor) -> None:
    door = open_door(queue=MemoryQueue(most=0))
    answer = door.github(pull_request())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_a_spent_quota_too_and_it_says_which(open_door: OpenDoor) -> None:
    door = open_door(queue=MemoryQueue(broken=QuotaSpent("reviews", retry_after_s=1799.2)))
    answer = door.github(pull_request())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1800")
    assert "quota" in answer.json()["error"]


def test_a_queue_out_of_reach_is_a_later_please_and_not_ready(open_door: OpenDoor) -> None:
    door = open_door(queue=MemoryQueue(broken=StoreUnusable("no route to postgres:secret@db")))
    answer = door.github(pull_request())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert door.get("/readyz").status_code == 503
    assert door.get("/healthz").status_code == 200
    assert "secret" not in answer.text + door.get("/readyz").text


class Stuck(MemoryQueue):
    """A queue that answers when ``let_go`` is set: a database behind a network that drops all."""

    def depth(self, tenant: str = "") -> int:
        LET_GO.wait(60)
        return super().depth(tenant)

    def enqueue(self, request: str, **more: Any) -> str:
        LET_GO.wait(60)
        return super().enqueue(request, **more)


LET_GO = threading.Event()


def test_a_queue_that_does_not_answer_is_not_waited_for(open_door: OpenDoor) -> None:
    LET_GO.clear()
    door = open_door(queue=Stuck(), bounds=Bounds(answer_s=0.1, ready_s=0.1))
    try:
        assert door.github(pull_request()).status_code == 503
        assert door.get("/readyz").status_code == 503
        assert "synapse_webhooks_total" in door.get("/metrics").text
    finally:
        LET_GO.set()
    end = time.monotonic() + 60
    while door.get("/readyz").status_code != 200 or not door.queue.seen:
        assert time.monotonic() < end
    assert len(door.queue.waiting) == 1, "what came through late is there"


ACME = Tenant("acme", installations=frozenset({31}), groups=frozenset({"group"}))
LAB = Tenant("lab", installations=frozenset({32}), groups=frozenset({"lab"}))
BOTH = Tenants({"acme": ACME, "lab": LAB})


def test_a_delivery_is_its_tenant_s_and_nobody_s_is_ignored(open_door: OpenDoor) -> None:
    door = open_door(tenants=BOTH)
    for number in (31, 32):
        other = {"full_name": f"team/shop{number}"}
        assert door.github(pull_request(installation={"id": number}, repository=other)).ok
    assert door.gitlab(merge_request()).status_code == 202
    assert "tenant" in door.github(pull_request(installation={"id": 33})).json()["ignored"]
    assert [one.tenant for one in door.queue.waiting.values()] == ["acme", "lab", "acme"]


def test_a_tenant_s_secret_starts_and_stops_nothing_of_another_s(open_door: OpenDoor) -> None:
    secrets = Secrets((Secret(GITHUB_SECRET, "lab"),), (Secret(SIGNING_TOKEN, "lab"),))
    door = open_door(tenants=BOTH, secrets=secrets)
    assert door.github(pull_request(installation={"id": 31})).status_code == 401
    assert door.gitlab(merge_request()).status_code == 401
    assert door.github(pull_request("closed", installation={"id": 31})).status_code == 401
    assert door.github(pull_request(installation={"id": 32})).status_code == 202


def test_an_address_in_a_payload_is_never_where_we_go(door: Door) -> None:
    evil = {"api_url": "https://evil.example", "html_url": "https://evil.example"}
    door.github(pull_request(pull_request={"url": "https://evil.example", **evil}))
    project = {"id": 42, "path_with_namespace": "group/shop", "web_url": "https://evil.example"}
    door.gitlab(merge_request(project=project))
    assert "evil.example" not in json.dumps(door.requests)
    assert [one["remote"]["api_url"] for one in door.requests] == [
        "https://api.github.com",
        "https://gitlab.com/api/v4",
    ]


def test_a_repository_s_name_that_is_none_is_not_reviewed(door: Door) -> None:
    for name in ("../../etc", "a/b/c", "a\n/b", "", "é/b"):
        answer = door.github(pull_request(repository={"full_name": name}))
        assert "ignored" in answer.json(), name


def test_a_merge_request_of_no_project_is_not_reviewed(door: Door) -> None:
    numbers = {"source_project_id": 0, "target_project_id": "42"}
    project = {"path_with_namespace": "group/shop"}
    answer = door.gitlab(merge_request(project=project, object_attributes=numbers))
    assert "ignored" in answer.json()


def test_text_of_the_change_does_not_wait_in_the_queue(door: Door) -> None:
    door.github(pull_request(pull_request={"title": "a title", "body": "a body"}))
    assert "a title" not in json.dumps(door.requests)
    assert "a body" not in json.dumps(door.requests)

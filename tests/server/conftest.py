"""The real application behind a real socket, and a sender that signs as the forges do."""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
import requests

from synapse_bot.domain.tenant import ONE_TENANT, Tenants
from synapse_bot.entry.webhooks import read_github
from synapse_bot.forge.faults import Loopback
from synapse_bot.server.app import Bounds, build_app
from synapse_bot.server.decision import Rules
from synapse_bot.server.memory import MemoryQueue
from synapse_bot.server.receiver import Receiver, Secrets
from synapse_bot.server.signatures import Secret, sign_standard

GITHUB_SECRET = "the github secret of the tests"
SIGNING_TOKEN = "whsec_" + b64encode(b"the signing token of the tests!!").decode()
GITLAB_TOKEN = "the-gitlab-token-of-the-tests"
SECRETS = Secrets((Secret(GITHUB_SECRET),), (Secret(SIGNING_TOKEN),), (Secret(GITLAB_TOKEN),))
BASE, HEAD = "a" * 40, "b" * 40
JSON = {"content-type": "application/json"}


def pull_request(action: str = "opened", **more: Any) -> dict[str, Any]:
    """An event of pull request 7 of team/shop, as small as one can be."""
    given = {"labels": [], "additions": 10, "deletions": 500, **more.pop("pull_request", {})}
    return {
        "action": action,
        "number": 7,
        "pull_request": {
            "number": 7,
            "head": {"sha": HEAD, "ref": "feature", "repo": {"id": 1}},
            "base": {"sha": BASE, "ref": "main", "repo": {"id": 1}},
            **given,
        },
        "repository": {"id": 1, "full_name": "team/shop"},
        "sender": {"type": "User"},
        **more,
    }


def pull_comment(body: str, **more: Any) -> dict[str, Any]:
    return {
        "action": "created",
        "issue": {"number": 7, "pull_request": {}},
        "comment": {"id": 99, "body": body, "user": {"type": "User"}},
        "repository": {"id": 1, "full_name": "team/shop"},
        "sender": {"type": "User"},
        **more,
    }


def merge_request(action: str = "open", **more: Any) -> dict[str, Any]:
    """An event of merge request 5 of group/sub/shop."""
    attributes = {
        "iid": 5,
        "action": action,
        "source_project_id": 42,
        "target_project_id": 42,
        "last_commit": {"id": HEAD},
        **more.pop("object_attributes", {}),
    }
    return {
        "object_kind": "merge_request",
        "project": {"id": 42, "path_with_namespace": "group/sub/shop"},
        "object_attributes": attributes,
        "labels": [],
        "changes": {},
        **more,
    }


def note(body: str, **more: Any) -> dict[str, Any]:
    merge = merge_request()["object_attributes"]
    del merge["action"]
    return {
        "object_kind": "note",
        "project": {"id": 42, "path_with_namespace": "group/sub/shop"},
        "object_attributes": {
            "id": 1234,
            "note": body,
            "noteable_type": "MergeRequest",
            "action": "create",
            "system": False,
            **more,
        },
        "merge_request": merge,
    }


def signed_github(body: bytes, event: str, secret: str = GITHUB_SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, sha256).hexdigest()
    return {**JSON, "x-github-event": event, "x-hub-signature-256": f"sha256={digest}"}


def signed_gitlab(body: bytes, at: float, secret: str = SIGNING_TOKEN) -> dict[str, str]:
    stamp = str(int(at))
    content = f"msg_1.{stamp}.".encode() + body
    signature = {"webhook-signature": sign_standard(secret, content)}
    return {**JSON, "webhook-id": "msg_1", "webhook-timestamp": stamp, **signature}


@dataclass
class Door:
    """A running server."""

    url: str
    queue: MemoryQueue
    lines: list[str] = field(default_factory=list)

    def logged(self, count: int = 1) -> list[str]:
        """The lines of the access log, of which there will be ``count``.

        A line is written once its answer is sent, and perhaps after that is read here.
        """
        end = time.monotonic() + 60
        while len(self.lines) < count and time.monotonic() < end:
            time.sleep(0.01)
        assert len(self.lines) == count
        return self.lines

    def rows(self, count: int = 1) -> list[dict[str, Any]]:
        """The same, parsed."""
        return [json.loads(line) for line in self.logged(count)]

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=20)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        return requests.post(f"{self.url}{path}", data=body, headers=headers, timeout=20)

    def github(self, data: Any, event: str = "pull_request", **more: str) -> requests.Response:
        body = json.dumps(data).encode()
        return self.post("/webhooks/github", body, {**signed_github(body, event), **more})

    def gitlab(self, data: Any, **more: str) -> requests.Response:
        body = json.dumps(data).encode()
        return self.post("/webhooks/gitlab", body, {**signed_gitlab(body, time.time()), **more})

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What waits, as data."""
        return [json.loads(one.request) for one in self.queue.waiting.values()]


OpenDoor = Callable[..., Door]


@pytest.fixture
def open_door() -> Iterator[OpenDoor]:
    """Starts servers that end with the test."""
    running: list[Loopback] = []

    def start(
        *,
        queue: MemoryQueue | None = None,
        tenants: Tenants = ONE_TENANT,
        secrets: Secrets = SECRETS,
        rules: Rules | None = None,
        bounds: Bounds | None = None,
    ) -> Door:
        used, lines = queue or MemoryQueue(), list[str]()
        receiver = Receiver(used, tenants, secrets, read_github, rules or Rules())
        server = Loopback(build_app(receiver, write=lines.append, bounds=bounds))
        running.append(server)
        server.__enter__()
        return Door(server.url, used, lines)

    yield start
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    return open_door()

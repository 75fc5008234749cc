"""The description is true: the routes are its paths, and generated requests get what it says."""

from __future__ import annotations

import time
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from requests import PreparedRequest

from synapse_bot.server.app import build_app
from synapse_bot.server.memory import MemoryQueue
from synapse_bot.server.openapi import description

from .conftest import Door, OpenDoor, pull_request, signed_github, signed_gitlab

PATHS = tuple(description()["paths"])


def test_the_routes_are_the_paths_of_the_description(open_door: OpenDoor) -> None:
    from synapse_bot.domain.tenant import ONE_TENANT
    from synapse_bot.entry.webhooks import read_github
    from synapse_bot.server.receiver import Receiver, Secrets

    receiver = Receiver(MemoryQueue(), ONE_TENANT, Secrets(), read_github)
    routes = build_app(receiver, write=lambda line: None).routes
    described = {
        path: {verb.upper() for verb in operations}
        for path, operations in description()["paths"].items()
    }
    served: dict[str, set[str]] = {
        route.path: set(route.methods) - {"HEAD"}  # type: ignore[attr-defined]
        for route in routes
    }
    assert served == described


def _sign(request: PreparedRequest) -> PreparedRequest:
    """As the forges sign, over the very bytes that are sent."""
    body = request.body or b""
    raw = body.encode() if isinstance(body, str) else body
    event = request.headers.get("X-GitHub-Event", "pull_request")
    for name, value in {**signed_github(raw, event), **signed_gitlab(raw, time.time())}.items():
        if name not in ("content-type", "x-github-event"):
            request.headers[name] = value
    return request


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("path", PATHS)
def test_generated_requests_are_answered_as_described(door: Door, path: str, signed: bool) -> None:
    schema = schemathesis.openapi.from_url(f"{door.url}/openapi.json")
    for operation in schema[path].values():

        @given(case=operation.as_strategy())
        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def answered(case: Any) -> None:
            case.call_and_validate(auth=_sign if signed else None)

        answered()
    assert door.lines


def test_every_answer_of_a_webhook_has_its_schema(open_door: OpenDoor) -> None:
    """Also those that generated requests do not reach."""
    from jsonschema import Draft202012Validator

    document = description()
    full, door = open_door(queue=MemoryQueue(most=0)), open_door()
    answers = [
        door.github(pull_request()),
        door.github(pull_request("closed")),
        door.github(pull_request("edited")),
        full.github(pull_request()),
        door.get("/readyz"),
    ]
    names = ["Enqueued", "Settled", "Settled", "Error", "Readiness"]
    for answer, name in zip(answers, names, strict=True):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        Draft202012Validator(schema).validate(answer.json())


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH", "TRACE", "GET"])
def test_other_verbs_are_refused_in_the_same_form(door: Door, verb: str) -> None:
    import requests

    answer = requests.request(verb, f"{door.url}/webhooks/github", timeout=20)
    assert (answer.status_code, list(answer.json())) == (405, ["error"])
    assert "POST" in answer.headers["allow"]


def test_the_page_says_what_this_is_and_names_each_route(door: Door) -> None:
    answer = door.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    assert all(path in answer.text for path in PATHS)
    assert "default-src 'none'" in answer.headers["content-security-policy"]

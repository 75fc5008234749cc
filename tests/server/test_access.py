"""The access log: what it says of a request, and what it must not."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

from .conftest import GITHUB_SECRET, GITLAB_TOKEN, SIGNING_TOKEN, Door, merge_request, pull_request


def test_a_line_says_who_what_and_what_became_of_it(door: Door) -> None:
    answer = door.github(pull_request(), **{"x-github-delivery": "72d3162e-cc78-11e3"})
    (row,) = door.rows()
    assert (row["method"], row["path"], row["status"]) == ("POST", "/webhooks/github", 202)
    assert (row["delivery"], row["tenant"]) == ("72d3162e-cc78-11e3", "local")
    assert (row["outcome"], row["run"]) == ("enqueued", answer.json()["id"])
    assert row["client"] == "127.0.0.1"


def test_no_body_query_or_secret_is_in_it(door: Door) -> None:
    door.github(pull_request(pull_request={"title": "a title of a change"}))
    door.gitlab(merge_request(), **{"x-gitlab-token": GITLAB_TOKEN})
    door.get("/?token=a-secret-in-a-query")
    door.get("/ghp_" + "a1B2" * 9)
    text = "\n".join(door.logged(4))
    for secret in (GITHUB_SECRET, GITLAB_TOKEN, SIGNING_TOKEN, "a title", "a-secret", "a1B2a1B2"):
        assert secret not in text


def test_a_strangers_bytes_stay_one_line_of_ascii(door: Door) -> None:
    place = urlsplit(door.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as raw:
        raw.sendall(b"GET /%0a%1b[2J%E2%80%AE%ff::error HTTP/1.1\r\nHost: x\r\n")
        raw.sendall(b"X-GitHub-Delivery: \x1b[31m\r\nConnection: close\r\n\r\n")
        while raw.recv(1000):
            pass
    (line,) = door.logged()
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["status"] == 404


def test_a_forwarded_address_is_not_believed(door: Door) -> None:
    door.github(pull_request(), **{"x-forwarded-for": "203.0.113.9"})
    assert door.rows()[0]["client"] == "127.0.0.1"


def test_a_bug_of_ours_is_an_answer_and_its_words_stay_out_of_both(door: Door) -> None:
    door.queue.waiting = None  # type: ignore[assignment]
    answer = door.github(pull_request())
    assert (answer.status_code, list(answer.json())) == (500, ["error"])
    (row,) = door.rows()
    assert row["status"] == 500
    assert row["note"].startswith("bug: AttributeError at memory.py:")
    assert "NoneType" not in door.logged()[0]
    assert door.get("/healthz").status_code == 200

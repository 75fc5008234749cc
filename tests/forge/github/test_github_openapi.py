"""Every request that our forge makes, held to GitHub's own OpenAPI description by Prism.

Prism knows no lines, sides, permissions or duplicates: the fake does. GraphQL is in no
description. Loading the description takes half a minute.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from synapse_bot.domain.posting import Anchor, AnchorKind
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeToken

PACKAGES = ("@stoplight/prism-cli@5.14.2", "@octokit/openapi@23.0.2")
SPEC = "node_modules/@octokit/openapi/generated/api.github.com.json"


@pytest.fixture(scope="module")
def npm_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both packages, installed once and kept in pytest's cache."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("npm is absent: Prism and GitHub's OpenAPI description come from there")
    cache = getattr(request.config, "cache", None)  # absent with -p no:cacheprovider
    folder = Path(cache.mkdir("forge-npm")) if cache else tmp_path_factory.mktemp("forge-npm")
    if not (folder / SPEC).is_file() or not (folder / "node_modules/.bin/prism").exists():
        (folder / "package.json").write_text('{"private": true}')
        command = [npm, "install", "--no-audit", "--no-fund", *PACKAGES]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            pytest.skip(f"npm cannot install Prism here: {done.stderr.strip()[-200:]}")
    return folder


@pytest.fixture(scope="module")
def prism(npm_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prism's mock server of the description; it refuses invalid requests with 422."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("prism") / "log"
    prism_binary = str(npm_folder / "node_modules/.bin/prism")
    command = [prism_binary, "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", SPEC]
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=npm_folder, stdout=out, stderr=out)
    try:
        _await_port(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _await_port(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise AssertionError(log.read_text(errors="replace")[-2000:])


def _send(prism: str, method: str, path: str, body: Any) -> requests.Response:
    headers = {"Authorization": "Bearer x", "User-Agent": "synapse-bot"}
    return requests.request(method, f"{prism}{path}", json=body, headers=headers, timeout=60)


def _only_the_example_is_wrong(answer: requests.Response) -> bool:
    """Prism answers 500 where the description's own example breaks the description."""
    found = answer.json().get("validation", []) if answer.status_code == 500 else []
    return bool(found) and all(fault["location"][0] == "response" for fault in found)


def _everything(world: Any, kit: Any) -> list[tuple[str, str, Any]]:
    """One request of every kind that the forge can make."""
    anchors = list(world.anchors().values())
    file = Anchor(AnchorKind.FILE, "tail.py", "tail.py")
    fake = world.fake
    fake.reviews.append({"id": 9, "user": ACTIONS_BOT.row(), "state": "PENDING"})
    for text in ("one", "two"):
        fake.say(ACTIONS_BOT, kit.summary_body(text))
    world.cycle([kit.comment("a", anchors[0]), kit.comment("f", file)], "first")
    fake.say(ACTIONS_BOT, kit.comment("a", anchors[0]).body)
    fake.review_comments.append(fake.review_comments[0] | {"id": 9_000_000_001})
    world.cycle([kit.comment("a", anchors[0], "reworded"), kit.comment("b", anchors[9])], "second")
    world.status(60)
    fake.check_runs.clear()
    fake.tokens["good"] = FakeToken(ACTIONS_BOT, checks=False)
    world.status(1)
    asyncio.run(_reads(world))
    unique = {
        (m, p.partition("?")[0].rstrip("0123456789"), str(b)): (m, p, b)
        for m, p, b in fake.requests
        if not p.endswith("/graphql")
    }
    return list(unique.values())


async def _reads(world: Any) -> None:
    forge = world.forge()
    change = await forge.change()
    diff = await forge.diff(change)
    await forge.head_texts(change, [file.path for file in diff.files][:3])
    await forge.base_paths(change, "deep")
    await forge.add_labels(change, ("x",))
    await forge.may_command(change, "1", "somebody")


def test_every_request_is_valid_by_githubs_own_description(
    world: Any, kit: Any, prism: str
) -> None:
    sent = _everything(world, kit)
    refused = []
    for method, path, body in sent:
        answer = _send(prism, method, path, body)
        if answer.status_code >= 400 and not _only_the_example_is_wrong(answer):
            refused.append((method, path, answer.status_code, answer.text[:300]))
    assert refused == []
    kinds = {(method, path.split("/")[4]) for method, path, _ in sent if path.count("/") > 3}
    assert {("DELETE", "pulls"), ("PATCH", "check-runs"), ("POST", "statuses")} <= kinds
    assert len(sent) > 20


def test_the_description_does_refuse_what_is_wrong(prism: str) -> None:
    path = "/repos/team/shop/pulls/7/reviews"
    assert _send(prism, "POST", path, {"event": "NOPE"}).status_code == 422
    assert _send(prism, "POST", "/repos/team/shop/check-runs", {"name": 5}).status_code == 422
    assert _send(prism, "GET", "/repos/team/shop/nowhere", None).status_code == 404

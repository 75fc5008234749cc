"""Our forge and our fake, both held to GitHub's own OpenAPI description.

Prism stands between them as a validating proxy: a request that breaks the description is refused
with 422 and never reaches the fake, an answer of the fake that breaks it becomes a 500. Prism
knows no lines, sides, permissions or duplicates: the fake does. GraphQL is in no description.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.responses import JSONResponse

from synapse_bot.domain.posting import Anchor, AnchorKind
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeToken, FakeUser
from synapse_bot.forge.fake_github_routes import ROUTES
from synapse_bot.forge.faults import Loopback

PACKAGES = ("@stoplight/prism-cli@5.14.2", "@octokit/openapi@23.0.2")
SPEC = "node_modules/@octokit/openapi/generated/api.github.com.json"
# What a review touches. The whole description takes twice as long to load.
KEPT = re.compile(
    r"/user|/repos/\{owner\}/\{repo\}"
    r"/(pulls|issues|check-runs|commits|statuses|compare|git|collaborators)/?.*"
)
GRAPHQL = {
    "post": {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object", "required": ["query"]}}},
        },
        "responses": {
            "200": {
                "description": "Data, errors, or both.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    }
}
ADA = FakeUser(41, "ada", permission="write")


@dataclass
class Switch:
    """The application that the proxy forwards to; each test puts its own fake here."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@dataclass
class Prism:
    url: str
    log: Path
    switch: Switch
    read: int = 0  # lines of the log
    asked: int = 0

    def complaints(self) -> list[str]:
        """What Prism found wrong since the last call, in its own words.

        Its log lags behind its answers: a request that is in no description ends what is read.
        """
        self.asked += 1
        end = f"/end-of-part-{self.asked} "
        requests.get(f"{self.url}{end.strip()}", timeout=60)
        deadline = time.monotonic() + 60
        fresh: list[str] = []
        while not any(end in line and "NO_PATH_MATCHED" in line for line in fresh):
            assert time.monotonic() < deadline, "Prism writes no log"
            time.sleep(0.02)
            fresh = self.log.read_text(errors="replace").splitlines()[self.read :]
        self.read += len(fresh)
        found = [line for line in fresh if "Violation" in line or "prism/errors" in line]
        return [line for line in found if end not in line]


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
def description(npm_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GitHub's description of what a review touches, without the gaps in it that we met."""
    whole = json.loads((npm_folder / SPEC).read_text())
    whole["paths"] = {path: row for path, row in whole["paths"].items() if KEPT.fullmatch(path)}
    whole["paths"]["/graphql"] = GRAPHQL
    whole.pop("x-webhooks", None)
    # A comment that a push has outdated comes with null, e.g. ZedThree/clang-tidy-review#142.
    schemas = whole["components"]["schemas"]
    schemas["pull-request-review-comment"]["properties"]["line"]["nullable"] = True
    # Of check runs success alone is described; a person's token is refused with 403.
    answers = whole["paths"]["/repos/{owner}/{repo}/check-runs"]["post"]["responses"]
    answers["403"] = {"description": "Forbidden"}
    _spell_null(whole)
    file = tmp_path_factory.mktemp("description") / "github.json"
    file.write_text(json.dumps(whole))
    return file


def _spell_null(node: Any) -> None:
    """Write "or null" such that Prism's validator takes it.

    It refuses `nullable` without a `type`, and Prism then checks nothing of the whole answer.
    """
    if isinstance(node, list):
        for item in node:
            _spell_null(item)
    if not isinstance(node, dict):
        return
    for item in node.values():
        _spell_null(item)
    for word in ("oneOf", "anyOf", "allOf"):
        if node.get("nullable") is True and "type" not in node and isinstance(node.get(word), list):
            del node["nullable"]
            either = node.pop(word) if word != "allOf" else [{"allOf": node.pop(word)}]
            null = {"type": "string", "nullable": True, "not": {"type": "string"}}
            node["oneOf" if word == "oneOf" else "anyOf"] = [*either, null]


@pytest.fixture(scope="module")
def prism(npm_folder: Path, description: Path) -> Iterator[Prism]:
    """Prism in front of whatever stands behind the switch."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log, switch = description.with_name("log"), Switch()
    with Loopback(switch) as upstream, log.open("wb") as out:
        where = ("-h", "127.0.0.1", "-p", str(port))
        binary = str(npm_folder / "node_modules/.bin/prism")
        server = subprocess.Popen(
            [binary, "proxy", "--errors", *where, str(description), upstream.url],
            stdout=out,
            stderr=out,
        )
        try:
            _await_port(port, server, log)
            yield Prism(f"http://127.0.0.1:{port}", log, switch)
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


@pytest.fixture
def held(world: Any, prism: Prism) -> Any:
    """The world of the other tests, with Prism between the forge and the fake."""
    prism.switch.app = world.fake.app
    prism.complaints()
    world.url, world.timeout_s = prism.url, 60.0
    return world


def _anchors(world: Any) -> list[Anchor]:
    return [*world.anchors().values(), Anchor(AnchorKind.FILE, "tail.py", "tail.py")]


def _post_and_post_again(world: Any, kit: Any) -> None:
    """Everything that posting can do: create, edit, remove, resolve, reopen; a status of each kind.

    A pending review and a second summary are left from a run that died.
    """
    anchors, fake = _anchors(world), world.fake
    fake.reviews.append({"id": 9, "user": ACTIONS_BOT.row(), "state": "PENDING"})
    for text in ("one", "two"):
        fake.say(ACTIONS_BOT, kit.summary_body(text))
    first = [kit.comment(name, anchor) for name, anchor in zip("abf", anchors[-3:], strict=True)]
    world.cycle(first, "first")
    fake.review_comments.append(fake.review_comments[0] | {"id": 9_000_000_001})
    world.cycle([kit.comment("a", anchors[-3], "reworded"), kit.comment("c", anchors[9])], "second")
    world.cycle(first, "first again")
    assert world.prints() == sorted(["a", "b", "c", "f"])
    assert len(world.summaries()) == 1
    before = len(world.posts())
    world.cycle(first, "first again")
    assert len(world.posts()) == before
    world.status(120)
    assert len(fake.check_runs[0]["_annotations"]) == 120
    fake.check_runs.clear()  # a check run that stands is not replaced by a commit status
    fake.tokens["good"] = FakeToken(ACTIONS_BOT, checks=False)
    world.status(1)
    world.status(1)
    assert len(fake.statuses) == 1
    world.repo.commit({"fresh.py": b"quite different\n"}, "a push that outdates a comment")
    fake.push(world.revisions())
    assert None in [row["line"] for row in fake.review_comments]
    world.cycle([], "nothing is left")


async def _read_and_talk(world: Any) -> None:
    forge, fake = world.forge("person"), world.fake
    change = await forge.change()
    diff = await forge.diff(change)
    assert len(await forge.head_texts(change, [file.path for file in diff.files])) > 5
    assert await forge.base_text(change, "tail.py") == b"no newline at the end"
    assert await forge.base_paths(change, "deep")
    await forge.add_labels(change, ("reviewed",))
    assert await forge.may_command(change, str(ADA.id), ADA.login)
    plain = fake.say(ADA, "/synapse help")
    inline = fake.say(ADA, "/synapse help", reply_to=fake.review_comments[0]["id"])
    for number, is_inline in ((plain, False), (inline, True)):
        remark = await forge.remark(change, number, inline=is_inline)
        await forge.react(change, remark)
        await forge.react(change, remark)
        assert await forge.reply(change, remark, "The help.")
    assert [remark.key for remark in await forge.remarks(change, "/synapse")]
    assert len(fake.reactions) == 2


def _asked(fake: Any) -> dict[tuple[str, str], tuple[str, Any]]:
    """The rows of the fake's table of routes that were asked for, with a request of each."""
    repo = f"/repos/{fake.repository}"
    places = {
        "{root}": "",
        "{repo}": repo,
        "{pull}": f"{repo}/pulls/{fake.number}",
        "{issue}": f"{repo}/issues/{fake.number}",
        "{graphql}": "/graphql",
    }
    found = {}
    for method, path, *_ in ROUTES:
        start, slash, rest = path.partition("/")
        pattern = re.escape(places[start]) + slash + re.sub(r"\{\w+(:int)?\}", "[^/]+", rest)
        for verb, target, body in fake.requests:
            if verb == method and re.fullmatch(pattern, target.partition("?")[0]):
                found[method, path] = (target, body)
    return found


async def _wrong(scope: Any, receive: Any, send: Any) -> None:
    """Answers everything with a number, which is no answer of GitHub's."""
    path = scope["path"]
    created = scope["method"] == "POST" and not path.endswith(("/reviews", "/labels", "/graphql"))
    await JSONResponse(5, 201 if created else 200)(scope, receive, send)


def test_all_that_the_forge_and_the_fake_say_fits_githubs_own_description(
    held: Any, kit: Any, prism: Prism
) -> None:
    fake = held.fake
    fake.users.append(ADA)
    fake.tokens["person"] = FakeToken(ACTIONS_BOT, installation=False)
    fake.labels.append("security")
    _post_and_post_again(held, kit)
    asyncio.run(_read_and_talk(held))
    assert prism.complaints() == []
    asked = _asked(fake)
    assert set(asked) == {(method, path) for method, path, *_ in ROUTES}

    # Prism is silent too where it cannot check: a wrong answer is noticed at every endpoint.
    prism.switch.app = _wrong
    answers = {key: _send(prism, key[0], *request) for key, request in asked.items()}
    assert [key for key, answer in answers.items() if answer.status_code != 500] == []


def _send(prism: Prism, method: str, path: str, body: Any) -> requests.Response:
    headers = {"Authorization": "Bearer good", "User-Agent": "synapse-bot"}
    return requests.request(method, f"{prism.url}{path}", json=body, headers=headers, timeout=60)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "pulls/7/reviews", {"event": "NOPE"}),
        ("POST", "pulls/7/reviews", {"event": "COMMENT", "comments": [{"body": "no path"}]}),
        ("POST", "pulls/7/comments", {"body": "no commit", "path": "tail.py"}),
        ("POST", "pulls/7/comments/1/replies", {"body": 5}),
        ("PATCH", "pulls/comments/1", {"body": 5}),
        ("POST", "pulls/comments/1/reactions", {"content": "applause"}),
        ("POST", "issues/7/comments", {"body": 5}),
        ("PATCH", "issues/comments/1", {}),
        ("POST", "issues/comments/1/reactions", {"content": "applause"}),
        ("POST", "issues/7/labels", {"labels": 5}),
        ("POST", "check-runs", {"name": 5}),
        ("PATCH", "check-runs/1", {"output": {"title": 5}}),
        ("POST", "statuses/abc", {"state": "great"}),
    ],
)
def test_a_request_that_breaks_the_description_does_not_reach_the_fake(
    held: Any, prism: Prism, method: str, path: str, body: Any
) -> None:
    answer = _send(prism, method, f"/repos/team/shop/{path}", body)
    assert answer.status_code == 422
    assert answer.json()["type"].startswith("https://stoplight.io/prism/errors#")
    assert held.fake.requests == []


def test_an_endpoint_that_github_does_not_have_is_none(held: Any, prism: Prism) -> None:
    assert _send(prism, "GET", "/repos/team/shop/nowhere", None).status_code == 404

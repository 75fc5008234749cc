"""The whole way: a webhook, the queue on PostgreSQL, a worker with an App, and the forge again."""

from __future__ import annotations

import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse

from synapse_bot.forge.fake_github import FakeUser
from synapse_bot.forge.faults import Loopback

SECRET = "the-secret-of-the-webhook"
INSTALLATION = 31
_PATIENCE_S = 300.0
_WHOLE = (sys.executable, "-m", "synapse_bot")


@pytest.fixture
def environ(postgres_url: str, tmp_path: Path) -> dict[str, str]:
    """Of both processes; each is given its own secrets besides."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_TOKEN")}
    return {
        **kept,
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "SYNAPSE_BOT__ENGINE__DATABASE": postgres_url,
        "SYNAPSE_BOT__REVIEW__ONLY": "python-security",
        "SYNAPSE_BOT__REVIEW__ROUTE": "fast",
    }


class WithApp:
    """The fake GitHub, which also gives the App its token for one repository."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].endswith(f"/app/installations/{INSTALLATION}/access_tokens"):
            await self.app(scope, receive, send)
            return
        self.asked.append(await Request(scope, receive).json())
        expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        await JSONResponse({"token": "good", "expires_at": expires}, 201)(scope, receive, send)


@dataclass
class Forge:
    fake: Any
    app: WithApp
    url: str


@pytest.fixture
def forge(github: Any) -> Iterator[Forge]:
    app = WithApp(github.fake.app)
    with Loopback(app) as server:
        yield Forge(github.fake, app, f"{server.url}{github.fake.root}")


@pytest.fixture
def work(environ: dict[str, str], forge: Forge, tmp_path: Path) -> Callable[[], str]:
    """Lets a worker do all that waits; what it says. Of the forge it has the App's key alone."""
    key = tmp_path / "key.pem"
    key.write_bytes(
        rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    app = {"SYNAPSE_BOT_GITHUB_APP_ID": "17", "SYNAPSE_BOT_GITHUB_APP_KEY_FILE": str(key)}

    def run() -> str:
        command = [*_WHOLE, "worker", "--until-empty", "--api-url", forge.url]
        done = subprocess.run(
            command, env=environ | app, capture_output=True, text=True, timeout=_PATIENCE_S
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    return run


@pytest.fixture
def server(environ: dict[str, str], forge: Forge, tmp_path: Path) -> Iterator[str]:
    """The address of a running `synapse-bot serve`."""
    log = tmp_path / "serve.log"
    command = [*_WHOLE, "serve", "--port", "0", "--github-api-url", forge.url]
    secret = {"SYNAPSE_BOT_GITHUB_WEBHOOK_SECRET": SECRET}
    with log.open("w") as stream:
        running = subprocess.Popen(command, env=environ | secret, stderr=stream)
    try:
        end = time.monotonic() + _PATIENCE_S
        while "}\n" not in log.read_text():
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        yield json.loads(log.read_text().splitlines()[0])["listening"]
    finally:
        running.terminate()
        assert running.wait(_PATIENCE_S) == 0, log.read_text()


def _deliver(server: str, event: str, data: dict[str, Any]) -> requests.Response:
    body = json.dumps(data).encode()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-Hub-Signature-256": f"sha256={hmac.new(SECRET.encode(), body, sha256).hexdigest()}",
    }
    address = f"{server}/webhooks/github"
    return requests.post(address, data=body, headers=headers, timeout=_PATIENCE_S)


def _event(action: str, **more: Any) -> dict[str, Any]:
    return {
        "action": action,
        "number": 7,
        "repository": {"full_name": "team/shop"},
        "installation": {"id": INSTALLATION},
        **more,
    }


def _opened(github: Any) -> dict[str, Any]:
    head = github.repository.git("rev-parse", "feature")
    pull = {"number": 7, "head": {"sha": head}, "base": {"sha": "a" * 40}}
    return _event("opened", pull_request=pull)


def test_a_webhook_becomes_a_review_and_a_command_its_answer(
    github: Any, forge: Forge, server: str, work: Callable[[], str]
) -> None:
    work()  # makes the tables of the queue
    answers = [_deliver(server, "pull_request", _opened(github)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202], answers[0].text
    assert not github.summaries, "who takes webhooks writes nothing"
    said = work()
    assert len(github.summaries) == 1, said
    assert len(github.comments) == 1, said
    assert "shell" in github.comments[0]["body"]
    assert forge.app.asked == [{"repositories": ["shop"]}]

    person = FakeUser(5, "ada", permission="write")
    forge.fake.users.append(person)
    number = forge.fake.say(person, "/synapse help")
    issue = {"number": 7, "pull_request": {}}
    comment = {"id": number, "body": "/synapse help", "user": {"type": "User"}}
    _deliver(server, "issue_comment", _event("created", issue=issue, comment=comment))
    _deliver(server, "pull_request", _opened(github))
    said = work()
    assert len(github.comments) == 1, "the same delivery is the same run"
    assert "/synapse explain" in github.summaries[-1], said
    assert len(github.summaries) == 3, "the summary, the command and its answer"

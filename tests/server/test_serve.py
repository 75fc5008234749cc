"""`synapse-bot serve` as a process: how it starts, what it holds, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from .conftest import GITHUB_SECRET, JSON, pull_request, signed_github

SECRET = "SYNAPSE_BOT_GITHUB_WEBHOOK_SECRET"
_RUN = "from synapse_bot.entry.main import main; import sys; main(['serve', *sys.argv[1:]])"
# On a crowded machine a process takes its time; no test fails on seconds.
_PATIENCE_S = 60.0


def _environ(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SYNAPSE_BOT")}
    return {**kept, SECRET: GITHUB_SECRET.replace(" ", "-"), **more}


@dataclass
class Process:
    running: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    url: str = ""

    def read(self) -> None:
        assert self.running.stderr is not None
        for line in self.running.stderr:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, key: str, count: int = 1) -> list[dict[str, Any]]:
        """The rows of the log that have ``key``, once there are ``count``."""
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            rows = [json.loads(line) for line in list(self.lines) if line.startswith("{")]
            if len(found := [row for row in rows if key in row]) >= count:
                return found
            assert self.running.poll() is None, "\n".join(self.lines)
            time.sleep(0.05)
        raise AssertionError("\n".join(self.lines))

    def post(self, data: dict[str, Any]) -> requests.Response:
        body = json.dumps(data).encode()
        headers = signed_github(body, "pull_request", GITHUB_SECRET.replace(" ", "-"))
        address = f"{self.url}/webhooks/github"
        return requests.post(address, data=body, headers=headers, timeout=_PATIENCE_S)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.running.send_signal(number)
        return self.running.wait(_PATIENCE_S)


@pytest.fixture
def start() -> Iterator[Any]:
    made: list[Process] = []

    def run(*options: str, **environ: str) -> Process:
        argv = [sys.executable, "-c", _RUN, "--port", "0", *options]
        process = Process(
            subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env=_environ(**environ))
        )
        made.append(process)
        Thread(target=process.read, daemon=True).start()
        process.url = process.wait_for("listening")[0]["listening"]
        return process

    yield run
    for process in made:
        if process.running.poll() is None:
            process.running.kill()
        process.running.wait()


def _refused(*options: str, **environ: str) -> tuple[int, str]:
    argv = [sys.executable, "-c", _RUN, *options]
    kept = {k: v for k, v in _environ(**environ).items() if v}
    done = subprocess.run(argv, capture_output=True, text=True, env=kept, timeout=_PATIENCE_S)
    return done.returncode, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_takes_webhooks_and_ends_at_a_signal_without_a_complaint(
    start: Any, number: int
) -> None:
    process = start("--dry-run")
    answer = process.post(pull_request())
    assert answer.status_code == 202
    assert "server" not in answer.headers
    assert process.wait_for("outcome")[0]["outcome"] == "enqueued"
    assert process.end(number) == 0
    assert all(line.startswith("{") for line in process.lines), process.lines


def test_a_request_under_way_is_answered_before_the_end(start: Any) -> None:
    process = start("--dry-run")
    place = urlsplit(process.url)
    body = json.dumps(pull_request()).encode()
    signed = signed_github(body, "pull_request", GITHUB_SECRET.replace(" ", "-"))
    head = f"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    with socket.create_connection((place.hostname, place.port), timeout=_PATIENCE_S) as raw:
        raw.sendall(head.encode() + b"Connection: close\r\n\r\n" + body[:10])
        # Our own answer to another request shows that the first has been begun with.
        assert requests.get(f"{process.url}/healthz", timeout=_PATIENCE_S).ok
        process.running.send_signal(signal.SIGTERM)
        _until_closed(place.hostname or "", place.port or 0)
        raw.sendall(body[10:])
        assert raw.recv(100).startswith(b"HTTP/1.1 202")
    assert process.running.wait(_PATIENCE_S) == 0


def _until_closed(host: str, port: int) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError("it still listens")


def test_several_processes_share_one_address_and_one_count(start: Any) -> None:
    process = start("--dry-run", "--workers", "2")
    for number in range(20):
        assert process.post({**pull_request(), "n": number}).status_code == 202
    text = requests.get(f"{process.url}/metrics", timeout=_PATIENCE_S).text
    total = re.search(r"^synapse_webhooks_total\{.*enqueued.*\} ([0-9.]+)$", text, re.MULTILINE)
    assert total
    assert float(total[1]) == 20
    assert len(process.wait_for("outcome", 20)) == 20
    assert process.end() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_secret_is_not_in_the_process_s_arguments(start: Any) -> None:
    process = start("--dry-run")
    cmdline = Path(f"/proc/{process.running.pid}/cmdline").read_bytes()
    assert GITHUB_SECRET.replace(" ", "-").encode() not in cmdline
    assert all(GITHUB_SECRET.replace(" ", "-") not in line for line in process.lines)


def test_a_secret_may_lie_in_a_file_and_be_one_tenant_s(start: Any, tmp_path: Path) -> None:
    secret, tenants = tmp_path / "secret", tmp_path / "tenants.yaml"
    secret.write_text(f"{GITHUB_SECRET.replace(' ', '-')}\nan-older-one-while-it-is-replaced\n")
    tenants.write_text("tenants: {acme: {github: {owners: [team]}}, lab: {}}\n")
    of_acme = {f"{SECRET}_FILE__ACME": str(secret), SECRET: ""}
    assert start("--dry-run", "--tenants", str(tenants), **of_acme).post(pull_request()).ok
    of_lab = {f"{SECRET}_FILE__LAB": str(secret), SECRET: ""}
    process = start("--dry-run", "--tenants", str(tenants), **of_lab)
    assert process.post(pull_request()).status_code == 401


@pytest.mark.parametrize(
    ("environ", "options", "says"),
    [
        ({SECRET: ""}, ("--dry-run",), SECRET),
        ({SECRET: "short"}, ("--dry-run",), "16 characters"),
        ({f"{SECRET}__NOBODY": "x" * 20}, ("--dry-run",), "'nobody'"),
        ({f"{SECRET}_FILE": "/nowhere/at/all"}, ("--dry-run",), "cannot be read"),
        ({"SYNAPSE_BOT_GITLAB_SIGNING_TOKEN": "x" * 20}, ("--dry-run",), "whsec_"),
        ({}, (), "SYNAPSE_BOT__ENGINE__DATABASE"),
        ({}, ("--dry-run", "--github-api-url", "ftp://x"), "address of a forge"),
        ({}, ("--dry-run", "--host", "203.0.113.1"), "203.0.113.1:8080"),
    ],
)
def test_what_cannot_work_is_told_at_the_start(
    environ: dict[str, str], options: tuple[str, ...], says: str
) -> None:
    code, told = _refused(*options, **environ)
    assert code == 2
    assert says in told
    assert "Traceback" not in told


def test_an_option_may_stand_in_the_environment(start: Any) -> None:
    process = start("--dry-run", SYNAPSE_BOT_SERVE_START_LABELS="review-me other")
    labelled = pull_request("labeled", label={"name": "review-me"})
    assert process.post(labelled).status_code == 202


def test_a_proxy_is_believed_where_the_operator_says_so(start: Any) -> None:
    process = start("--dry-run", "--trusted-proxy", "127.0.0.1")
    forwarded = {**JSON, "x-forwarded-for": "203.0.113.9"}
    address = f"{process.url}/webhooks/github"
    requests.post(address, data=b"{}", headers=forwarded, timeout=_PATIENCE_S)
    assert process.wait_for("outcome")[0]["client"] == "203.0.113.9"


def _python(code: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", code, "--dry-run", "--port", "0"]
    return subprocess.run(argv, capture_output=True, text=True, env=_environ(), timeout=_PATIENCE_S)


def test_without_its_extra_it_says_what_to_install() -> None:
    done = _python(f"import sys; sys.modules['uvicorn'] = None; {_RUN}")
    assert done.returncode == 2
    assert "synapse-bot[fleet]" in done.stderr


def test_its_help_loads_nothing_of_the_extra() -> None:
    done = _python(
        "import sys; from synapse_bot.entry.door import enter; from synapse_bot.entry.main import"
        " cli; enter(cli, ['serve', '--help']);"
        " print([m for m in ('starlette', 'uvicorn', 'prometheus_client') if m in sys.modules])"
    )
    assert done.stdout.endswith("[]\n")

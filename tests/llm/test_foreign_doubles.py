"""The same wires as others understand them: two doubles that we did not write.

Run where they are on the PATH: `uv tool install llmock`, `npm install -g @copilotkit/aimock`. They
are no dependencies: the one brings a plugin into every pytest, the other needs node.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.errors import ModelError

if TYPE_CHECKING:
    from tests.llm.conftest import Lab


@contextmanager
def _running(program: str, *arguments: str) -> Iterator[str]:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not on the PATH")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [found, *(word.replace("PORT", str(port)) for word in arguments)]
    process = subprocess.Popen(command, **quiet)
    try:
        _await(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("it ended before it listened")


def _call(url: str, method: str = "GET", data: object = None) -> Any:
    body = None if data is None else json.dumps(data).encode()
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(url, body, headers, method=method)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.loads(answer.read())


@pytest.fixture(scope="module")
def llmock() -> Iterator[str]:
    arguments = ("serve", "--port", "PORT", "--tool-mode", "off", "--log-level", "error")
    with _running("llmock", *arguments) as url:
        yield url


FAULTS: dict[str, dict[str, Any]] = {
    "429": {"type": "fail", "status": 429, "retry_after": 0.2},
    "500": {"type": "fail", "status": 500},
    "503": {"type": "fail", "status": 503},
    "truncate": {"type": "stream_fault", "kind": "truncate", "after_chunks": 2},
    "disconnect": {"type": "stream_fault", "kind": "disconnect", "after_chunks": 2},
    "malformed": {"type": "stream_fault", "kind": "malformed", "after_chunks": 2},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_llmock_finds_no_fault_mishandled(llmock: str, either: Lab, fault: str) -> None:
    _call(f"{llmock}/_llmock/reset", "POST")
    _call(f"{llmock}/_llmock/scenario", "POST", {"behaviors": [FAULTS[fault]]})
    prefix = "/anthropic" if either.wire is Wire.ANTHROPIC else "/v1"
    try:
        reply = either.ask(llmock + prefix)
    except ModelError:
        assert fault == "malformed"  # what cannot be read is a failure, not half an answer
    else:
        assert reply.text
        assert reply.finish == either.shapes.whole
        hit = either.stream or FAULTS[fault]["type"] == "fail"
        assert reply.attempts == (2 if hit and fault != "malformed" else 1)
    verdict = _call(f"{llmock}/_llmock/verdict")
    assert not [one for one in verdict["findings"] if one["severity"] == "error"], verdict


def test_aimock_answers_as_its_fixture_says(either: Lab, tmp_path: Path) -> None:
    answer = {"content": '{"ok": true}', "finishReason": "stop"}
    fixture = {"match": {"userMessage": "Is it right?"}, "response": answer}
    (tmp_path / "one.json").write_text(json.dumps({"fixtures": [fixture]}))
    config = tmp_path / "aimock.config"
    config.write_text(json.dumps({"llm": {"fixtures": str(tmp_path / "one.json")}}))
    with _running("aimock", "--config", str(config), "--port", "PORT") as url:
        reply = either.ask(either.base_url(url))
    assert reply.text == '{"ok": true}'
    assert reply.finish == either.shapes.whole
    assert reply.usage.input_tokens > 0

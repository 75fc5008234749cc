"""The same wires as others understand them: two doubles that we did not write.

`make doubles`, which `make test` does first, installs them: llmock (PyPI) breaks answers on demand
and says how the client behaved, aimock (npm) plays fixtures and checks what it is sent.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synapse_bot.llm.anthropic import AnthropicTalk
from synapse_bot.llm.dialect import Form, first_dialect
from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.errors import AnswerLate, ModelBusy, ModelDenied, ModelError, ModelFailed

if TYPE_CHECKING:
    from tests.llm.conftest import Lab


PROGRAMS = Path(__file__).parent.parent.parent / ".venv" / "doubles" / "bin"
PATH = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"  # aimock finds its node there too


@contextmanager
def _running(program: str, *arguments: str) -> Iterator[str]:
    found = shutil.which(program, path=PATH)
    if found is None:
        pytest.skip(f"{program} is not installed: make doubles")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [found, *(word.replace("PORT", str(port)) for word in arguments)]
    # In a group of its own: aimock's launcher has a node below it, which outlives the launcher.
    process = subprocess.Popen(
        command, env={**os.environ, "PATH": PATH}, start_new_session=True, **quiet
    )
    try:
        _await(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        # Asked politely it would first end the answers that we did not wait for.
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(process.pid, signal.SIGKILL)
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


def _play(llmock: str, *behaviors: dict[str, Any]) -> None:
    """What the next calls meet."""
    _call(f"{llmock}/_llmock/reset", "POST")
    if behaviors:
        _call(f"{llmock}/_llmock/scenario", "POST", {"behaviors": behaviors})


def _address(lab: Lab, llmock: str) -> str:
    return llmock + ("/anthropic" if lab.wire is Wire.ANTHROPIC else "/v1")


@pytest.mark.parametrize("fault", FAULTS)
def test_llmock_finds_no_fault_mishandled(llmock: str, either: Lab, fault: str) -> None:
    _play(llmock, FAULTS[fault])
    try:
        reply = either.ask(_address(either, llmock))
    except ModelError:
        assert fault == "malformed"  # what cannot be read is a failure, not half an answer
    else:
        assert reply.text
        assert reply.finish == either.shapes.whole
        hit = either.stream or FAULTS[fault]["type"] == "fail"
        assert reply.attempts == (2 if hit and fault != "malformed" else 1)
    verdict = _call(f"{llmock}/_llmock/verdict")
    assert not [one for one in verdict["findings"] if one["severity"] == "error"], verdict


def test_llmock_sees_its_schema_kept(llmock: str, either: Lab) -> None:
    _play(llmock)
    text = either.ask(_address(either, llmock)).text
    if either.wire is Wire.OPENAI:  # of Anthropic's wire it does not know structured outputs
        assert set(json.loads(text)) == {"ok"}
    assert text


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "invalid_request_error", ModelFailed),
        (401, "authentication_error", ModelDenied),
        (503, "overloaded", ModelBusy),
    ],
)
def test_what_llmock_refuses_for_ever_is_named(
    llmock: str, either: Lab, status: int, code: str, error: type[ModelError]
) -> None:
    _play(llmock, {"type": "fail", "status": status, "code": code, "times": None})
    with pytest.raises(error, match=str(status)):
        either.ask(_address(either, llmock))


def test_a_slow_llmock_is_late(llmock: str, either: Lab) -> None:
    _play(llmock, {"type": "delay", "seconds": 30})
    with pytest.raises(AnswerLate):
        either.ask(_address(either, llmock), timeout_s=1.0)


def test_a_stream_of_llmock_that_stalls_is_late(llmock: str, lab: Lab) -> None:
    lab.stream = True
    _play(llmock, {"type": "stream_fault", "kind": "stall", "stall_seconds": 30})
    with pytest.raises(AnswerLate):
        lab.ask(_address(lab, llmock), timeout_s=1.0)


@contextmanager
def _aimock(tmp_path: Path, *fixtures: dict[str, Any]) -> Iterator[str]:
    (tmp_path / "one.json").write_text(json.dumps({"fixtures": fixtures}))
    config = tmp_path / "aimock.config"
    config.write_text(json.dumps({"llm": {"fixtures": str(tmp_path / "one.json")}}))
    with _running("aimock", "--config", str(config), "--port", "PORT") as url:
        yield url


def _on(response: dict[str, Any], **match: Any) -> dict[str, Any]:
    return {"match": {"userMessage": "Is it right?", **match}, "response": response}


WHOLE = {"content": '{"ok": true}', "finishReason": "stop"}


def test_aimock_answers_as_its_fixture_says(either: Lab, tmp_path: Path) -> None:
    with _aimock(tmp_path, _on(WHOLE)) as url:
        reply = either.ask(either.base_url(url))
    assert reply.text == '{"ok": true}'
    assert reply.finish == either.shapes.whole
    assert reply.usage.input_tokens > 0


def test_an_error_of_aimock_is_outlived(either: Lab, tmp_path: Path) -> None:
    error = {"error": {"message": "busy", "type": "server_error"}, "status": 503}
    with _aimock(tmp_path, _on(error, sequenceIndex=0), _on(WHOLE, sequenceIndex=1)) as url:
        reply = either.ask(either.base_url(url))
    assert (reply.text, reply.attempts) == ('{"ok": true}', 2)


@pytest.mark.parametrize("stream", [False, True], ids=["at once", "streamed"])
def test_aimock_answers_by_the_tool_that_it_is_forced_to_use(
    anthropic: Lab, tmp_path: Path, stream: bool
) -> None:
    anthropic.stream = stream
    call = {"name": "answer", "arguments": '{"ok": true}'}
    with _aimock(tmp_path, _on({"toolCalls": [call]})) as url:
        endpoint = anthropic.endpoint(anthropic.base_url(url))
        tools = first_dialect(endpoint, (Form.TOOL,))
        answer = asyncio.run(AnthropicTalk(endpoint).send(anthropic.request, tools))
    assert (json.loads(answer.text), answer.finish) == ({"ok": True}, "tool_use")

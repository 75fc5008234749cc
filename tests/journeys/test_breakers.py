"""Circuit breakers through the whole command: a provider that is down, over several reviews."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.fake_server import FakeServer, Say, serving
from synapse_bot.llm.fake_shapes import SHAPES

PAGE = "def page(rows, number, size):\n    offset = number * size\n    return rows[offset:]\n"
DEEP = ("review", "--route", "deep", "--format", "json", "--only", "correctness")
NAME = "openai/gpt-6.2-sol"
NOTHING = json.dumps({"findings": []})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, repository: Any) -> Iterator[FakeServer]:
    repository.commit({"page.py": PAGE})
    with serving() as running:
        running.script = [Say(500, b'{"error": {"message": "down", "type": "server_error"}}')]
        monkeypatch.setenv("SYNAPSE_BOT__MODELS__BASE_URL", f"{running.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-0123456789abcdefghijklmn")
        yield running


def outcome(ran: Any) -> Any:
    (found,) = (one for one in ran.json["outcomes"] if one["by"] == "correctness")
    return found


def state(repository: Any) -> list[Path]:
    return list((repository.root / ".git").glob("synapse-bot/breakers*"))


def test_the_second_review_calls_nobody_and_is_incomplete_with_the_reason(
    server: FakeServer, command: Any
) -> None:
    first = command(*DEEP, "--model", NAME)
    assert first.code == 3
    again = command(*DEEP, "--model", NAME)  # the fifth call opens it
    called = len(server.heard)
    assert called == 5
    third = command(*DEEP, "--model", NAME)
    assert again.code == third.code == 3
    assert len(server.heard) == called
    said = outcome(third)
    assert said["kind"] == "skipped"
    assert "provider:openai" in said["why"]
    listed = command("breakers", "list").out
    assert "provider:openai  open" in listed
    assert "provider:openai  open" in command("doctor").out


def test_a_reset_has_it_tried_at_once(server: FakeServer, command: Any) -> None:
    for _ in range(2):
        command(*DEEP, "--model", NAME)
    assert command("breakers", "reset", "--all").code == 0
    shapes = SHAPES[Wire.OPENAI]
    server.script = [shapes.answer(NOTHING, shapes.whole)]
    assert outcome(command(*DEEP, "--model", NAME))["kind"] == "opinion"


def test_a_healthy_review_and_a_dry_run_of_a_broken_one_leave_no_state(
    server: FakeServer, command: Any, repository: Any
) -> None:
    command(*DEEP, "--model", NAME, "--dry-run")
    assert state(repository) == []
    shapes = SHAPES[Wire.OPENAI]
    server.script = [shapes.answer(NOTHING, shapes.whole)]
    assert command(*DEEP, "--model", NAME).code == 0
    assert state(repository) == []


def test_a_damaged_state_costs_no_review(server: FakeServer, command: Any, repository: Any) -> None:
    command(*DEEP, "--model", NAME)
    (file,) = state(repository)
    file.write_bytes(b"no database" * 999)
    shapes = SHAPES[Wire.OPENAI]
    server.script = [shapes.answer(NOTHING, shapes.whole)]
    assert command(*DEEP, "--model", NAME).code == 0


def test_the_crash_is_narrated_with_its_breakers(server: FakeServer, command: Any) -> None:
    command(*DEEP, "--model", NAME)
    told = command(*DEEP, "--model", NAME, "--verbose").err
    assert "specialist crashed: correctness" in told
    assert "provider:openai is open" in told

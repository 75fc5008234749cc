"""Scripted and recorded answers: what a test of somebody's specialist stands on."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.llm.base import Message, Model, ModelRequest, Role
from synapse_bot.llm.cassette import CassetteModel, RecordingModel, digest_of
from synapse_bot.llm.errors import CassetteMiss, ModelBusy, ModelFailed
from synapse_bot.llm.scripted import Line, ScriptedModel

SECRET = "ghp_" + "a1B2" * 9


def _ask(model: Model, request: ModelRequest) -> str:
    return asyncio.run(model.ask(request)).text


def test_a_script_is_answered_in_order_and_ends(request_: ModelRequest) -> None:
    model = ScriptedModel("one", {"two": 2}, ModelBusy("three"))
    assert _ask(model, request_) == "one"
    assert json.loads(_ask(model, request_)) == {"two": 2}
    with pytest.raises(ModelBusy, match="three"):
        _ask(model, request_)
    with pytest.raises(ModelFailed, match="no answer 4"):
        _ask(model, request_)
    assert len(model.requests) == 4


def test_a_line_with_a_condition_answers_whenever_it_is_true(request_: ModelRequest) -> None:
    other = replace(request_, system="other")
    model = ScriptedModel(Line("always", when=lambda asked: asked.system == "other"), "once")
    assert [_ask(model, one) for one in (other, request_, other)] == ["always", "once", "always"]


def test_a_slow_line_can_be_outlived(request_: ModelRequest) -> None:
    async def main() -> None:
        async with asyncio.timeout(0.05):
            await ScriptedModel(Line("late", after_s=60)).ask(request_)

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_a_scripted_answer_counts_tokens_and_costs_nothing(request_: ModelRequest) -> None:
    model = ScriptedModel("answer")
    reply = asyncio.run(model.ask(request_))
    assert reply.usage.input_tokens == model.count(request_) > 0
    assert reply.usage.cost_usd == 0


def test_what_was_recorded_is_replayed(tmp_path: Path, request_: ModelRequest) -> None:
    file = tmp_path / "cassettes" / "one.jsonl"
    live = RecordingModel(ScriptedModel("first", "second", name="openai/x"), file)
    seen = [asyncio.run(live.ask(request_)) for _ in range(2)]
    replayed = CassetteModel("openai/x", file)
    assert [asyncio.run(replayed.ask(request_)) for _ in range(2)] == seen
    with pytest.raises(CassetteMiss, match="answer"):
        _ask(replayed, request_)
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "change",
    [
        {"system": "Another."},
        {"messages": (Message(Role.ASSISTANT, "Is it right?"),)},
        {"schema": {"type": "array"}},
        {"schema_name": "other"},
        {"max_output_tokens": 51},
        {"temperature": 0.0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_request_is_a_miss(
    tmp_path: Path, request_: ModelRequest, change: dict[str, object]
) -> None:
    file = tmp_path / "one.jsonl"
    _ask(RecordingModel(ScriptedModel("first", name="openai/x"), file), request_)
    changed = replace(request_, **change)  # type: ignore[arg-type]
    with pytest.raises(CassetteMiss):
        _ask(CassetteModel("openai/x", file), changed)
    with pytest.raises(CassetteMiss):
        _ask(CassetteModel("openai/y", file), request_)
    assert _ask(CassetteModel("openai/x", file), replace(request_, timeout_s=1.0)) == "first"


def test_the_order_of_a_schemas_keys_does_not_matter(request_: ModelRequest) -> None:
    turned = dict(reversed(request_.schema.items()))
    assert digest_of("m", replace(request_, schema=turned)) == digest_of("m", request_)


def test_neither_prompts_nor_secrets_are_written_down(
    tmp_path: Path, request_: ModelRequest
) -> None:
    file = tmp_path / "one.jsonl"
    model = RecordingModel(ScriptedModel(f'{{"found": "{SECRET}"}}', name="openai/x"), file)
    asked = replace(request_, messages=(Message(Role.USER, f"prompted {SECRET}"),))
    assert SECRET not in _ask(model, asked)  # what is seen is what will be replayed
    assert "prompted" not in file.read_text()
    assert SECRET not in file.read_text()


def test_a_broken_cassette_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text('{"digest": "x"}\n')
    with pytest.raises(ConfigInvalid, match=r"broken\.jsonl:1: "):
        CassetteModel("openai/x", file)
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        CassetteModel("openai/x", tmp_path / "none.jsonl")

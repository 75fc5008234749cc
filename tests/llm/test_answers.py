"""What is sent, and how an answer is read, over each wire with its official SDK."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from synapse_bot.domain.usage import Usage
from synapse_bot.llm.base import Message, Role
from synapse_bot.llm.dialect import Form
from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.errors import AnswerTruncated, ModelFailed, QuotaSpent, Refused
from synapse_bot.llm.fake_server import Heard, Say
from synapse_bot.llm.fake_shapes import AnthropicShapes, OpenAIShapes, say_json

if TYPE_CHECKING:
    from tests.llm.conftest import Lab


def test_an_answer_comes_back_with_what_it_used_and_cost(either: Lab) -> None:
    either.says(either.answer())
    reply = either.ask()
    assert reply.text == '{"ok": true}'
    assert (reply.model, reply.finish) == (either.name, either.shapes.whole)
    assert reply.served_by in ("gpt-6.2-sol-2026-11-17", "claude-sonnet-5-5")
    assert reply.attempts == 1
    # Both models: 2 dollars a million in, 0.1 from the cache, 2.5 into it, 10 out.
    cost = pytest.approx((100 * 2 + 30 * 0.1 + 20 * 2.5 + 7 * 10) / 1_000_000)
    assert reply.usage == Usage(150, 30, 20, 7, cost)


def test_the_request_holds_prompt_schema_and_limit_and_offers_no_tool(either: Lab) -> None:
    either.says(either.answer())
    either.ask()
    [heard] = either.server.heard
    body = heard.json
    assert heard.target.partition("?")[0] == either.shapes.path
    assert "tools" not in body
    assert "temperature" not in body
    assert bool(body.get("stream")) is either.stream
    if either.wire is Wire.OPENAI:
        assert body["messages"][0] == {"role": "system", "content": "You review."}
        held = body["response_format"]["json_schema"]
        assert held == {"name": "answer", "schema": either.request.schema, "strict": True}
        assert body["max_completion_tokens"] == 50
        assert body["store"] is False
    else:
        [system] = body["system"]
        assert system["text"] == "You review."
        assert system["cache_control"] == {"type": "ephemeral"}
        assert body["output_config"]["format"]["schema"] == either.request.schema
        assert body["max_tokens"] == 50


def test_the_prefix_of_two_questions_is_the_same_bytes(lab: Lab) -> None:
    lab.says(lab.answer())
    lab.ask()
    lab.ask(messages=(Message(Role.USER, "Another?"), Message(Role.ASSISTANT, "{")))
    first, second = (_system(heard) for heard in lab.server.heard)
    assert first == second
    assert b"You review." in first


def _system(heard: Heard) -> bytes:
    """The bytes of the system prompt, as they went over the wire."""
    start = heard.body.index(
        b'"role":"system"' if b'"role":"system"' in heard.body else b'"system"'
    )
    return heard.body[start : heard.body.index(b"}", start)]


def test_an_earlier_answer_is_handed_back_as_the_models_own(lab: Lab) -> None:
    lab.says(lab.answer())
    lab.ask(
        messages=(
            Message(Role.USER, "Is it right?"),
            Message(Role.ASSISTANT, "yes"),
            Message(Role.USER, "Not valid: no JSON."),
        )
    )
    roles = [one["role"] for one in lab.server.heard[0].json["messages"] if one["role"] != "system"]
    assert roles == ["user", "assistant", "user"]


def test_an_answer_at_its_limit_is_truncated_and_was_paid(either: Lab) -> None:
    either.says(either.answer('{"ok": tr', either.shapes.truncated))
    with pytest.raises(AnswerTruncated) as caught:
        either.ask()
    assert caught.value.usage is not None
    assert caught.value.usage.output_tokens == 7
    assert caught.value.usage.cost_usd


def test_a_full_context_is_a_truncated_answer(anthropic: Lab) -> None:
    anthropic.says(anthropic.answer("{", "model_context_window_exceeded"))
    with pytest.raises(AnswerTruncated):
        anthropic.ask()


def test_a_refusal_is_no_answer(either: Lab) -> None:
    either.says(either.shapes.refusal(either.stream))
    with pytest.raises(Refused):
        either.ask()
    assert len(either.server.heard) == 1


def test_a_filter_of_the_provider_is_a_refusal(openai: Lab) -> None:
    openai.says(openai.answer("", "content_filter"))
    with pytest.raises(Refused):
        openai.ask()
    filtered = OpenAIShapes().error(400, "invalid", "filtered", code="content_filter")
    openai.says(filtered)
    with pytest.raises(Refused):
        openai.ask()


def test_a_server_that_counts_nothing_is_counted_on_the_high_side(openai: Lab) -> None:
    choice = {"index": 0, "message": {"content": "{}"}, "finish_reason": "stop"}
    openai.says(say_json({"object": "chat.completion", "choices": [choice]}))
    reply = openai.ask()
    assert reply.usage.input_tokens == openai.model().count(openai.request)
    assert reply.usage.output_tokens > 0
    assert reply.usage.cost_usd


def test_a_gateways_error_in_a_200_is_an_error(openai: Lab) -> None:
    openai.says(say_json({"error": {"code": 402, "message": "no credit"}}))
    with pytest.raises(QuotaSpent, match="no credit"):
        openai.ask()


def test_a_server_that_knows_no_schema_is_asked_in_the_next_best_form_and_that_is_kept(
    openai: Lab,
) -> None:
    def script(heard: Heard) -> Say:
        form = heard.json.get("response_format", {}).get("type")
        if form in ("json_schema", "json_object"):
            return OpenAIShapes().error(400, "invalid", f"response_format {form} is not supported")
        return openai.answer()

    openai.server.script = script

    async def twice(model: Any) -> Form:
        await model.ask(openai.request)
        await model.ask(openai.request)
        return model.dialect.form

    assert openai.run(twice) is Form.PLAIN
    forms = [heard.json.get("response_format", {}).get("type") for heard in openai.server.heard]
    assert forms == ["json_schema", "json_object", None, None]
    shown = openai.server.heard[-1].json["messages"][0]["content"]
    assert shown.startswith("You review.")
    assert '"additionalProperties":false' in shown


def test_without_structured_outputs_the_answer_is_the_argument_of_a_forced_tool(
    anthropic: Lab,
) -> None:
    shapes = AnthropicShapes()

    def script(heard: Heard) -> Say:
        if "output_config" in heard.json:
            text = "output_config.format: Extra inputs are not permitted"
            return shapes.error(400, "invalid_request_error", text)
        return shapes.tool("answer", {"ok": True})

    anthropic.server.script = script
    assert anthropic.ask().text == '{"ok": true}'
    body = anthropic.server.heard[-1].json
    assert body["tool_choice"] == {"type": "tool", "name": "answer"}
    [tool] = body["tools"]
    assert tool["input_schema"] == anthropic.request.schema


def test_a_temperature_that_a_model_does_not_take_is_left_out(lab: Lab) -> None:
    def script(heard: Heard) -> Say:
        if "temperature" in heard.json:
            text = "temperature may only be set to its default for this model"
            return lab.shapes.error(400, "invalid_request_error", text, param="temperature")
        return lab.answer()

    lab.server.script = script
    assert lab.ask(temperature=0.2).attempts == 1
    assert lab.server.heard[0].json["temperature"] == 0.2


def test_the_other_name_of_the_limit_is_tried_once(openai: Lab) -> None:
    def script(heard: Heard) -> Say:
        if "max_completion_tokens" in heard.json:
            text = "max_completion_tokens: extra inputs are not permitted"
            return OpenAIShapes().error(400, "invalid_request_error", text)
        return openai.answer()

    openai.server.script = script
    openai.ask()
    assert openai.server.heard[-1].json["max_tokens"] == 50
    openai.says(OpenAIShapes().error(400, "invalid_request_error", "max_tokens is too large"))
    openai.server.heard.clear()
    with pytest.raises(ModelFailed, match="too large"):
        openai.ask()
    assert len(openai.server.heard) == 2


def test_what_is_learnt_is_not_forgotten_by_a_refusal_that_comes_late(openai: Lab) -> None:
    def script(heard: Heard) -> Say:
        form = heard.json.get("response_format", {}).get("type")
        if form is None:
            return openai.answer()
        error = OpenAIShapes().error(400, "invalid", f"response_format {form} is not supported")
        late = len(openai.server.heard) == 2  # the second question's first try
        return Say(error.status, error.body, before_s=0.4 if late else 0.0)

    openai.server.script = script

    async def together(model: Any) -> Form:
        first = asyncio.ensure_future(model.ask(openai.request))
        second = asyncio.ensure_future(model.ask(openai.request))
        await asyncio.gather(first, second)
        return model.dialect.form

    assert openai.run(together) is Form.PLAIN
    asked = [heard.json.get("response_format", {}).get("type") for heard in openai.server.heard]
    assert asked.count("json_object") == 1  # the second skips what the first has learnt
    assert asked[-1] is None


def test_no_more_calls_run_at_once_than_the_limiter_lets(lab: Lab) -> None:
    from synapse_bot.llm.limits import Limiter

    lab.limiter = Limiter(2)
    answer = lab.answer()
    lab.server.script = lambda heard: Say(body=answer.body, before_s=0.05)

    async def many(model: Any) -> None:
        await asyncio.gather(*(model.ask(lab.request) for _ in range(6)))

    lab.run(many)
    assert len(lab.server.heard) == 6
    assert lab.server.most_at_once == 2


def test_a_model_outlives_an_event_loop(lab: Lab) -> None:
    lab.says(lab.answer())
    model = lab.model()
    assert asyncio.run(model.ask(lab.request)).attempts == 1
    assert asyncio.run(model.ask(lab.request)).attempts == 1

"""Another model answers where the first one's provider does not, and only there."""

from __future__ import annotations

import asyncio

import pytest

from synapse_bot.domain.usage import Usage
from synapse_bot.llm.base import Model, ModelRequest
from synapse_bot.llm.errors import (
    AnswerLate,
    AnswerTruncated,
    LiveCallForbidden,
    ModelBusy,
    ModelDenied,
    ModelError,
    ModelFailed,
    QuotaSpent,
    Refused,
)
from synapse_bot.llm.fallback import FallbackModel
from synapse_bot.llm.scripted import ScriptedModel


def _first(*says: str | ModelError) -> ScriptedModel:
    return ScriptedModel(*says, name="openai/first")


def _second(*says: str | ModelError) -> ScriptedModel:
    return ScriptedModel(*says, name="anthropic/second")


def _ask(model: Model, request: ModelRequest) -> str:
    reply = asyncio.run(model.ask(request))
    return f"{reply.model}: {reply.text}"


@pytest.mark.parametrize("error", [QuotaSpent("q"), ModelDenied("d")])
def test_a_spent_quota_and_a_refused_key_switch_for_good(
    request_: ModelRequest, error: ModelError
) -> None:
    first, second = _first(error, "never"), _second("one", "two")
    model = FallbackModel(first, second)
    assert [_ask(model, request_) for _ in range(2)] == [
        "anthropic/second: one",
        "anthropic/second: two",
    ]
    assert len(first.requests) == 1


def test_a_rate_limit_switches_for_one_question(request_: ModelRequest) -> None:
    model = FallbackModel(_first(ModelBusy("429"), "back"), _second("one"))
    assert [_ask(model, request_) for _ in range(2)] == [
        "anthropic/second: one",
        "openai/first: back",
    ]


@pytest.mark.parametrize(
    "error",
    [
        Refused("r"),
        AnswerTruncated("t"),
        ModelFailed("f"),
        AnswerLate("l"),
        LiveCallForbidden("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_said_of_the_question_itself_goes_to_the_caller(
    request_: ModelRequest, error: ModelError
) -> None:
    second = _second("one")
    with pytest.raises(type(error)):
        _ask(FallbackModel(_first(error), second), request_)
    assert second.requests == []


def test_what_the_first_was_paid_is_in_the_usage(request_: ModelRequest) -> None:
    paid = Usage(1_000_000, output_tokens=5, cost_usd=2.0)
    model = FallbackModel(_first(ModelBusy("cut", usage=paid)), _second("one"))
    usage = asyncio.run(model.ask(request_)).usage
    assert usage.input_tokens > 1_000_000
    assert usage.cost_usd == 2.0


def test_where_none_answers_the_last_error_is_told(request_: ModelRequest) -> None:
    model = FallbackModel(_first(QuotaSpent("first")), _second(QuotaSpent("second")))
    for _ in range(2):
        with pytest.raises(QuotaSpent, match="second"):
            _ask(model, request_)


def test_a_fallback_is_counted_as_the_highest_of_its_models(request_: ModelRequest) -> None:
    model = FallbackModel(_first(), _second())
    assert model.names == ("openai/first", "anthropic/second")
    assert model.name == "openai/first"
    assert model.count(request_) == _first().count(request_)

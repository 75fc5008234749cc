"""What OpenAI and Anthropic answer, in their published shapes: whole, streamed, as faults."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.fake_server import Say

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Counted:
    """Tokens as both providers count them; the whole prompt is the sum of the first three."""

    fresh: int = 100
    cached: int = 30
    written: int = 20
    output: int = 7


class Shapes(Protocol):
    """One wire. ``finish`` None leaves the reason out, as a broken answer does."""

    whole: str  # the reason of an answer that came to its end
    truncated: str
    path: str  # of the request

    def answer(self, text: str, finish: str | None, counted: Counted = ...) -> Say: ...

    def stream(self, text: str, finish: str | None, counted: Counted = ...) -> Say: ...

    def refusal(self, stream: bool) -> Say: ...

    def error(self, status: int, kind: str, message: str, **more: str) -> Say: ...


def say_json(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Say:
    """An answer with a JSON body."""
    return Say(status, json.dumps(data).encode(), headers or {})


def say_events(events: list[tuple[str, Any]]) -> Say:
    """A stream of (event, data), each in a chunk of its own; "" is an event without a name."""
    parts = []
    for name, data in events:
        line = data if isinstance(data, str) else json.dumps(data)
        parts.append(f"event: {name}\ndata: {line}\n\n" if name else f"data: {line}\n\n")
    return Say(kind=EVENTS, parts=tuple(part.encode() for part in parts))


class OpenAIShapes:
    whole = "stop"
    truncated = "length"
    path = "/v1/chat/completions"

    def answer(self, text: str, finish: str | None, counted: Counted = Counted()) -> Say:
        """A whole completion."""
        return say_json(_completion({"role": "assistant", "content": text}, finish, counted))

    def stream(self, text: str, finish: str | None, counted: Counted = Counted()) -> Say:
        """The same as chunks; without a finish reason the stream just ends."""
        half = len(text) // 2
        deltas = [
            {"role": "assistant", "content": ""},
            *({"content": t} for t in (text[:half], text[half:])),
        ]
        events: list[tuple[str, Any]] = [("", _chunk([_choice(delta, None)])) for delta in deltas]
        if finish is not None:
            events.append(("", _chunk([_choice({}, finish)])))
            events.append(("", {**_chunk([]), "usage": _openai_usage(counted)}))
            events.append(("", "[DONE]"))
        return say_events(events)

    def refusal(self, stream: bool) -> Say:
        """The model declines, in the field that is meant for it."""
        if stream:
            said = _choice({"role": "assistant", "refusal": "I will not."}, None)
            last = _choice({}, "stop")
            return say_events([("", _chunk([said])), ("", _chunk([last])), ("", "[DONE]")])
        message = {"role": "assistant", "content": None, "refusal": "I will not."}
        return say_json(_completion(message, "stop", Counted()))

    def error(self, status: int, kind: str, message: str, **more: str) -> Say:
        """An error; ``more`` may give its code and param."""
        body = {"message": message, "type": kind, "param": None, "code": None, **more}
        return say_json({"error": body}, status)


def _completion(message: dict[str, Any], finish: str | None, counted: Counted) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "message": message, "logprobs": None}
    if finish is not None:
        choice["finish_reason"] = finish
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "gpt-6.2-sol-2026-11-17",
        "choices": [choice],
        "usage": _openai_usage(counted),
    }


def _chunk(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_790_000_000,
        "model": "gpt-6.2-sol-2026-11-17",
        "choices": choices,
        "usage": None,
    }


def _choice(delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}


def _openai_usage(counted: Counted) -> dict[str, Any]:
    prompt = counted.fresh + counted.cached + counted.written
    return {
        "prompt_tokens": prompt,
        "completion_tokens": counted.output,
        "total_tokens": prompt + counted.output,
        "prompt_tokens_details": {
            "cached_tokens": counted.cached,
            "cache_write_tokens": counted.written,
        },
    }


class AnthropicShapes:
    whole = "end_turn"
    truncated = "max_tokens"
    path = "/v1/messages"

    def answer(self, text: str, finish: str | None, counted: Counted = Counted()) -> Say:
        """A whole message."""
        return say_json(_message([{"type": "text", "text": text}], finish, counted))

    def tool(self, name: str, argument: object) -> Say:
        """A message that uses a tool."""
        block = {"type": "tool_use", "id": "toolu_1", "name": name, "input": argument}
        return say_json(_message([block], "tool_use", Counted()))

    def stream(self, text: str, finish: str | None, counted: Counted = Counted()) -> Say:
        """The same as events; without a stop reason the stream just ends."""
        start = {"type": "content_block_start", "index": 0, "content_block": _text_block("")}
        events: list[tuple[str, Any]] = [
            ("message_start", {"type": "message_start", "message": _message([], None, counted)}),
            ("content_block_start", start),
        ]
        half = len(text) // 2
        for part in (text[:half], text[half:]):
            delta = {"type": "text_delta", "text": part}
            events.append(_event("content_block_delta", index=0, delta=delta))
        if finish is not None:
            events.append(_event("content_block_stop", index=0))
            usage = {"output_tokens": counted.output}
            events.append(_event("message_delta", delta={"stop_reason": finish}, usage=usage))
            events.append(_event("message_stop"))
        return say_events(events)

    def refusal(self, stream: bool) -> Say:
        """The model, or a classifier beside it, declines."""
        return self.stream("", "refusal") if stream else self.answer("", "refusal")

    def error(self, status: int, kind: str, message: str, **more: str) -> Say:
        """An error; ``more`` is ignored: there is neither a code nor a param."""
        error = {"type": kind, "message": message}
        return say_json({"type": "error", "error": error, "request_id": "req_1"}, status)


def _event(name: str, **data: Any) -> tuple[str, Any]:
    return name, {"type": name, **data}


def _text_block(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _message(blocks: list[Any], finish: str | None, counted: Counted) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": blocks,
        "stop_reason": finish,
        "stop_sequence": None,
        "usage": {
            "input_tokens": counted.fresh,
            "cache_read_input_tokens": counted.cached,
            "cache_creation_input_tokens": counted.written,
            "output_tokens": counted.output if finish else 1,
        },
    }


SHAPES: dict[Wire, Shapes] = {Wire.OPENAI: OpenAIShapes(), Wire.ANTHROPIC: AnthropicShapes()}

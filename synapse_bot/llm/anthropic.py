"""Anthropic's messages on the official SDK.

The answer is held to the schema by structured outputs. A server that does not know them gets a
forced tool instead, whose argument is the answer: nobody runs it. The system prompt is marked for
the provider's cache. On streaming, see openai.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.usage import Usage
from synapse_bot.llm import reading
from synapse_bot.llm.broken import Sdk, unbroken
from synapse_bot.llm.deferred import load_sdk
from synapse_bot.llm.dialect import Dialect, Form, first_dialect, system_text
from synapse_bot.llm.errors import ModelFailed
from synapse_bot.llm.per_loop import PerLoop
from synapse_bot.llm.remote import Answer, Ending

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

    from synapse_bot.llm.base import ModelRequest
    from synapse_bot.llm.endpoint import Endpoint

_FORMS = (Form.SCHEMA, Form.TOOL, Form.PLAIN)
_ENDINGS = {
    "end_turn": Ending.WHOLE,
    "stop_sequence": Ending.WHOLE,
    "tool_use": Ending.WHOLE,
    "max_tokens": Ending.TRUNCATED,
    "model_context_window_exceeded": Ending.TRUNCATED,
    "refusal": Ending.REFUSED,
}


class AnthropicTalk:
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._clients: PerLoop[AsyncAnthropic] = PerLoop(lambda: _new_client(endpoint))

    @property
    def dialect(self) -> Dialect:
        return first_dialect(self._endpoint, _FORMS)

    def load(self) -> None:
        load_sdk("anthropic", "anthropic.resources.messages")

    async def aclose(self) -> None:
        await self._clients.aclose()

    async def send(self, request: ModelRequest, dialect: Dialect) -> Answer:
        """One call. Raises ModelError."""
        self.load()
        import anthropic

        from synapse_bot.llm.transport import patience

        sdk = Sdk(anthropic.APIStatusError, anthropic.APIError)
        client = self._clients.client()
        body = request_body(self._endpoint, request, dialect)
        call = _streamed if self._endpoint.stream else _at_once
        sent = call(client, {**body, "timeout": patience(request.timeout_s)})
        return read_answer(self._endpoint, await unbroken(self._endpoint, sdk, sent))


def _new_client(endpoint: Endpoint) -> AsyncAnthropic:
    from anthropic import AsyncAnthropic

    from synapse_bot.llm.transport import PLACEHOLDER, open_client

    return AsyncAnthropic(
        api_key=PLACEHOLDER,
        base_url=endpoint.base_url,
        max_retries=0,
        open_telemetry=False,
        http_client=open_client(endpoint),
    )


def request_body(endpoint: Endpoint, request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
    """What is sent, as plain data."""
    system = {
        "type": "text",
        "text": system_text(request, dialect.form),
        "cache_control": {"type": "ephemeral"},
    }
    body: dict[str, Any] = {
        "model": endpoint.model,
        "system": [system],
        "messages": [{"role": one.role.value, "content": one.text} for one in request.messages],
        "max_tokens": request.max_output_tokens,
    }
    match dialect.form:
        case Form.SCHEMA:
            body["output_config"] = {
                "format": {"type": "json_schema", "schema": dict(request.schema)}
            }
        case Form.TOOL:
            name = request.schema_name
            body["tools"] = [
                {
                    "name": name,
                    "description": "Gives the answer.",
                    "input_schema": dict(request.schema),
                }
            ]
            body["tool_choice"] = {"type": "tool", "name": name}
        case Form.PLAIN | Form.OBJECT:
            pass
    if request.temperature is not None and dialect.temperature:
        # The newest models refuse it, so that the SDK has no argument for it any more.
        body["extra_body"] = {"temperature": request.temperature}
    return body


async def _at_once(client: AsyncAnthropic, body: dict[str, Any]) -> Any:
    answer = await client.messages.create(**body)
    return answer.to_dict(warnings=False)


async def _streamed(client: AsyncAnthropic, body: dict[str, Any]) -> Any:
    """The events of a stream, put together to what one answer at once would be.

    The SDK's own helper breaks on a stream without a beginning, and takes one without an end.
    """
    message: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    texts: list[str] = []
    arguments: list[str] = []
    events = await client.messages.create(**body, stream=True)
    async with events:
        async for event in events:
            data = event.to_dict(warnings=False)
            delta = reading.mapping(data.get("delta"))
            match data.get("type"):
                case "message_start":
                    message = {**reading.mapping(data.get("message"))}
                    usage = {**reading.mapping(message.get("usage"))}
                case "content_block_delta":
                    texts.append(reading.text(delta.get("text")))
                    arguments.append(reading.text(delta.get("partial_json")))
                case "message_delta":
                    message["stop_reason"] = delta.get("stop_reason")
                    counts = reading.mapping(data.get("usage"))
                    usage |= {name: count for name, count in counts.items() if count is not None}
    # A tool's argument comes as JSON text already, and is read as any answer is.
    blocks = [{"type": "text", "text": "".join(arguments) or "".join(texts)}]
    return {**message, "content": blocks, "usage": usage}


def read_answer(endpoint: Endpoint, data: object) -> Answer:
    """The answer in a message. Raises ModelFailed where there is none."""
    whole = reading.mapping(data)
    blocks = [reading.mapping(block) for block in reading.items(whole.get("content"))]
    finish = reading.text(whole.get("stop_reason"))
    if whole.get("type") != "message":
        raise ModelFailed(f"{endpoint.name}: an answer that is no message")
    return Answer(
        text=_text(blocks),
        finish=finish,
        ending=_ENDINGS.get(finish, Ending.CUT),
        usage=_usage(whole.get("usage")),
        served_by=reading.text(whole.get("model")),
    )


def _text(blocks: list[Any]) -> str:
    """The tool's argument where there is one, else the text."""
    for block in blocks:
        if block.get("type") == "tool_use":
            return json.dumps(block.get("input"), ensure_ascii=False)
    return "".join(reading.text(block.get("text")) for block in blocks)


def _usage(value: object) -> Usage | None:
    """Anthropic counts what comes from and goes into the cache apart from the rest."""
    found = reading.mapping(value)
    if not found:
        return None
    cached = reading.tokens(found.get("cache_read_input_tokens"))
    written = reading.tokens(found.get("cache_creation_input_tokens"))
    return Usage(
        input_tokens=reading.tokens(found.get("input_tokens")) + cached + written,
        cached_tokens=cached,
        written_tokens=written,
        output_tokens=reading.tokens(found.get("output_tokens")),
    )

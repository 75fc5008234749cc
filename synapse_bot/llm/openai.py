"""OpenAI's chat completions on the official SDK, and every server that speaks them too.

Answers are not streamed unless the endpoint asks for it: one is read whole before it means
anything, and a body in one piece has a length that shows when it was cut. Streaming is for
endpoints behind a proxy that ends idle connections.

Calls go through the SDK's ``post``, its door for plain data: ``chat.completions`` would make a
hundred types first, a fifth of what loading the SDK costs, and we read JSON either way.
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
from synapse_bot.llm.faults import HttpFault, error_of
from synapse_bot.llm.per_loop import PerLoop
from synapse_bot.llm.remote import Answer, Ending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai import AsyncOpenAI, RequestOptions

    from synapse_bot.llm.base import ModelRequest
    from synapse_bot.llm.endpoint import Endpoint

_PATH = "/chat/completions"
_FORMS = (Form.SCHEMA, Form.OBJECT, Form.PLAIN)
_ENDINGS = {
    "length": Ending.TRUNCATED,
    "content_filter": Ending.REFUSED,
    "error": Ending.CUT,  # gateways say so when the provider behind them broke off
    "": Ending.CUT,
}


class OpenAITalk:
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._clients: PerLoop[AsyncOpenAI] = PerLoop(lambda: _new_client(endpoint))

    @property
    def dialect(self) -> Dialect:
        return first_dialect(self._endpoint, _FORMS)

    def load(self) -> None:
        load_sdk("openai")

    async def aclose(self) -> None:
        await self._clients.aclose()

    async def send(self, request: ModelRequest, dialect: Dialect) -> Answer:
        """One call. Raises ModelError."""
        self.load()
        import openai

        from synapse_bot.llm.transport import patience

        sdk = Sdk(openai.APIStatusError, openai.APIError)
        client = self._clients.client()
        body = request_body(self._endpoint, request, dialect)
        call = _streamed if self._endpoint.stream else _at_once
        sent = call(client, body, {"timeout": patience(request.timeout_s)})
        return read_answer(self._endpoint, await unbroken(self._endpoint, sdk, sent))


def _new_client(endpoint: Endpoint) -> AsyncOpenAI:
    from openai import AsyncOpenAI

    from synapse_bot.llm.transport import PLACEHOLDER, open_client

    return AsyncOpenAI(
        api_key=PLACEHOLDER,
        base_url=endpoint.base_url,
        max_retries=0,
        http_client=open_client(endpoint),
    )


def request_body(endpoint: Endpoint, request: ModelRequest, dialect: Dialect) -> dict[str, Any]:
    """What is sent, as plain data."""
    system = {"role": "system", "content": system_text(request, dialect.form)}
    spoken = [{"role": one.role.value, "content": one.text} for one in request.messages]
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": [system, *spoken],
        dialect.limit_field: request.max_output_tokens,
    }
    match dialect.form:
        case Form.SCHEMA:
            schema = {"name": request.schema_name, "schema": dict(request.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        case Form.OBJECT:
            body["response_format"] = {"type": "json_object"}
        case Form.PLAIN | Form.TOOL:
            pass
    if request.temperature is not None and dialect.temperature:
        body["temperature"] = request.temperature
    if dialect.private:
        body["store"] = False
    if endpoint.stream and dialect.stream_usage:
        body["stream_options"] = {"include_usage": True}
    return body


async def _at_once(client: AsyncOpenAI, body: dict[str, Any], options: RequestOptions) -> Any:
    answer = await client.post(_PATH, cast_to=object, body=body, options=options)
    # An answer that is not declared to be JSON comes as text; some servers declare nothing.
    return json.loads(answer) if isinstance(answer, str) else answer


async def _streamed(client: AsyncOpenAI, body: dict[str, Any], options: RequestOptions) -> Any:
    """The events of a stream, put together to what one answer at once would be."""
    from openai import AsyncStream

    body = {**body, "stream": True}
    kind = AsyncStream[object]
    events = await client.post(
        _PATH, cast_to=object, body=body, options=options, stream=True, stream_cls=kind
    )
    parts: list[str] = []
    refusals: list[str] = []
    finish, usage, model = "", None, ""
    async with events:
        async for event in events:
            data = reading.mapping(event)
            model = reading.text(data.get("model")) or model
            usage = data.get("usage") or usage
            for choice in map(reading.mapping, reading.items(data.get("choices"))[:1]):
                delta = reading.mapping(choice.get("delta"))
                parts.append(reading.text(delta.get("content")))
                refusals.append(reading.text(delta.get("refusal")))
                finish = reading.text(choice.get("finish_reason")) or finish
    message = {"content": "".join(parts), "refusal": "".join(refusals)}
    choices = [{"message": message, "finish_reason": finish}]
    return {"choices": choices, "usage": usage, "model": model}


def read_answer(endpoint: Endpoint, data: object) -> Answer:
    """The answer in a completion. Raises ModelError where there is none."""
    whole = reading.mapping(data)
    if error := reading.mapping(whole.get("error")):  # gateways put it into a 200
        raise error_of(endpoint, fault_of_body(error, _status_in(error)))
    choices = reading.items(whole.get("choices"))
    if not choices:
        raise ModelFailed(f"{endpoint.name}: an answer without a choice")
    choice = reading.mapping(choices[0])
    message = reading.mapping(choice.get("message"))
    finish = reading.text(choice.get("finish_reason"))
    refusal = reading.text(message.get("refusal"))
    return Answer(
        text=reading.text(message.get("content")),
        finish="refusal" if refusal else finish,
        ending=Ending.REFUSED if refusal else _ENDINGS.get(finish, Ending.WHOLE),
        usage=_usage(whole.get("usage")),
        served_by=reading.text(whole.get("model")),
    )


def fault_of_body(error: Mapping[str, Any], status: int) -> HttpFault:
    """The ``error`` object of an answer with this status."""
    return HttpFault(
        status=status,
        code=reading.text(error.get("code")),
        kind=reading.text(error.get("type")),
        message=reading.text(error.get("message")),
        param=reading.text(error.get("param")),
    )


def _status_in(error: Mapping[str, Any]) -> int:
    code = reading.tokens(error.get("code"))
    return code if 400 <= code < 600 else 502


def _usage(value: object) -> Usage | None:
    found = reading.mapping(value)
    if not found:
        return None
    details = reading.mapping(found.get("prompt_tokens_details"))
    return Usage(
        input_tokens=reading.tokens(found.get("prompt_tokens")),
        cached_tokens=reading.tokens(details.get("cached_tokens")),
        written_tokens=reading.tokens(details.get("cache_write_tokens")),
        output_tokens=reading.tokens(found.get("completion_tokens")),
    )

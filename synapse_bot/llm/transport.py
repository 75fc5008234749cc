"""The one HTTP client of an endpoint: bound to its origin, and the only holder of its key.

The SDKs get a placeholder for a key. The transport puts the key into the request as it leaves, so
that neither the SDK's errors nor its logs can hold it. Only known headers leave: an SDK adds some
that describe the machine, and takes others from the environment. Loads httpx2, so it is imported
when a model is first called.
"""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING

import httpx2

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.endpoint import origin_of
from synapse_bot.llm.errors import AnswerTooLarge, ModelDenied, ModelFailed
from synapse_bot.llm.guard import check_live

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from synapse_bot.llm.endpoint import Endpoint

PLACEHOLDER = "held-by-the-transport"
CONNECT_S = 10.0

_SENT = frozenset({"accept", "anthropic-version", "content-length", "content-type", "host"})
_USER_AGENT = "synapse-bot"
_TALKATIVE = ("anthropic", "httpcore2", "httpx2", "openai")


def patience(timeout_s: float) -> httpx2.Timeout:
    """A place that does not even connect is told apart long before an answer is late."""
    return httpx2.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))


def open_client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """A client for ``endpoint`` alone. Raises ConfigInvalid for an unreadable CA bundle."""
    _silence()
    return httpx2.AsyncClient(
        transport=BoundTransport(endpoint),
        timeout=None,  # each call gives its own
        follow_redirects=False,
        trust_env=False,
    )


def _silence() -> None:
    """Neither prompts nor headers in logs, whatever OPENAI_LOG or a root logger asks for."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


class BoundTransport(httpx2.AsyncBaseTransport):
    """Sends to one origin only, and reads no more than an answer needs."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._inner = httpx2.AsyncHTTPTransport(
            verify=_certificates(endpoint),
            trust_env=False,
            proxy=endpoint.proxy or None,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        check_live(self._endpoint)
        found = origin_of(str(request.url.copy_with(query=None)))
        if found != self._endpoint.origin:
            raise ModelDenied(
                f"{self._endpoint.name}: asked to call {found}; no key goes there", usage=Usage()
            )
        response = await self._inner.handle_async_request(self._signed(request))
        try:
            self._check(response)
        except ModelFailed:
            await response.aclose()
            raise
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream, self._endpoint)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _signed(self, request: httpx2.Request) -> httpx2.Request:
        """A copy with the key in it: the SDK keeps the one without, in its errors too."""
        headers = {name: value for name, value in request.headers.items() if name in _SENT}
        headers["accept-encoding"] = "identity"  # so that a bounded body is a bounded answer
        headers["user-agent"] = _USER_AGENT
        if self._endpoint.key:
            headers["authorization"] = f"Bearer {self._endpoint.key.reveal()}"
        return httpx2.Request(
            request.method,
            request.url,
            headers=headers,
            stream=request.stream,
            extensions=request.extensions,
        )

    def _check(self, response: httpx2.Response) -> None:
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding != "identity":
            raise ModelFailed(
                f"{self._endpoint.name}: the answer is compressed, which was not asked for"
            )


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends in an error where it grows beyond the endpoint's limit."""

    def __init__(self, inner: httpx2.AsyncByteStream, endpoint: Endpoint) -> None:
        self._inner = inner
        self._endpoint = endpoint

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read, limit = 0, self._endpoint.max_answer_bytes
        async for chunk in self._inner:
            read += len(chunk)
            if read > limit:
                raise AnswerTooLarge(
                    f"{self._endpoint.name}: the answer is larger than {limit} bytes"
                )
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _certificates(endpoint: Endpoint) -> ssl.SSLContext | bool:
    ca_bundle = endpoint.reach.ca_bundle
    if endpoint.origin.scheme == "http":
        return False  # nobody shows one, and reading them all takes 50 ms
    if not ca_bundle:
        return True
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise ConfigInvalid(
            f"{ca_bundle}:1: not a readable PEM file of certificates: {error}"
        ) from None

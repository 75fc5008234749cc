"""The raw body of a delivery, bounded in size and in time; over it the signature is made."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from synapse_bot.server.answer import Answer, Outcome

if TYPE_CHECKING:
    from starlette.requests import Request


async def read_body(request: Request, most_bytes: int, most_s: float) -> bytes | Answer:
    """The body, or the answer to one that is no JSON, too large, or late.

    No more than ``most_bytes`` are ever held; of a body that says it is larger, nothing is read.
    """
    if not _is_json(request.headers.get("content-type", "")):
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        return _refused(status, "set the webhook's content type to application/json")
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said[:20]) > most_bytes:
        return _too_large(most_bytes)
    chunks, held = [], 0
    try:
        async with asyncio.timeout(most_s):
            async for chunk in request.stream():
                held += len(chunk)
                if held > most_bytes:
                    return _too_large(most_bytes)
                chunks.append(chunk)
    except (TimeoutError, ClientDisconnect):
        return _refused(HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time")
    return b"".join(chunks)


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _too_large(most_bytes: int) -> Answer:
    return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {most_bytes} bytes")


def _refused(status: HTTPStatus, why: str) -> Answer:
    return Answer(status, {"error": why}, Outcome.UNREADABLE)

"""The routes: webhooks in, health and counters out. What they answer is in openapi.py."""

from __future__ import annotations

import asyncio
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from synapse_bot.domain.errors import SynapseError
from synapse_bot.server.access import AccessLog, note_of
from synapse_bot.server.answer import UNAVAILABLE, Answer
from synapse_bot.server.body import read_body
from synapse_bot.server.metrics import CONTENT_TYPE, Metrics
from synapse_bot.server.openapi import description
from synapse_bot.server.page import render_page
from synapse_bot.server.receiver import delivery_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.requests import Request

    from synapse_bot.server.happening import ForgeName
    from synapse_bot.server.receiver import Receiver

_T = TypeVar("_T")
_THREADS = 32  # that wait for the queue at one time
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """GitHub sends at most 25 MB; what a review starts from is a few dozen KB."""

    body_bytes: int = 5 << 20
    body_s: float = 10.0  # until the last byte of a body
    answer_s: float = 8.0  # for the queue to take a delivery: GitHub waits 10
    ready_s: float = 2.0  # for the queue to answer /readyz and /metrics


def build_app(
    receiver: Receiver,
    *,
    write: Callable[[str], object],
    bounds: Bounds | None = None,
    several_processes: bool = False,
    edit_refused: Callable[[], bool] = lambda: False,
) -> Starlette:
    """The application. ``write`` takes the lines of the access log, JSON without their end.

    ``edit_refused`` tells whether the configuration that holds is not the one that lies there.
    """
    door = _Door(receiver, bounds or Bounds(), several_processes, edit_refused)
    routes = [
        Route("/", door.page, methods=["GET"]),
        Route("/healthz", door.healthy, methods=["GET"]),
        Route("/readyz", door.ready, methods=["GET"]),
        Route("/metrics", door.scrape, methods=["GET"]),
        Route("/openapi.json", door.describe, methods=["GET"]),
        Route("/webhooks/github", door.github, methods=["POST"]),
        Route("/webhooks/gitlab", door.gitlab, methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _http_error})
    app.add_middleware(AccessLog, write=write)
    return app


class _Door:
    """What the routes do. The queue is asked in threads, and never waited for without end."""

    def __init__(
        self,
        receiver: Receiver,
        bounds: Bounds,
        several_processes: bool,
        edit_refused: Callable[[], bool],
    ) -> None:
        self._receiver = receiver
        self._bounds = bounds
        self._edit_refused = edit_refused
        self._metrics = Metrics(self._depths, edit_refused, several_processes=several_processes)
        self._threads = ThreadPoolExecutor(_THREADS, "queue")

    async def github(self, request: Request) -> Response:
        return await self._webhook(request, "github")

    async def gitlab(self, request: Request) -> Response:
        return await self._webhook(request, "gitlab")

    async def _webhook(self, request: Request, forge: ForgeName) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        note = note_of(request.scope)
        note["delivery"] = delivery_of(headers)
        begun = time.perf_counter()
        body = await read_body(request, self._bounds.body_bytes, self._bounds.body_s)
        answer = body if isinstance(body, Answer) else await self._answer(forge, headers, body)
        self._metrics.count(forge, answer, time.perf_counter() - begun)
        note |= {"outcome": answer.outcome.value, "tenant": answer.tenant, "note": answer.note}
        note["run"] = str(answer.body.get("id", ""))
        return _response(answer)

    async def _answer(self, forge: ForgeName, headers: dict[str, str], body: bytes) -> Answer:
        """A delivery that comes through after its answer is enqueued once all the same."""
        receive = self._receiver.receive
        try:
            return await self._ask(self._bounds.answer_s, lambda: receive(forge, headers, body))
        except TimeoutError:
            return UNAVAILABLE

    async def healthy(self, _: Request) -> Response:
        """The process answers; whether it can work is /readyz."""
        return _json({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        try:
            await self._ask(self._bounds.ready_s, self._receiver.queue.depth)
        except (SynapseError, TimeoutError) as broken:
            note_of(request.scope)["note"] = str(broken) or "the queue does not answer"
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, "the queue is out of reach")
        configuration = "edit refused" if self._edit_refused() else "ok"
        return _json({"status": "ok", "configuration": configuration})

    async def scrape(self, _: Request) -> Response:
        """Without the depths where the queue does not tell them in time."""
        try:
            text = await self._ask(self._bounds.ready_s, self._metrics.render)
        except TimeoutError:
            text = self._metrics.render(depths=False)
        return Response(text, headers=_HEADERS | {"Content-Type": CONTENT_TYPE})

    async def describe(self, _: Request) -> Response:
        return _json(description())

    async def page(self, _: Request) -> Response:
        return HTMLResponse(render_page(), headers=_HEADERS)

    async def _ask(self, seconds: float, question: Callable[[], _T]) -> _T:
        """The answer from a thread. Raises TimeoutError; the thread is left to come to its end."""
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().run_in_executor(self._threads, question)

    def _depths(self) -> Iterable[tuple[str, int]]:
        """Nothing where the queue is out of reach: a scrape still tells the rest."""
        tenants = self._receiver.tenants.by_id
        try:
            return [(tenant, self._receiver.queue.depth(tenant)) for tenant in tenants]
        except SynapseError:
            return []


def _response(answer: Answer) -> Response:
    wait = math.ceil(answer.retry_after_s)
    return _json(answer.body, answer.status, {"Retry-After": str(wait)} if wait else {})


def _error(status: HTTPStatus, why: str) -> Response:
    return _json({"error": why}, status)


def _json(
    body: Mapping[str, Any], status: int = HTTPStatus.OK, more: Mapping[str, str] | None = None
) -> Response:
    return JSONResponse(dict(body), status, headers={**_HEADERS, **(more or {})})


async def _http_error(_: Request, error: Exception) -> Response:
    """404 and 405 in the same form as the others."""
    assert isinstance(error, HTTPException)
    return _json({"error": error.detail}, error.status_code, error.headers)

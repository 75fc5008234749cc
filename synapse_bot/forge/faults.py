"""Scripted faults in front of a fake forge, and a loopback server for both.

A test double that ships with the package: needs starlette and uvicorn, which a review does not.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class FaultKind(StrEnum):
    ANSWER = "answer"  # an answer of the plan's own: 401, 403, 429 with Retry-After, 502
    RESET = "reset"  # the connection breaks before the forge has done anything
    LOST = "lost"  # the forge has done it, and the answer never comes
    HALF = "half"  # the forge has done it, and half of the answer's body comes
    SLOW = "slow"  # the forge has done it, and the answer comes after ``delay_s``


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    status: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None  # sent as JSON; a str is sent as it is
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as the server saw it. ``number`` counts from 0."""

    number: int
    method: str
    path: str

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS")


@dataclass
class FaultPlan:
    """Which request meets which fault, and the log of all of them.

    ``at`` names single requests by number; ``dead_from`` resets that request and all later ones,
    which to the client is what dying there is to the server. ``on_request`` is told of each
    request before anything is done about it, e.g. to kill the client for real.
    """

    at: dict[int, Fault] = field(default_factory=dict)
    dead_from: int | None = None
    seen: list[Seen] = field(default_factory=list)
    on_request: Callable[[Seen], None] | None = None

    def take(self, method: str, path: str) -> Fault | None:
        """Note the request; its fault, if any."""
        number = len(self.seen)
        self.seen.append(Seen(number, method, path))
        if self.on_request is not None:
            self.on_request(self.seen[-1])
        if self.dead_from is not None and number >= self.dead_from:
            return Fault(FaultKind.RESET)
        return self.at.get(number)

    def begin(self, at: dict[int, Fault] | None = None, *, dead_from: int | None = None) -> None:
        """Count from 0 again, with another plan."""
        self.at, self.dead_from = dict(at or {}), dead_from
        self.seen.clear()

    @property
    def writes(self) -> tuple[Seen, ...]:
        return tuple(seen for seen in self.seen if seen.writes)


class FaultyApp:
    """``app`` with the faults of ``plan``."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app = app
        self._plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = None
        if scope["type"] == "http":
            query = scope.get("query_string", b"").decode()
            path = scope["path"] + (f"?{query}" if query else "")
            fault = self._plan.take(scope["method"], path)
        if fault is None:
            await self._app(scope, receive, send)
            return
        await self._fail(fault, scope, receive, send)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.kind:
            case FaultKind.ANSWER:
                await _answer(fault, send)
            case FaultKind.RESET:
                _abort(send)
            case FaultKind.LOST:
                await self._app(scope, receive, _ignore)
                _abort(send)
            case FaultKind.HALF:
                await self._app(scope, receive, _half(send))
                _abort(send)
            case FaultKind.SLOW:
                await asyncio.sleep(fault.delay_s)
                await self._app(scope, receive, send)


async def _answer(fault: Fault, send: Send) -> None:
    is_text = isinstance(fault.body, str)
    body = fault.body if is_text else json.dumps(fault.body if fault.body is not None else {})
    headers = [(name.lower().encode(), value.encode()) for name, value in fault.headers]
    kind = b"text/plain" if is_text else b"application/json"
    headers += [(b"content-type", kind), (b"content-length", str(len(body.encode())).encode())]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


async def _ignore(message: Message) -> None:
    """Swallow a message of an answer that is lost."""


def _half(send: Send) -> Send:
    async def cut(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {**message, "body": body[: len(body) // 2], "more_body": True}
        await send(message)

    return cut


def _abort(send: Send) -> None:
    """Break the connection under ``send``: uvicorn's own, since ASGI has no word for it."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("only a server of uvicorn's h11 protocol can reset a connection")
    transport.abort()


class Loopback:
    """``app`` behind a real socket of 127.0.0.1 while the context lasts. ``url`` has no path."""

    def __init__(self, app: ASGIApp) -> None:
        import uvicorn

        # With its protocol named, asyncio sends small packets at once (TCP_NODELAY).
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app, http="h11", lifespan="off", log_level="critical", proxy_headers=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Loopback:
        # Listening before the thread runs: whoever connects early waits instead of failing.
        self._socket.listen(128)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

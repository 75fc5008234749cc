"""A server on loopback that says, byte for byte, what it was told to, and keeps what it heard.

For tests of one's own set-up, faults of the wire among them, without a key. The shapes of both
providers' answers are in fake_shapes.py.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

CHUNK = b"x" * 65536


@dataclass(frozen=True)
class Heard:
    """One request."""

    target: str
    headers: Mapping[str, str]
    body: bytes
    at_s: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Say:
    """One answer. ``declared`` is a Content-Length that need not be true; None is chunked.

    ``endless`` goes on with chunks for as long as somebody reads. ``before_s`` and ``between_s``
    are slept. ``cut`` closes without the end of a chunked body.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    declared: int | None = -1  # -1: the true length
    before_s: float = 0.0
    parts: tuple[bytes, ...] = ()  # chunks instead of a body
    between_s: float = 0.0
    endless: bool = False
    cut: bool = False


Script = list[Say] | Callable[[Heard], Say]


class FakeServer:
    """``script`` is a list of answers, the last of which goes on for ever, or a function."""

    def __init__(self) -> None:
        self.script: Script = []
        self.heard: list[Heard] = []
        self.most_at_once = 0
        self.written = 0  # bytes of endless bodies
        self._at_once = 0
        self.port = 0
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (heard := await _read(reader)) is not None:
                self.heard.append(heard)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    goes_on = await self._answer(self._next(heard), writer)
                finally:
                    self._at_once -= 1
                if not goes_on:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _next(self, heard: Heard) -> Say:
        if callable(self.script):
            return self.script(heard)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def _answer(self, say: Say, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection can be used again."""
        await asyncio.sleep(say.before_s)
        chunked = bool(say.parts) or say.endless or say.declared is None
        length = len(say.body) if say.declared == -1 else say.declared
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {length}"
        extra = "".join(f"{name}: {value}\r\n" for name, value in say.headers.items())
        head = f"HTTP/1.1 {say.status} Said\r\nContent-Type: {say.kind}\r\n{framing}\r\n{extra}\r\n"
        writer.write(head.encode())
        if not chunked:
            writer.write(say.body)
            await writer.drain()
            return length == len(say.body)
        for part in say.parts or ((say.body,) if say.body else ()):
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
            await asyncio.sleep(say.between_s)
        while say.endless:
            writer.write(b"%x\r\n%b\r\n" % (len(CHUNK), CHUNK))
            await writer.drain()
            self.written += len(CHUNK)
            await asyncio.sleep(say.between_s)
        if not say.cut:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return not say.cut


async def _read(reader: asyncio.StreamReader) -> Heard | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Heard(first.split(" ")[1], headers, body, monotonic())


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[FakeServer]:
    """A server in a thread of its own, for as long as the block lasts."""
    server = FakeServer()
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def main() -> None:
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
        server.port = listening.sockets[0].getsockname()[1]
        server.scheme = "https" if tls else "http"
        ready.set()
        await ended.wait()
        listening.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    ready.wait(10)
    yield server
    stop[0]()
    thread.join(10)

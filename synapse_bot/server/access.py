"""The access log, and the last resort: one JSON object a line for each request.

No line holds a body, a query, a secret, or the words of an error that nobody expected.
"""

from __future__ import annotations

import json
import time
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from synapse_bot.domain.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from typing import Any

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Note = dict[str, str]
_KEY = "synapse.note"
_LONGEST = 200  # characters of a path


def note_of(scope: MutableMapping[str, Any]) -> Note:
    """What a handler wants in the log of its request; empty values are left out."""
    note: Note = scope.setdefault(_KEY, {})
    return note


class AccessLog:
    """Around ``app``. ``write`` takes one line without its end.

    What ``app`` raises becomes an answer 500, with its kind and its place in the log.
    """

    def __init__(self, app: ASGIApp, write: Callable[[str], object]) -> None:
        self._app = app
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        note, begun, status = note_of(scope), time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the edge: nobody above would know what to do
            note["note"] = f"bug: {type(error).__name__} at {_place(error)}"
            if not status:
                await _BUG(scope, receive, watched)
        finally:
            self._write(_line(scope, status, time.perf_counter() - begun, note))


_BUG = JSONResponse({"error": "a bug of ours; see the log"}, 500)


def _place(error: Exception) -> str:
    """Where it was raised: a file's name and a line, and no text."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{PurePath(frame.filename).name}:{frame.lineno}"


def _line(scope: Scope, status: int, seconds: float, note: Note) -> str:
    """ASCII alone: a path in a stranger's bytes cannot drive a terminal that shows the log."""
    client = scope.get("client")
    row = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": scope["method"][:20],
        "path": redact(scope["path"][:_LONGEST]),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "client": client[0] if client else "",
    }
    said = {name: redact(value) for name, value in sorted(note.items()) if value}
    return json.dumps({**row, **said})

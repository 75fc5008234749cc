"""Answers of a real model, recorded once and replayed without the network.

One JSON object a line. A request is known by its digest alone: neither keys and headers, which
never come up here, nor the prompt are written down; secrets in an answer are masked.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.base import Model, ModelRequest, Reply
from synapse_bot.llm.errors import CassetteMiss
from synapse_bot.llm.tokens import count_request

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1  # raised when a line's layout, or what a digest is made of, changes


def digest_of(model: str, request: ModelRequest) -> str:
    """64 hex digits of everything that decides the answer; the time-out does not."""
    plain = {
        "format": FORMAT,
        "model": model,
        "system": request.system,
        "messages": [[one.role.value, one.text] for one in request.messages],
        "schema": request.schema,
        "schema_name": request.schema_name,
        "max_output_tokens": request.max_output_tokens,
        "temperature": request.temperature,
    }
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), default=dict)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class RecordingModel:
    """Passes requests on, and appends each answer to ``file``. Errors are not recorded."""

    def __init__(self, model: Model, file: Path) -> None:
        self._model = model
        self._file = file

    @property
    def name(self) -> str:
        return self._model.name

    def count(self, request: ModelRequest) -> int:
        return self._model.count(request)

    async def ask(self, request: ModelRequest) -> Reply:
        """The model's answer, its secrets masked: what is replayed is what was seen."""
        found = await self._model.ask(request)
        plain = {**asdict(found), "text": redact(found.text)}
        self._append({"digest": digest_of(self.name, request), "reply": plain})
        return _reply(plain)

    def _append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, sort_keys=True, separators=(",", ":")) + "\n"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with open(os.open(self._file, flags, 0o600), "ab") as stream:
            stream.write(line.encode())


class CassetteModel:
    """Answers from ``file`` only. The same request asked again gets the next recorded answer."""

    def __init__(self, name: str, file: Path) -> None:
        self._name = name
        self._file = file
        self._replies = _read(file)

    @property
    def name(self) -> str:
        return self._name

    def count(self, request: ModelRequest) -> int:
        return count_request(request)

    async def ask(self, request: ModelRequest) -> Reply:
        """The recorded answer. Raises CassetteMiss."""
        replies = self._replies.get(digest_of(self.name, request))
        if not replies:
            raise CassetteMiss(
                f"{self.name}: {self._file.name} has no answer to this request"
                f" ({request.schema_name})",
                usage=Usage(),
            )
        return replies.popleft()


def _read(file: Path) -> dict[str, deque[Reply]]:
    """The answers by digest. Raises ConfigInvalid with the line that is none."""
    found: dict[str, deque[Reply]] = {}
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise ConfigInvalid(f"{file}:1: cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            found.setdefault(entry["digest"], deque()).append(_reply(entry["reply"]))
        except (ValueError, TypeError, KeyError) as error:
            raise ConfigInvalid(f"{file}:{number}: not a recorded answer") from error
    return found


def _reply(plain: dict[str, Any]) -> Reply:
    return Reply(**{**plain, "usage": Usage(**plain["usage"])})

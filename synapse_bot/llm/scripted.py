"""ScriptedModel: answers what it was told to, for tests and for trying out a specialist."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from synapse_bot.domain.usage import Usage
from synapse_bot.llm.base import ModelRequest, Reply
from synapse_bot.llm.errors import ModelError, ModelFailed
from synapse_bot.llm.tokens import count_request, count_tokens

Says = str | dict[str, Any] | list[Any] | ModelError


@dataclass(frozen=True, slots=True)
class Line:
    """One answer of a script: a text, plain data (as JSON), or an error to raise.

    With ``when`` it answers every request that ``when`` is true of; without, it is used once, in
    order. ``after_s`` is slept first. ``usage`` None is counted as ``count`` does, at no cost.
    """

    says: Says
    when: Callable[[ModelRequest], bool] | None = None
    after_s: float = 0.0
    usage: Usage | None = None


class ScriptedModel:
    """Takes the first line whose ``when`` is true, else the next one in order.

    ``requests`` holds what was asked, in order.
    """

    def __init__(self, *lines: Line | Says, name: str = "scripted/model") -> None:
        script = [line if isinstance(line, Line) else Line(line) for line in lines]
        self._always = [line for line in script if line.when is not None]
        self._once = [line for line in script if line.when is None]
        self._name = name
        self.requests: list[ModelRequest] = []

    @property
    def name(self) -> str:
        return self._name

    def count(self, request: ModelRequest) -> int:
        return count_request(request)

    async def ask(self, request: ModelRequest) -> Reply:
        """The line's answer. Raises its error, or ModelFailed where the script has ended."""
        self.requests.append(request)
        line = self._line(request)
        await asyncio.sleep(line.after_s)
        if isinstance(line.says, ModelError):
            raise line.says
        text = line.says if isinstance(line.says, str) else json.dumps(line.says)
        usage = line.usage or Usage(self.count(request), output_tokens=count_tokens(text))
        return Reply(text, usage, self.name, "stop", line.after_s, served_by=self.name)

    def _line(self, request: ModelRequest) -> Line:
        for line in self._always:
            if line.when is not None and line.when(request):
                return line
        if not self._once:
            raise ModelFailed(f"{self.name}: the script has no answer {len(self.requests)}")
        return self._once.pop(0)


def in_turn(texts: Iterable[Says]) -> ScriptedModel:
    """A model that gives ``texts`` one after the other."""
    return ScriptedModel(*texts)

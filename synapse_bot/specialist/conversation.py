"""One question to a model, until there is an answer that fits its schema; or the record's answer.

A malformed answer goes back with the reason, capped and paid for. An answer that holds a word of
its orders is none. What was answered once to the very same question is taken from the record: it
is checked again like any other, and costs nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from synapse_bot.domain.opinion import ToolRun
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.base import Message, ModelRequest, Role
from synapse_bot.llm.cassette import digest_of
from synapse_bot.llm.errors import ModelError
from synapse_bot.specialist.answer import masked
from synapse_bot.specialist.strict import Malformed
from synapse_bot.store.base import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_bot.llm.base import Model
    from synapse_bot.store.base import AnswerStore

T = TypeVar("T")

_ATTEMPTS = 2  # answers that may be malformed before the question is given up


class TalkedRound(Exception):
    """The answer holds the canary: something in the change made the model repeat its orders."""


@dataclass(frozen=True)
class Question(Generic[T]):
    """``text`` gives the input for the key and the canary of a call, drawn anew each time.

    ``identity`` is what of the input makes it this question and no other, for the record; "" is
    all of it.
    """

    name: str  # in the audit: "ask", "verify"
    system: str
    text: Callable[[str, str], str]
    schema_name: str
    schema: Mapping[str, object]
    parse: Callable[[str], T]  # raises Malformed
    identity: str = ""


@dataclass(frozen=True)
class Record:
    """Answers of earlier reviews. ``fresh`` asks all the same, and renews them."""

    store: AnswerStore
    fresh: bool = False


@dataclass
class Conversation:
    """All that one specialist asks in one review, and what that used."""

    output_tokens: int
    deadline_s: float
    record: Record | None = None
    usage: Usage = field(default_factory=Usage)
    started: float = field(default_factory=time.monotonic)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)  # (model, question's name)
    recalled: dict[str, Counter[str]] = field(default_factory=dict)  # model -> answers by their day
    stood_in: dict[str, str] = field(default_factory=dict)  # model -> why it was asked

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    async def ask(self, question: Question[T], model: Model, turn: int = 0) -> T:
        """One valid answer. Raises Malformed after _ATTEMPTS, TalkedRound, or the model's error.

        The same question may be asked several times, for answers that do not know each other:
        ``turn`` tells them apart in the record.
        """
        same = self._request(question, question.identity or question.text("", ""))
        place = f"{digest_of(model.name, same)}-{turn}"
        if (known := await self._recall(place)) is not None:
            try:
                answer = question.parse(known.text)
            except Malformed:
                pass  # damaged, or of another version: as if there were none
            else:
                self.recalled.setdefault(known.model, Counter())[known.day] += 1
                return answer
        answer, text, by = await self._answer(question, model)
        if by == model.name:  # another one stood in: the next review may ask whom it meant to
            await self._keep(place, text, by)
        return answer

    def runs(self, findings: int) -> tuple[ToolRun, ...]:
        """Who was asked what, for the audit; ``findings`` are all that came of it."""
        return tuple(
            ToolRun(model, "", name, self.seconds, None, findings if name == "ask" else 0)
            for model, name in sorted(self.answers)
        )

    def notes(self) -> tuple[str, ...]:
        """Who stood in, and why; what came from the record, of which model and of which days."""
        told = [f"{model} stood in: {why:.200}" for model, why in sorted(self.stood_in.items())]
        for model, days in sorted(self.recalled.items()):
            count, first, last = days.total(), min(days), max(days)
            when = first if first == last else f"{first} to {last}"
            noun = "answer" if count == 1 else "answers"
            told.append(f"{count} {noun} of {model} from the record of {when}")
        return tuple(told)

    async def _answer(self, question: Question[T], model: Model) -> tuple[T, str, str]:
        """(answer, its text, the model that gave it)."""
        key, canary = secrets.token_hex(8), secrets.token_hex(12)
        request = self._request(question, question.text(key, canary))
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                reply = await model.ask(request)
            except ModelError as error:
                self.usage += error.usage or Usage()
                raise
            self.answers[reply.model, question.name] += 1
            if reply.stands_in:
                self.stood_in.setdefault(reply.model, reply.stands_in)
            self.usage += reply.usage
            if canary in reply.text or key in reply.text:
                raise TalkedRound
            try:
                return question.parse(reply.text), reply.text, reply.model
            except Malformed as fault:
                if attempt == _ATTEMPTS:
                    raise
                told = Message(Role.USER, f"Not valid: {fault}. Answer again, JSON only.")
                said = Message(Role.ASSISTANT, reply.text[:8_000])
                messages = (*request.messages, said, told)
                request = replace(request, messages=messages, timeout_s=self._left_s)
        raise AssertionError("the loop above returns or raises")

    def _request(self, question: Question[T], text: str) -> ModelRequest:
        return ModelRequest(
            system=question.system,
            messages=(Message(Role.USER, text),),
            schema=question.schema,
            schema_name=question.schema_name,
            max_output_tokens=self.output_tokens,
            timeout_s=self._left_s,
        )

    @property
    def _left_s(self) -> float:
        return max(1.0, self.deadline_s - self.seconds)

    async def _recall(self, place: str) -> Answer | None:
        if self.record is None or self.record.fresh:
            return None
        return await asyncio.to_thread(self.record.store.find, place)

    async def _keep(self, place: str, text: str, model: str) -> None:
        if self.record is not None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            await asyncio.to_thread(self.record.store.keep, place, Answer(masked(text), model, now))

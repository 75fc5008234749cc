"""A model behind a wire: patience, limits, time-outs, prices. What is said is the wire's affair."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from time import perf_counter, time
from typing import TYPE_CHECKING, Protocol

from synapse_bot.domain.breaker import Lesson, Refusal
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.base import Reply
from synapse_bot.llm.errors import (
    AnswerCut,
    AnswerLate,
    AnswerTruncated,
    BreakerOpen,
    ModelBusy,
    ModelError,
    Refused,
)
from synapse_bot.llm.faults import FieldRefused
from synapse_bot.llm.guard import check_live
from synapse_bot.llm.tokens import count_request, count_tokens

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from synapse_bot.llm.base import ModelRequest
    from synapse_bot.llm.dialect import Dialect
    from synapse_bot.llm.endpoint import Endpoint
    from synapse_bot.llm.gate import Gate, Leave
    from synapse_bot.llm.limits import Limiter


class Ending(Enum):
    """Why an answer stopped, in our words."""

    WHOLE = auto()
    TRUNCATED = auto()  # at the limit of tokens, or at the end of the context
    REFUSED = auto()
    CUT = auto()  # nobody said why


@dataclass(frozen=True, slots=True)
class Answer:
    """What came over the wire. ``usage`` None: the server does not say."""

    text: str
    finish: str
    ending: Ending
    usage: Usage | None = None
    served_by: str = ""


class Talk(Protocol):
    """One wire: it turns a request into one call and what comes back into an Answer."""

    @property
    def dialect(self) -> Dialect:
        """What to try first."""
        ...

    async def send(self, request: ModelRequest, dialect: Dialect) -> Answer:
        """One call, no retries. Raises ModelError for whatever goes wrong."""
        ...

    async def aclose(self) -> None: ...

    def load(self) -> None:
        """Import the SDK, so that the first call need not."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is tried, and how long a wait between tries may be, in seconds.

    A provider that asks for a longer wait than ``longest_s`` is not waited for: the caller may
    have another model.
    """

    attempts: int = 4
    first_s: float = 0.5
    longest_s: float = 20.0


class RemoteModel:
    """Asks one endpoint. Use it in one event loop at a time, and close it at its end."""

    def __init__(
        self,
        endpoint: Endpoint,
        talk: Talk,
        limiter: Limiter,
        price: Callable[[Usage], Usage],
        patience: Patience = Patience(),
        gate: Gate | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._talk = talk
        self._limiter = limiter
        self._price = price
        self._patience = patience
        self._gate = gate
        self._dialect = talk.dialect

    @property
    def name(self) -> str:
        return self._endpoint.name

    @property
    def dialect(self) -> Dialect:
        """What is known of the endpoint by now."""
        return self._dialect

    def count(self, request: ModelRequest) -> int:
        return count_request(request)

    async def warm(self) -> None:
        """Load the SDK in a thread: half a second to a second of work that can overlap others."""
        await asyncio.to_thread(self._talk.load)

    async def aclose(self) -> None:
        await self._talk.aclose()

    async def ask(self, request: ModelRequest) -> Reply:
        """The answer; waits for a place among the provider's calls first, which is not timed."""
        check_live(self._endpoint)
        async with self._limiter.slot(self._endpoint.provider):
            began = perf_counter()
            call = _Call(self._price)
            try:
                async with asyncio.timeout(request.timeout_s):
                    answer = await self._persist(request, call)
            except TimeoutError:
                late = f"{self.name}: no whole answer within {request.timeout_s:g} s"
                if call.leave is not None:
                    await call.leave.cut(late)
                raise AnswerLate(late) from None
            except asyncio.CancelledError:
                if call.leave is not None:
                    call.leave.tell_now(Lesson.NOTHING)
                raise
            return Reply(
                text=answer.text,
                usage=call.spent,
                model=self.name,
                finish=answer.finish,
                seconds=perf_counter() - began,
                served_by=_word(answer.served_by),
                attempts=call.attempts,
            )

    async def _persist(self, request: ModelRequest, call: _Call) -> Answer:
        """Try, and try again what may succeed."""
        from tenacity import AsyncRetrying, retry_if_exception

        deadline = perf_counter() + request.timeout_s
        patience = _Pace(self._patience, deadline)
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, ModelError) and error.again),
            stop=patience.over,
            wait=patience.wait_s,
            sleep=asyncio.sleep,
            reraise=True,
        )
        return await retrying(self._once, request, call)

    async def _once(self, request: ModelRequest, call: _Call) -> Answer:
        """One call in a dialect that the endpoint understands. Raises for anything not whole."""
        try:
            call.leave = await self._leave(request)
            call.attempts += 1
            answer = await self._understood(request)
        except ModelError as error:
            await call.tell(_lesson(error), str(error))
            call.pay(error.usage)
            error.usage = call.known
            raise
        await call.tell(Lesson.ANSWERED)
        # Some servers count nothing, or say 0; a prompt is never nothing.
        said = answer.usage if answer.usage and answer.usage.input_tokens else None
        usage = said or _estimated(request, answer.text)
        call.pay(usage)
        return _whole(self.name, answer, call.spent)

    async def _leave(self, request: ModelRequest) -> Leave | None:
        """None where nobody has to be asked. Raises BreakerOpen."""
        if self._gate is None:
            return None
        keys = (f"provider:{self._endpoint.provider}", f"model:{self.name}")
        asked = await self._gate.ask(keys, request.timeout_s)
        if isinstance(asked, Refusal):
            raise BreakerOpen(asked.in_words(time()), usage=Usage(), down=False)
        return asked

    async def _understood(self, request: ModelRequest) -> Answer:
        while True:
            used = self._dialect
            try:
                return await self._talk.send(request, used)
            except FieldRefused as error:
                following = used.without(error.field)
                if following is None:
                    raise
                if self._dialect == used:  # another call may have learnt it meanwhile
                    self._dialect = following


class _Call:
    """What the attempts of one question cost together."""

    def __init__(self, price: Callable[[Usage], Usage]) -> None:
        self._price = price
        self.spent = Usage()
        self.known: Usage | None = self.spent
        self.attempts = 0
        self.leave: Leave | None = None  # for the attempt under way

    async def tell(self, lesson: Lesson, why: str = "") -> None:
        """How the attempt under way went."""
        leave, self.leave = self.leave, None
        if leave is not None:
            await leave.tell(lesson, why)

    def pay(self, usage: Usage | None) -> None:
        """None: nobody knows, and then nobody knows the sum either."""
        if usage is None:
            self.known = None
            return
        self.spent += self._price(usage) if usage.tokens else usage
        self.known = self.spent if self.known is not None else None


class _Pace:
    """When to stop, and how long to wait: jitter, and Retry-After where it is within reason."""

    def __init__(self, patience: Patience, deadline: float) -> None:
        self._patience = patience
        self._deadline = deadline

    def over(self, state: RetryCallState) -> bool:
        asked = _asked_s(state)
        left = self._deadline - perf_counter()
        tries = state.attempt_number >= self._patience.attempts
        return tries or asked > self._patience.longest_s or asked >= left

    def wait_s(self, state: RetryCallState) -> float:
        doubled: float = self._patience.first_s * 2 ** (state.attempt_number - 1)
        jitter = random.uniform(0.5, 1.0) * min(doubled, self._patience.longest_s)  # noqa: S311
        asked = _asked_s(state)
        return asked + jitter * 0.1 if asked else jitter


def _asked_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after_s if isinstance(error, ModelBusy) else 0.0


def _lesson(error: ModelError) -> Lesson:
    """What ``error`` says of the provider: one that rejects us is well."""
    if not isinstance(error, ModelBusy):
        return Lesson.ANSWERED
    return Lesson.FAILED if error.down else Lesson.NOTHING


def _whole(name: str, answer: Answer, usage: Usage) -> Answer:
    match answer.ending:
        case Ending.WHOLE:
            return replace(answer, finish=_word(answer.finish))
        case Ending.TRUNCATED:
            raise AnswerTruncated(f"{name}: the answer reached its limit of tokens", usage=usage)
        case Ending.REFUSED:
            raise Refused(f"{name}: it declines to answer ({_word(answer.finish)})", usage=usage)
        case Ending.CUT:
            raise AnswerCut(f"{name}: the answer ends without saying why", usage=usage)


def _estimated(request: ModelRequest, text: str) -> Usage:
    return Usage(count_request(request), output_tokens=count_tokens(text))


def _word(text: str) -> str:
    """A server's word, harmless and short."""
    return "".join(char for char in text[:100] if char.isascii() and char.isprintable())

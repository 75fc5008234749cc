"""The Guard: asked before a call, told after it."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from random import random
from typing import TYPE_CHECKING

from synapse_bot.domain.breaker import (
    Admission,
    BreakerState,
    Lease,
    Lesson,
    Refusal,
    Standing,
    admit,
    learn,
    state_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from synapse_bot.breaker.base import T
    from synapse_bot.breaker.kept import KeptBreakers
    from synapse_bot.breaker.rules import Rules
    from synapse_bot.domain.breaker import Breaker

_TURN_S = 0.1  # how often one that waits looks whether it may go
_SPARE_S = 5.0  # a lease outlasts its call by this: telling takes time, too


@dataclass
class Guard:
    """The breakers of one review. ``now`` gives epoch seconds, ``chance`` 0..1.

    ``rules`` is called when a breaker has something to decide, which in most reviews is never.
    """

    breakers: KeptBreakers
    rules: Callable[[], Rules]
    now: Callable[[], float] = time.time
    chance: Callable[[], float] = random
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _told: int = 0

    async def ask(self, keys: Sequence[str], longest_s: float) -> Pass | Refusal:
        """Leave for one call that all of ``keys`` have to allow, or why there is none.

        The call takes at most ``longest_s``. While calls under way may yet open a breaker, this
        waits for them, also for at most that long.
        """
        ends_at = time.monotonic() + longest_s
        while True:
            asked = await self.run(self._asked, keys, longest_s)
            if asked is not None:
                return asked
            if time.monotonic() >= ends_at:
                why = "calls that began before are still under way"
                return Refusal(keys[0], BreakerState.CLOSED, self.now(), why)
            await self.sleep(_TURN_S)

    async def standings(self, keys: Sequence[str]) -> tuple[Standing, ...]:
        """Where those of ``keys`` stand that have failed of late."""
        return await self.run(self._standings, frozenset(keys))

    def _standings(self, keys: frozenset[str]) -> tuple[Standing, ...]:
        now = self.now()
        found = (breaker for breaker in self.breakers.all() if breaker.key in keys)
        return tuple(Standing(b.key, state_of(b, now), b.retry_at) for b in found if b.has_failed)

    def notes(self) -> tuple[str, ...]:
        """What went wrong with the state itself, each said once."""
        fresh = self.breakers.notes[self._told :]
        self._told += len(fresh)
        return fresh

    def _asked(self, keys: Sequence[str], longest_s: float) -> Pass | Refusal | None:
        """None is to wait. What the first keys granted is given back where a later one does not."""
        leave = Pass(self, longest_s, since=self.now())
        for key in keys:
            admission, breaker = self._admit(key, leave)
            if admission in (Admission.FREE, Admission.LEASED):
                leave.keys.append(key)
                continue
            leave.tell_now(Lesson.NOTHING)
            if admission is Admission.WAIT:
                return None
            now = self.now()
            until = max((held.until for held in breaker.leases), default=breaker.retry_at)
            return Refusal(key, state_of(breaker, now), until, breaker.why)
        return leave

    def _admit(self, key: str, leave: Pass) -> tuple[Admission, Breaker]:
        now, settings = self.now(), self.rules().of(key)
        lease = Lease(leave.holder, now + leave.longest_s + _SPARE_S)

        def work(breaker: Breaker) -> tuple[Breaker, tuple[Admission, Breaker]]:
            after, admission = admit(breaker, settings, now, lease)
            return after, (admission, after)

        return self.breakers.change(key, work)

    def learn(self, key: str, holder: str, lesson: Lesson, why: str) -> None:
        """What the call of ``holder`` says of ``key``."""
        now, settings, chance = self.now(), self.rules().of(key), self.chance()

        def work(breaker: Breaker) -> tuple[Breaker, None]:
            return learn(breaker, settings, now, holder, lesson, why=why, chance=chance), None

        self.breakers.change(key, work)

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """In a thread where it may wait for a disk or a network."""
        return await asyncio.to_thread(work, *args) if self.breakers.waits else work(*args)


@dataclass
class Pass:
    """Leave to make one call. What is told after the first time is not heard."""

    guard: Guard
    longest_s: float
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    keys: list[str] = field(default_factory=list)
    since: float = 0.0

    async def tell(self, lesson: Lesson, why: str = "") -> None:
        """How the call went; ``why`` it failed, on one line without secrets."""
        await self.guard.run(self.tell_now, lesson, why)

    async def cut(self, why: str) -> None:
        """Time ran out in the call: it failed, unless it had too little time to say anything."""
        await self.guard.run(self.cut_now, why)

    def tell_now(self, lesson: Lesson, why: str = "") -> None:
        """As ``tell``, for one who cannot wait, e.g. while he is being cancelled."""
        keys, self.keys = self.keys, []
        for key in keys:
            self.guard.learn(key, self.holder, lesson, why)

    def cut_now(self, why: str) -> None:
        """As ``cut``, for one who cannot wait."""
        keys, self.keys = self.keys, []
        seconds = self.guard.now() - self.since
        for key in keys:
            fair = seconds >= self.guard.rules().of(key).fair_s
            self.guard.learn(key, self.holder, Lesson.FAILED if fair else Lesson.NOTHING, why)

"""The Breakers family: where the state of breakers is kept. Members: memory, sqlite, shared."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

from synapse_bot.domain.breaker import Breaker, Call, Lease
from synapse_bot.domain.errors import SynapseError

T = TypeVar("T")
Work = Callable[[Breaker], tuple[Breaker, T]]

MAX_WHY = 300  # characters


class BreakersUnusable(SynapseError):
    hint = "A review goes on as if every breaker were closed. See docs/breakers.md."


class Breakers(Protocol):
    """Every method raises BreakersUnusable where the state cannot be read or written."""

    def change(self, key: str, work: Work[T]) -> T:
        """Keep the breaker that ``work`` makes of the one called ``key``; give what it says.

        Atomic among all processes. ``work`` is pure: it may be called more than once.
        """
        ...

    def all(self) -> tuple[Breaker, ...]:
        """Every breaker that is not blank, by key."""
        ...

    def reset(self, key: str) -> bool:
        """Forget ``key``; whether there was anything to forget."""
        ...


def encode(breaker: Breaker) -> str:
    """JSON with the fields of Breaker but for its key."""
    plain = asdict(breaker)
    del plain["key"]
    plain["why"] = breaker.why[:MAX_WHY]
    return json.dumps(plain, separators=(",", ":"))


def decode(key: str, text: str) -> Breaker:
    """The breaker of a row. One that cannot be read is as good as new: it learns again."""
    try:
        plain: Any = json.loads(text)
        return Breaker(
            key,
            tuple(Call(float(call["at"]), bool(call["failed"])) for call in plain["calls"]),
            int(plain["openings"]),
            float(plain["retry_at"]),
            tuple(Lease(str(one["holder"]), float(one["until"])) for one in plain["leases"]),
            str(plain["why"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return Breaker(key)

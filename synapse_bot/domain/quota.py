"""Quotas: what a tenant may use, as values. What is refused is refused before it costs anything."""

from __future__ import annotations

from dataclasses import dataclass

HOUR_S = 3600.0
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """None is without limit. Hours and days are the last 3,600 and 86,400 seconds.

    What is over the others is refused; what is over ``parallel`` waits (see Places).
    """

    reviews_per_hour: int | None = None
    tokens_per_day: int | None = None
    usd_per_day: float | None = None
    parallel: int | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Of ``tenant`` at most ``most`` reviews are at work at one time, in a whole fleet."""

    tenant: str
    most: int


@dataclass(frozen=True, slots=True)
class Used:
    """What a tenant holds: reviews of the last hour, tokens and dollars of the last day. What is
    not settled counts with what was asked for."""

    reviews: int = 0
    tokens: int = 0
    usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Hold:
    """A place in the quota, kept for one review under ``key`` until it is settled.

    ``until`` is when it is given up, should no review have come of it. Both are seconds since the
    epoch, UTC.
    """

    key: str
    tenant: str
    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """``limit`` is the name of the field of Limits that ``asked`` more would break.

    ``retry_at`` is when it may fit, None where it never will: more was asked than is allowed.
    """

    limit: str
    allowed: float
    used: float
    asked: float
    retry_at: float | None

    def __str__(self) -> str:
        name = self.limit.replace("_", " ")
        return f"{name}: {self.used:g} of {self.allowed:g} are used, {self.asked:g} more were asked"

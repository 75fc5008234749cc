"""Circuit breakers as values: what is known of a key, and what an outcome makes of it.

Pure: the clock, the chance and the store are the caller's. Times are epoch seconds. A key names
what may break: ``provider:openai``, ``model:openai/gpt-6``, ``tool:semgrep``, ``specialist:style``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum


class BreakerState(StrEnum):
    CLOSED = "closed"  # calls are made
    OPEN = "open"  # none is made before ``retry_at``
    HALF_OPEN = "half_open"  # one probe at a time


class Lesson(StrEnum):
    """What one call says of its key."""

    ANSWERED = "answered"
    FAILED = "failed"
    NOTHING = "nothing"  # broken off, or never made


class Admission(StrEnum):
    FREE = "free"  # make the call
    LEASED = "leased"  # make the call; others are held back for it until it ends
    WAIT = "wait"  # calls under way may still open it
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Settings:
    """When a breaker opens, and for how long.

    It opens when, of the last ``calls`` within ``window_s``, at least ``minimum`` are known and
    ``rate`` of them failed. The first pause doubles with each failed probe, up to
    ``longest_pause_s``; chance takes or adds ``jitter`` of it, so that workers do not probe as one.
    A call broken off within ``fair_s`` says nothing. ``careful``: until one call has succeeded, no
    more run at once than it takes to open it.
    """

    window_s: float = 300.0
    calls: int = 10
    minimum: int = 5
    rate: float = 0.5
    first_pause_s: float = 30.0
    longest_pause_s: float = 600.0
    jitter: float = 0.1
    fair_s: float = 5.0
    careful: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    at: float
    failed: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """A call under way. It counts until ``until``: its holder may have died."""

    holder: str
    until: float


@dataclass(frozen=True, slots=True)
class Breaker:
    """``openings`` in a row: 0 is closed. ``why`` is the last failure, on one line."""

    key: str
    calls: tuple[Call, ...] = ()  # the oldest first
    openings: int = 0
    retry_at: float = 0.0
    leases: tuple[Lease, ...] = ()
    why: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether it says no more than a breaker that nobody has used."""
        return not self.calls and not self.openings

    @property
    def has_failed(self) -> bool:
        return self.openings > 0 or any(call.failed for call in self.calls)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that is not made. ``retry_at`` is when one may be tried again, at the earliest."""

    key: str
    state: BreakerState
    retry_at: float
    why: str = ""

    def in_words(self, now: float) -> str:
        """One line, with the time in UTC: it is read in logs of any machine."""
        last = f"; last failure: {self.why}" if self.why else ""
        if self.state is not BreakerState.OPEN:
            return f"{self.key} kept failing and is being tried by one call{last}"
        when = datetime.fromtimestamp(max(self.retry_at, now), UTC).strftime("%H:%M:%S")
        return f"{self.key} keeps failing and is left alone until {when} UTC{last}"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a breaker stands at one moment, for events and for people."""

    key: str
    state: BreakerState
    retry_at: float


def state_of(breaker: Breaker, now: float) -> BreakerState:
    """An open breaker is half open from ``retry_at`` on: nobody has to wake it."""
    if not breaker.openings:
        return BreakerState.CLOSED
    return BreakerState.OPEN if now < breaker.retry_at else BreakerState.HALF_OPEN


def admit(
    breaker: Breaker, settings: Settings, now: float, lease: Lease
) -> tuple[Breaker, Admission]:
    """Whether a call may be made now, and the breaker with its ``lease`` where that is needed."""
    live = tuple(held for held in breaker.leases if held.until > now)
    breaker = replace(breaker, leases=live)
    match state_of(breaker, now):
        case BreakerState.OPEN:
            return breaker, Admission.REFUSED
        case BreakerState.HALF_OPEN:
            if live:
                return breaker, Admission.REFUSED
        case BreakerState.CLOSED:
            known = _recent(breaker.calls, settings, now)
            if not settings.careful or (known and not known[-1].failed):
                return breaker, Admission.FREE
            if len(live) >= _failures_left(known, settings):
                return breaker, Admission.WAIT
    return replace(breaker, leases=(*live, lease)), Admission.LEASED


def learn(
    breaker: Breaker,
    settings: Settings,
    now: float,
    holder: str,
    lesson: Lesson,
    *,
    why: str = "",
    chance: float = 0.5,
) -> Breaker:
    """``breaker`` after the call of ``holder``. ``chance`` is 0..1.

    Once it is open only the probe counts: an answer to an earlier call tells of earlier times.
    """
    left = tuple(held for held in breaker.leases if held.holder != holder)
    probing = len(left) < len(breaker.leases)
    breaker = replace(breaker, leases=left)
    if lesson is Lesson.NOTHING:
        return breaker
    failed = lesson is Lesson.FAILED
    if breaker.openings:
        if not probing:
            return breaker
        if failed:
            return _opened(breaker, settings, now, why, chance)
        return Breaker(breaker.key, (Call(now, failed=False),))
    known = _recent(breaker.calls, settings, now)
    if not (failed or settings.careful or any(call.failed for call in known)):
        return Breaker(breaker.key)  # nothing to remember: successes count once something failed
    known = (*known, Call(now, failed))[-settings.calls :]
    breaker = replace(breaker, calls=known, why=why if failed else breaker.why)
    if failed and _is_broken(known, settings):
        return _opened(breaker, settings, now, why, chance)
    return breaker


def _opened(breaker: Breaker, settings: Settings, now: float, why: str, chance: float) -> Breaker:
    pause = settings.first_pause_s * 2.0 ** min(breaker.openings, 30)
    pause = min(pause, settings.longest_pause_s) * (1 + settings.jitter * (2 * chance - 1))
    openings = breaker.openings + 1
    return Breaker(breaker.key, breaker.calls, openings, now + pause, why=why or breaker.why)


def _recent(calls: tuple[Call, ...], settings: Settings, now: float) -> tuple[Call, ...]:
    since = now - settings.window_s
    return tuple(call for call in calls if call.at > since)[-settings.calls :]


def _is_broken(known: tuple[Call, ...], settings: Settings) -> bool:
    failures = sum(call.failed for call in known)
    return len(known) >= settings.minimum and failures >= settings.rate * len(known)


def _failures_left(known: tuple[Call, ...], settings: Settings) -> int:
    """How many failures in a row would open it: at least 1, at most ``calls``."""
    for more in range(1, settings.calls):
        known = (*known, Call(0.0, failed=True))[-settings.calls :]
        if _is_broken(known, settings):
            return more
    return settings.calls

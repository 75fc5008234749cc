"""SqlQuotas: places that tenants hold, reserved before anything is spent and settled after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from synapse_bot.domain.quota import DAY_S, HOUR_S, Hold, Limits, Refusal, Used

if TYPE_CHECKING:
    from synapse_bot.store.database import Database, Transaction, Value

_HELD = "SELECT at, until FROM holds WHERE tenant = :of AND key = :key"
_AGAIN = """
    UPDATE holds SET
        reviews = CASE WHEN at > :hour THEN reviews ELSE 0 END,
        at = CASE WHEN at > :hour THEN at ELSE :now END,
        until = :until, tokens = :tokens, usd = :usd, settled = 0
    WHERE tenant = :of AND key = :key
"""
_ENDED = """
    SELECT key, tenant, at, until FROM holds
    WHERE MINE AND settled = 0 AND (
        EXISTS (
            SELECT 1 FROM workflows AS w WHERE w.tenant = holds.tenant AND w.id = holds.key
            AND w.state IN ('done', 'failed', 'cancelled')
        ) OR until < :now AND NOT EXISTS (
            SELECT 1 FROM workflows AS w WHERE w.tenant = holds.tenant AND w.id = holds.key
        )
    ) ORDER BY sequence LIMIT :limit
"""
_HOLD = """
    INSERT INTO holds (tenant, key, at, until, reviews, tokens, usd)
    VALUES (:of, :key, :at, :until, :reviews, :tokens, :usd)
"""
_USED = """
    SELECT
        coalesce(sum(CASE WHEN at > :hour THEN reviews ELSE 0 END), 0),
        coalesce(sum(CASE WHEN at > :day THEN tokens ELSE 0 END), 0),
        coalesce(sum(CASE WHEN at > :day THEN usd ELSE 0 END), 0)
    FROM holds WHERE tenant = :of AND at > :day AND key <> :but
"""
_SETTLE = """
    UPDATE holds SET settled = 1, until = :now, tokens = :tokens, usd = :usd
    WHERE tenant = :of AND key = :key AND settled = 0
"""

# When so many of the oldest places have left the window that what is too much is gone.
_ROOM = {
    "reviews_per_hour": """
        SELECT min(at) + 3600 FROM (
            SELECT at, sum(reviews) OVER (ORDER BY at, sequence) AS gone
            FROM holds WHERE tenant = :of AND at > :now - 3600 AND key <> :but
        ) AS oldest WHERE gone >= :excess
    """,
    "tokens_per_day": """
        SELECT min(at) + 86400 FROM (
            SELECT at, sum(tokens) OVER (ORDER BY at, sequence) AS gone
            FROM holds WHERE tenant = :of AND at > :now - 86400 AND key <> :but
        ) AS oldest WHERE gone >= :excess
    """,
    "usd_per_day": """
        SELECT min(at) + 86400 FROM (
            SELECT at, sum(usd) OVER (ORDER BY at, sequence) AS gone
            FROM holds WHERE tenant = :of AND at > :now - 86400 AND key <> :but
        ) AS oldest WHERE gone >= :excess - 1e-9
    """,
}
_ROUNDING = 1e-9  # of sums of floats


class Quotas(Protocol):
    """What tenants use, bounded before it is used. Limits are values: they may change any time."""

    def reserve(
        self,
        tenant: str,
        key: str,
        limits: Limits,
        *,
        at: float,
        for_s: float,
        reviews: int = 1,
        tokens: int = 0,
        usd: float = 0.0,
    ) -> Hold | Refusal:
        """A place for what is asked, or which limit it would break; nothing is held then.

        The same ``key`` again is the same place. ``key`` is the id of the workflow that it is for;
        where none has come of it after ``for_s`` seconds, ``ended`` tells.
        """
        ...

    def renew(
        self,
        tenant: str,
        key: str,
        limits: Limits,
        *,
        at: float,
        for_s: float,
        tokens: int = 0,
        usd: float = 0.0,
    ) -> Hold | Refusal:
        """The place of ``key``, asked for again before its review begins, or goes on, to spend.

        It counts with what is asked now, and from now on where its own hour is over. Reviews per
        hour do not refuse it: it was counted when it came. A refusal leaves the place as it was.
        """
        ...

    def ended(self, now: float, limit: int = 100) -> tuple[Hold, ...]:
        """Places that nobody has settled though their reviews have ended, or never began."""
        ...

    def settle(self, hold: Hold, *, tokens: int, usd: float, at: float) -> bool:
        """It ended, and this is what it used. False where it was settled before."""
        ...

    def used(self, tenant: str, at: float) -> Used: ...


class SqlQuotas:
    """A Quotas; its methods raise StoreUnusable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reserve(
        self,
        tenant: str,
        key: str,
        limits: Limits,
        *,
        at: float,
        for_s: float,
        reviews: int = 1,
        tokens: int = 0,
        usd: float = 0.0,
    ) -> Hold | Refusal:
        """See Quotas. One reservation of a tenant at a time, in whichever process."""

        def work(transaction: Transaction) -> Hold | Refusal:
            held = transaction.rows(_HELD, of=tenant, key=key)
            if held:
                return Hold(key, tenant, *held[0])
            refusal = _refusal(transaction, tenant, key, limits, Used(reviews, tokens, usd), at)
            if refusal is not None:
                return refusal
            row = {"reviews": reviews, "tokens": tokens, "usd": usd}
            transaction.change(_HOLD, of=tenant, key=key, at=at, until=at + for_s, **row)
            return Hold(key, tenant, at, at + for_s)

        return self._database.write(work, alone=f"quota:{tenant}")

    def renew(
        self,
        tenant: str,
        key: str,
        limits: Limits,
        *,
        at: float,
        for_s: float,
        tokens: int = 0,
        usd: float = 0.0,
    ) -> Hold | Refusal:
        """See Quotas. A review that nobody reserved for, by an operator, is held from here on."""

        def work(transaction: Transaction) -> Hold | Refusal:
            beside = replace(limits, reviews_per_hour=None)
            refusal = _refusal(transaction, tenant, key, beside, Used(0, tokens, usd), at)
            if refusal is not None:
                return refusal
            row: dict[str, Value] = {"until": at + for_s, "tokens": tokens, "usd": usd}
            hour = at - HOUR_S
            if not transaction.change(_AGAIN, of=tenant, key=key, now=at, hour=hour, **row):
                transaction.change(_HOLD, of=tenant, key=key, at=at, reviews=1, **row)
            ((held_at, until),) = transaction.rows(_HELD, of=tenant, key=key)
            return Hold(key, tenant, held_at, until)

        return self._database.write(work, alone=f"quota:{tenant}")

    def ended(self, now: float, limit: int = 100) -> tuple[Hold, ...]:
        """See Quotas."""
        rows = self._database.read(lambda t: t.rows(_ENDED, now=now, limit=limit))
        return tuple(Hold(*row) for row in rows)

    def settle(self, hold: Hold, *, tokens: int, usd: float, at: float) -> bool:
        """See Quotas."""

        def work(t: Transaction) -> int:
            used: dict[str, Value] = {"tokens": tokens, "usd": usd}
            return t.change(_SETTLE, of=hold.tenant, key=hold.key, now=at, **used)

        return self._database.write(work) == 1

    def used(self, tenant: str, at: float) -> Used:
        """See Quotas."""
        return self._database.read(lambda t: _used(t, tenant, at))


def _used(transaction: Transaction, tenant: str, at: float, but: str = "") -> Used:
    values: dict[str, Value] = {"hour": at - HOUR_S, "day": at - DAY_S, "but": but}
    ((reviews, tokens, usd),) = transaction.rows(_USED, of=tenant, **values)
    return Used(int(reviews), int(tokens), float(usd))


def _refusal(
    transaction: Transaction, tenant: str, key: str, limits: Limits, asked: Used, at: float
) -> Refusal | None:
    """The first limit that ``asked`` would break beside all but the place of ``key`` itself, in
    the order of Limits."""
    used = _used(transaction, tenant, at, key)
    for limit, allowed, so_far, more in (
        ("reviews_per_hour", limits.reviews_per_hour, used.reviews, asked.reviews),
        ("tokens_per_day", limits.tokens_per_day, used.tokens, asked.tokens),
        ("usd_per_day", limits.usd_per_day, used.usd, asked.usd),
    ):
        if allowed is None or so_far + more <= allowed + _ROUNDING:
            continue
        retry_at = None
        if more <= allowed + _ROUNDING:
            excess = so_far + more - allowed
            asks: dict[str, Value] = {"now": at, "excess": excess, "but": key}
            ((retry_at,),) = transaction.rows(_ROOM[limit], of=tenant, **asks)
        return Refusal(limit, allowed, so_far, more, retry_at)
    return None

"""What the reviews of a tenant may use: held before anything is spent, settled when they end.

Held twice: when a review is enqueued, so that a spent quota is told at the door, and by the worker
before each of its lives, since a model is paid then. Whatever ends a review (its end, a failure,
a cancelling, too many deaths), the reaper sees that its place is settled.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Skipped
from synapse_bot.domain.quota import Limits, Places, Refusal
from synapse_bot.domain.usage import Usage, total
from synapse_bot.engine.queue import QuotaSpent

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.config.settings import ModelSettings
    from synapse_bot.domain.quota import Hold
    from synapse_bot.domain.workflow import Workflow
    from synapse_bot.store.open import StoreSet

    LimitsOf = Callable[[str], Limits]

_UNCLAIMED_S = 600.0  # a place of which no review has come by then is free again
_PATIENCE_S = 3_600.0  # what to wait where nobody can say


@dataclass(frozen=True, slots=True)
class Most:
    """The most that one review can spend on models."""

    tokens: int = 0
    usd: float = 0.0


def most_of(models: ModelSettings) -> Most:
    """What the settings allow a review; nothing where they name no model."""
    return Most(models.max_tokens, models.max_usd) if models.default else Most()


def unlimited(_tenant: str) -> Limits:
    return Limits()


@dataclass(frozen=True, slots=True)
class Meter:
    """The quotas of a fleet. ``stores`` are the operator's; ``limits_of`` gives a tenant's limits.

    Methods block, and raise StoreUnusable.
    """

    stores: StoreSet
    limits_of: LimitsOf = unlimited

    def admit(self, tenant: str, id: str, now: float, most: Most) -> Refusal | None:
        """Hold a place for the review ``id`` that is about to be enqueued, or say why not."""
        held = self.stores.quotas.reserve(
            tenant,
            id,
            self.limits_of(tenant),
            at=now,
            for_s=_UNCLAIMED_S,
            tokens=most.tokens,
            usd=most.usd,
        )
        return held if isinstance(held, Refusal) else None

    def begin(self, row: Workflow, most: Most) -> None:
        """Hold what this life of the review may spend. Raises QuotaSpent, before it spends it."""
        now = time.time()
        held = self.stores.quotas.renew(
            row.tenant,
            row.id,
            self.limits_of(row.tenant),
            at=now,
            for_s=_UNCLAIMED_S,
            tokens=most.tokens,
            usd=most.usd,
        )
        if isinstance(held, Refusal):
            retry_at = held.retry_at or now + _PATIENCE_S
            raise QuotaSpent(str(held), retry_after_s=max(retry_at - now, 1.0))

    def places(self, tenant: str) -> Places | None:
        """How many reviews of ``tenant`` may be at work at one time; None is any number."""
        most = self.limits_of(tenant).parallel
        return None if most is None else Places(tenant, most)

    def settle(self, hold: Hold, used: Usage | None) -> None:
        """``used`` instead of what was held. What has no price counts with its tokens alone."""
        spent = used or Usage()
        self.stores.quotas.settle(
            hold, tokens=spent.tokens, usd=spent.cost_usd or 0.0, at=time.time()
        )

    def settle_ended(self) -> int:
        """Settle what has ended without its worker's doing so, with what it is known to have used;
        how many."""
        ended = self.stores.quotas.ended(time.time())
        for hold in ended:
            self.settle(hold, self._recorded(hold))
        return len(ended)

    def _recorded(self, hold: Hold) -> Usage | None:
        """As its audit says, or else its finished steps."""
        from synapse_bot.report.audit import parse_audit

        stores = self.stores.of(hold.tenant)
        audit = stores.runs.audit(hold.key)
        try:
            return parse_audit(audit).usage if audit else _of_steps(stores, hold.key)
        except ValueError:  # of another version of this program
            return None


def _of_steps(stores: StoreSet, run: str) -> Usage:
    """What the specialists used that finished before the run ended otherwise."""
    from synapse_bot.runtime.kept import OUTCOME

    outcomes = [
        OUTCOME.decode(recorded.data)
        for step, recorded in stores.journal.steps(run).items()
        if step.startswith("examine:")
    ]
    return total(o.usage for o in outcomes if not isinstance(o, Skipped) and o.usage)

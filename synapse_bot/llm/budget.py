"""Budgets: what a review, and each specialist in it, may spend on models.

A call is reserved before it is made, at the most it can cost, and settled afterwards at what it
did cost. Whatever nobody settles stays spent: a call that was broken off may have been billed.
One event loop uses a budget; no step of it waits, so that two calls never pass one gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from synapse_bot.domain.usage import Usage
from synapse_bot.llm.errors import BudgetSpent, ModelError, Resource

if TYPE_CHECKING:
    from types import TracebackType

_CENT = 1e-9  # dollars that rounding may add


@dataclass(frozen=True, slots=True)
class SpendLimits:
    """None is no limit. ``seconds`` count from the making of the budget."""

    usd: float | None = None
    tokens: int | None = None
    seconds: float | None = None


class Budget:
    """One budget; its children spend from it too."""

    def __init__(
        self,
        name: str,
        limits: SpendLimits,
        *,
        parent: Budget | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self.limits = limits
        self._parent = parent
        self._clock = clock
        self._began = clock()
        self._usd = 0.0
        self._tokens = 0
        self.spent = Usage()  # what is settled, for the report
        self.calls = 0

    def child(self, name: str, limits: SpendLimits) -> Budget:
        """A budget within this one: a call has to fit into both."""
        return Budget(name, limits, parent=self, clock=self._clock)

    def reserve(self, input_tokens: int, output_tokens: int, cost_usd: float | None) -> Hold:
        """Set aside the most that one call can use. Raises BudgetSpent, and then holds nothing.

        A cost of None (no price known) is allowed only where tokens are limited: money that
        cannot be counted is not spent without a bound.
        """
        chain = self._chain()
        for budget in chain:
            budget._check(input_tokens + output_tokens, cost_usd)
        if cost_usd is None and _only_in_usd(chain):
            raise BudgetSpent(
                f"no price is known, so that the limit in USD of {self.name!r} cannot be held",
                what="usd",
                budget=self.name,
            )
        hold = Hold(chain, input_tokens + output_tokens, cost_usd or 0.0)
        for budget in chain:
            budget._take(hold.tokens, hold.usd)
            budget.calls += 1
        return hold

    @property
    def seconds_left(self) -> float | None:
        """The least that is left here and above; None without a limit."""
        lefts = [
            budget.limits.seconds - (budget._clock() - budget._began)
            for budget in self._chain()
            if budget.limits.seconds is not None
        ]
        return max(0.0, min(lefts)) if lefts else None

    @property
    def tokens_left(self) -> int | None:
        """As ``seconds_left``: how much a caller may pack into its prompts."""
        lefts = [
            budget.limits.tokens - budget._tokens
            for budget in self._chain()
            if budget.limits.tokens is not None
        ]
        return max(0, min(lefts)) if lefts else None

    def _chain(self) -> tuple[Budget, ...]:
        above = self._parent._chain() if self._parent else ()
        return (self, *above)

    def _check(self, tokens: int, cost_usd: float | None) -> None:
        limits = self.limits
        elapsed = self._clock() - self._began
        if limits.seconds is not None and elapsed >= limits.seconds:
            raise self._over("seconds", f"its {limits.seconds:g} s are over")
        if limits.tokens is not None and self._tokens + tokens > limits.tokens:
            left = max(0, limits.tokens - self._tokens)
            raise self._over(
                "tokens",
                f"the next call needs up to {tokens} tokens, {left} of {limits.tokens} left",
            )
        if limits.usd is not None and self._usd + (cost_usd or 0.0) > limits.usd + _CENT:
            left_usd = max(0.0, limits.usd - self._usd)
            raise self._over(
                "usd",
                f"the next call costs up to ${cost_usd or 0.0:.4f},"
                f" ${left_usd:.4f} of ${limits.usd:g} left",
            )

    def _over(self, what: Resource, why: str) -> BudgetSpent:
        return BudgetSpent(
            f"the budget of {self.name!r} is spent: {why}", what=what, budget=self.name
        )

    def _take(self, tokens: int, usd: float) -> None:
        self._tokens += tokens
        self._usd += usd


def _only_in_usd(chain: tuple[Budget, ...]) -> bool:
    limits = [budget.limits for budget in chain]
    in_usd = any(one.usd is not None for one in limits)
    return in_usd and all(one.tokens is None for one in limits)


class Hold:
    """A reservation. Settle it once, with ``charge``, ``settle`` or ``release``.

    As a context manager it needs no more than ``charge`` after the answer: a ModelError that
    leaves the block settles it.
    """

    def __init__(self, chain: tuple[Budget, ...], tokens: int, usd: float) -> None:
        self._chain = chain
        self.tokens = tokens
        self.usd = usd
        self._open = True

    def charge(self, usage: Usage) -> None:
        """What the call used, which may be more than was set aside."""
        if not self._open:
            raise RuntimeError("a reservation is settled once")
        self._open = False
        # No price: the reserved cost is all that can be said of it.
        usd = self.usd if usage.cost_usd is None else usage.cost_usd
        for budget in self._chain:
            budget._take(usage.tokens - self.tokens, usd - self.usd)
            budget.spent += usage

    def settle(self, error: ModelError) -> None:
        """Charge what ``error`` says; where nobody knows, the whole reservation stays spent."""
        if error.usage is not None:
            self.charge(error.usage)

    def release(self) -> None:
        """No call was made."""
        self.charge(Usage())

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open and isinstance(error, ModelError):
            self.settle(error)

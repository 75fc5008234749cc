"""What calls to a model used: tokens and US dollars, as values that add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counts them, and what they cost.

    ``input_tokens`` is the whole prompt; ``cached_tokens`` and ``written_tokens`` are the parts of
    it read from, and written to, the provider's cache. ``output_tokens`` holds hidden reasoning
    too. ``cost_usd`` is None where no price is known: unknown plus anything is unknown, never 0.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.written_tokens + other.written_tokens,
            self.output_tokens + other.output_tokens,
            (self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )


def total(usages: Iterable[Usage]) -> Usage:
    """The sum; nothing used costs 0."""
    return sum(usages, Usage())

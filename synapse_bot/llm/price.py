"""What a model costs and holds: rules/models.yaml as values. An unknown price is None, never 0."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from synapse_bot.domain.usage import Usage
from synapse_bot.llm.endpoint import Wire

_MILLION = 1_000_000
_SNAPSHOT = re.compile(r"-(?:\d{8}|\d{4}-\d{2}-\d{2})\Z")


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens. ``cached`` is read from the provider's cache."""

    input: float
    cached: float
    written: float
    output: float

    def cost(self, usage: Usage) -> float:
        fresh = max(0, usage.input_tokens - usage.cached_tokens - usage.written_tokens)
        return (
            fresh * self.input
            + usage.cached_tokens * self.cached
            + usage.written_tokens * self.written
            + usage.output_tokens * self.output
        ) / _MILLION


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One row of the table. ``long`` are the rates of a prompt over ``long_over`` tokens."""

    context_tokens: int
    max_output_tokens: int
    rates: Rates
    checked: str  # the day the source was read, YYYY-MM-DD
    source: str
    long_over: int = 0
    long: Rates | None = None

    def cost(self, usage: Usage) -> float:
        is_long = self.long is not None and usage.input_tokens > self.long_over
        rates = self.long if is_long and self.long else self.rates
        return rates.cost(usage)


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """How a provider is reached where the host says no more. ``key_variable`` is for the door."""

    wire: Wire
    base_url: str = ""  # "" must be given by the host
    key_variable: str = ""
    needs_key: bool = True
    limit_field: str = "max_tokens"
    private: bool = False
    billed: bool = True  # False: it runs on one's own machine, nobody sends a bill


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The whole table; models by ``provider/model``."""

    as_of: str
    providers: Mapping[str, ProviderFacts] = field(default_factory=dict)
    models: Mapping[str, ModelFacts] = field(default_factory=dict)

    def model(self, name: str) -> ModelFacts | None:
        """The row of ``name``; a dated snapshot is its model. None where none is known."""
        return self.models.get(name) or self.models.get(_SNAPSHOT.sub("", name))

    def cost(self, name: str, usage: Usage) -> float | None:
        """US dollars for ``usage``; 0 where nobody sends a bill, None where no price is known."""
        if facts := self.model(name):
            return facts.cost(usage)
        provider = self.providers.get(name.partition("/")[0])
        return 0.0 if provider and not provider.billed else None

    def estimate(self, name: str, input_tokens: int, output_tokens: int) -> float | None:
        """The most that such a call costs: nothing of it cached, all of it written to the cache."""
        usage = Usage(input_tokens, output_tokens=output_tokens)
        costs = [
            self.cost(name, usage),
            self.cost(name, replace(usage, written_tokens=input_tokens)),
        ]
        return None if None in costs else max(cost for cost in costs if cost is not None)

    def priced(self, name: str, usage: Usage) -> Usage:
        """``usage`` with its cost."""
        return replace(usage, cost_usd=self.cost(name, usage))


def encode_catalogue(catalogue: Catalogue) -> Any:
    """Plain data, for the compiled cache."""
    return asdict(catalogue)


def decode_catalogue(plain: Any) -> Catalogue:
    """The inverse."""
    providers = {
        name: ProviderFacts(**{**row, "wire": Wire(row["wire"])})
        for name, row in plain["providers"].items()
    }
    models = {
        name: ModelFacts(
            **{
                **row,
                "rates": Rates(**row["rates"]),
                "long": Rates(**row["long"]) if row["long"] else None,
            }
        )
        for name, row in plain["models"].items()
    }
    return Catalogue(plain["as_of"], providers, models)

"""The shape of rules/models.yaml, checked at the edge. Loads pydantic."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.price import Catalogue, ModelFacts, ProviderFacts, Rates

Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="YYYY-MM-DD")]
Dollars = Annotated[float, Field(ge=0, le=10_000)]
Tokens = Annotated[int, Field(ge=1, le=100_000_000)]
ProviderName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")]
ModelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}/\S{1,200}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProviderRow(_Strict):
    """How a provider is reached, unless the host's settings say otherwise."""

    wire: Wire = Field(description="The protocol it speaks.")
    base_url: str = Field(default="", description="Empty: the host has to give it.")
    key_variable: str = Field(
        default="",
        pattern=r"^([A-Z0-9_]*_(API|MODEL)_KEY)?$",
        description="The variable that holds its key; its name ends in _API_KEY or _MODEL_KEY.",
    )
    needs_key: bool = True
    limit_field: str = Field(
        default="max_tokens", pattern=r"^max_(completion_)?tokens$", description="OpenAI's wire."
    )
    private: bool = Field(default=False, description="Ask in each request not to keep it.")
    billed: bool = Field(default=True, description="false: it runs on one's own machine.")


class RatesRow(_Strict):
    """US dollars per million tokens."""

    input: Dollars
    cached: Dollars | None = Field(default=None, description="From the cache; default: input.")
    written: Dollars | None = Field(default=None, description="Into the cache; default: input.")
    output: Dollars

    def rates(self) -> Rates:
        cached = self.input if self.cached is None else self.cached
        written = self.input if self.written is None else self.written
        return Rates(self.input, cached, written, self.output)


class LongRow(RatesRow):
    """The rates of the whole call once its prompt has more than ``over`` tokens."""

    over: Tokens


class ModelRow(RatesRow):
    """One model: what it holds and costs, and who says so."""

    context: Tokens = Field(description="Prompt and answer together.")
    max_output: Tokens
    long: LongRow | None = None
    checked: Day
    source: str = Field(pattern=r"^https://\S+$")

    @model_validator(mode="after")
    def _checked_is_a_day(self) -> Self:
        date.fromisoformat(self.checked)
        return self


class ModelsFile(_Strict):
    """Providers and prices. A model is named ``provider/model``."""

    as_of: Day
    providers: dict[ProviderName, ProviderRow] = Field(max_length=200)
    models: dict[ModelName, ModelRow] = Field(max_length=2000)

    @model_validator(mode="after")
    def _every_provider_is_declared(self) -> Self:
        unknown = {name.partition("/")[0] for name in self.models} - set(self.providers)
        if unknown:
            raise ValueError(
                f"models of providers that are not declared: {', '.join(sorted(unknown))}"
            )
        return self


class OwnModelRow(ModelRow):
    """A model of the host's own: a deployment's name, a price that was agreed upon."""

    checked: Day | Literal[""] = ""
    source: str = Field(default="", max_length=1_000, description="Where the price stands.")

    @model_validator(mode="after")
    def _checked_is_a_day(self) -> Self:
        if self.checked:
            date.fromisoformat(self.checked)
        return self


class OwnModelsFile(_Strict):
    """The host's own providers and prices: each row takes the place of ours of that name."""

    providers: dict[ProviderName, ProviderRow] = Field(default={}, max_length=200)
    models: dict[ModelName, OwnModelRow] = Field(default={}, max_length=2000)


def own_catalogue_of(file: OwnModelsFile, under: Catalogue) -> Catalogue:
    """``under`` with the host's rows over it. Raises ValueError for an undeclared provider."""
    own = {name: ProviderFacts(**dict(row)) for name, row in file.providers.items()}
    providers = {**under.providers, **own}
    if unknown := {name.partition("/")[0] for name in file.models} - set(providers):
        raise ValueError(f"providers that are not declared: {', '.join(sorted(unknown))}")
    models = {**under.models, **{name: _facts(row) for name, row in file.models.items()}}
    return Catalogue(under.as_of, providers, models)


def catalogue_of(file: ModelsFile) -> Catalogue:
    """The table as values."""
    providers = {name: ProviderFacts(**dict(row)) for name, row in file.providers.items()}
    return Catalogue(
        file.as_of, providers, {name: _facts(row) for name, row in file.models.items()}
    )


def _facts(row: ModelRow) -> ModelFacts:
    return ModelFacts(
        context_tokens=row.context,
        max_output_tokens=row.max_output,
        rates=row.rates(),
        checked=row.checked,
        source=row.source,
        long_over=row.long.over if row.long else 0,
        long=row.long.rates() if row.long else None,
    )


def models_schema() -> dict[str, Any]:
    """The JSON Schema of models.yaml as plain data."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **ModelsFile.model_json_schema()}

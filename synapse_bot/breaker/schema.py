"""The shape of rules/breakers.yaml, checked at the edge. Loads pydantic."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synapse_bot.breaker.rules import Rules
from synapse_bot.domain.breaker import Settings

_DAY_S = 86_400


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SettingsRow(_Strict):
    """When a breaker of this kind opens, and for how long. Seconds where the name ends in _s."""

    window_s: float = Field(gt=0, le=_DAY_S, description="How long a call is remembered.")
    calls: int = Field(ge=1, le=1000, description="How many calls are, at most.")
    minimum: int = Field(ge=1, le=1000, description="Known calls before it may open.")
    rate: float = Field(gt=0, le=1, description="The share of them that has to have failed.")
    first_pause_s: float = Field(gt=0, le=_DAY_S, description="Doubles with each failed probe.")
    longest_pause_s: float = Field(gt=0, le=_DAY_S)
    jitter: float = Field(
        default=0.1, ge=0, lt=1, description="The share of a pause left to chance."
    )
    fair_s: float = Field(
        default=5, ge=0, le=_DAY_S, description="A call broken off sooner says nothing."
    )
    careful: bool = Field(
        default=False,
        description="Until one call has succeeded, no more run at once than it takes to open it.",
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.minimum > self.calls:
            raise ValueError("minimum is above calls, so it would never open")
        if self.first_pause_s > self.longest_pause_s:
            raise ValueError("first_pause_s is above longest_pause_s")
        return self

    def settings(self) -> Settings:
        return Settings(**self.model_dump())


class BreakersFile(_Strict):
    """Circuit breakers, by the kind of what may break."""

    provider: SettingsRow = Field(description="Who answers for models: provider:openai.")
    model: SettingsRow = Field(description="One model: model:openai/gpt-6.")
    tool: SettingsRow = Field(description="A program that specialists run: tool:semgrep.")
    specialist: SettingsRow = Field(description="A specialist itself: specialist:style.")


def rules_of(file: BreakersFile) -> Rules:
    """The values of a checked file."""
    return Rules({kind: getattr(file, kind).settings() for kind in BreakersFile.model_fields})


def breakers_schema() -> dict[str, Any]:
    """The JSON Schema of breakers.yaml as plain data."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **BreakersFile.model_json_schema()}

"""The written form of rules/static/flow/python, checked by pydantic.

Imported only when a file is parsed: a run that finds them compiled loads no pydantic.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Shape = Literal["", "sql", "html", "format", "formatted", "whole", "filter", "xpath", "program"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RequestRow(_Strict):
    names: list[str]
    text: list[str]
    objects: list[str]


class SourcesFile(_Strict):
    request: RequestRow
    text: list[str]
    objects: list[str]
    model: list[str]
    never: list[str] = Field(alias="not")
    clean: list[str]
    carry: list[str]
    checks: str


class SinkRow(_Strict):
    call: str = Field(min_length=2)
    slots: list[int | str] = Field(min_length=1)
    receiver: str = ""
    where: str = ""
    text: Shape = ""
    weak: float = Field(default=0.0, ge=0, le=1)


class RuleRow(_Strict):
    message: str = Field(max_length=120)
    severity: Literal["info", "low", "medium", "high", "critical"]
    confidence: float = Field(ge=0, le=1)
    kinds: list[str] = []
    cleans: list[str] = []
    sinks: list[SinkRow]


class SinksFile(_Strict):
    rules: dict[str, RuleRow]


class SettingRow(_Strict):
    name: str
    value: bool | int | str | None
    rule: str
    severity: Literal["info", "low", "medium", "high", "critical"]
    confidence: float = Field(ge=0, le=1)
    message: str = Field(max_length=120)


class SettingsFile(_Strict):
    settings: list[SettingRow]

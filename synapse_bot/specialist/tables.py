"""The written forms of the tables in rules/ that specialists read, checked by pydantic.

Imported only when one of these files is parsed: a run that finds them compiled loads no pydantic.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleRow(_Strict):
    title: str = ""
    family: str = ""
    cwe: list[int] = Field(default_factory=list)
    why: str = Field(default="", max_length=200)
    whole_file: bool = False
    fix: str = ""
    url: str = ""


class RulingRow(_Strict):
    rule: str
    severity: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)


class TaxonomyTable(_Strict):
    rules: dict[str, RuleRow] = Field(default_factory=dict)
    tools: dict[str, dict[str, str | RulingRow]] = Field(default_factory=dict)


def taxonomy_schema() -> dict[str, Any]:
    """The JSON Schema of taxonomy.yaml, for editors."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **TaxonomyTable.model_json_schema()}


class ToolRow(_Strict):
    package: str
    version: str = ""
    binary: str = ""
    registry: Literal["pypi"] = "pypi"
    version_args: list[str] = Field(default_factory=lambda: ["--version"])
    licence: str = ""
    about: str = ""
    lock: str = ""
    bundled: bool = False
    module: str = ""
    native: str = ""
    warm: list[str] = Field(default_factory=list)


class ToolsTable(RootModel[dict[str, ToolRow]]):
    pass


class CommentRow(_Strict):
    needle: str = Field(min_length=3, pattern="^[^A-Z]+$")
    pattern: str
    silences: str
    severity: str = "medium"
    confidence: float = Field(default=0.9, gt=0, le=1)


class SuppressionsTable(_Strict):
    comments: dict[str, CommentRow] = Field(default_factory=dict)


class SecretRow(_Strict):
    says: str = Field(max_length=200)
    needles: list[Annotated[str, Field(min_length=3, pattern="^[^A-Z]+$")]] = Field(min_length=1)
    pattern: str
    severity: str
    confidence: float = Field(gt=0, le=1)
    entropy: float = Field(default=0.0, ge=0, le=8)
    kinds: int = Field(default=1, ge=1, le=4)
    decodes_to: str = ""
    keep_placeholders: bool = False
    paths: list[str] = Field(default_factory=list)


class SecretsTable(_Strict):
    placeholders: list[str] = Field(default_factory=list)
    doubted_in: list[str] = Field(default_factory=list)
    patterns: dict[str, SecretRow] = Field(default_factory=dict)

"""The schema of routes.yaml, checked at the edge. Published in docs/schema/."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from synapse_bot.config.patterns import pattern_fault
from synapse_bot.config.values import ID_PATTERN, checked_glob, checked_id

SCHEMA_VERSION = 1  # raised when a key changes its meaning


def _pattern(value: str) -> str:
    if fault := pattern_fault(value):
        raise ValueError(f"bad pattern {value[:60]!r}: {fault}")
    return value


Id = Annotated[str, AfterValidator(checked_id), Field(json_schema_extra={"pattern": ID_PATTERN})]
Glob = Annotated[str, AfterValidator(checked_glob)]
Globs = Annotated[list[Glob], Field(min_length=1, max_length=200)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Patterns = Annotated[list[Pattern], Field(min_length=1, max_length=50)]
Words = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=100)]], Field(min_length=1, max_length=200)
]
Ids = Annotated[list[Id], Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=300)]
Count = Annotated[int, Field(ge=0, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True, allow_inf_nan=False)]
KindWord = Literal["binary", "symlink", "submodule", "lfs-pointer", "executable", "unparsed"]
StatusWord = Literal["added", "deleted", "modified", "renamed", "copied", "mode-changed"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CountFile(_Strict):
    """A range of whole numbers, both ends included."""

    min: Count | None = None
    max: Count | None = None

    @model_validator(mode="after")
    def _ordered(self) -> CountFile:
        _check_range(self.min, self.max)
        return self


class LeastFile(_Strict):
    """A size from which a signal is given. No upper end: more of a change is never less risk."""

    min: Count


class ShareFile(_Strict):
    """A range within 0..1, both ends included."""

    min: Share | None = None
    max: Share | None = None

    @model_validator(mode="after")
    def _ordered(self) -> ShareFile:
        _check_range(self.min, self.max)
        return self


def _check_range(least: float | None, most: float | None) -> None:
    if least is None and most is None:
        raise ValueError("needs min or max")
    if least is not None and most is not None and least > most:
        raise ValueError(f"min {least:g} is more than max {most:g}")


class ConditionFile(_Strict):
    """Holds when every key that is given holds."""

    labels: Globs | None = Field(default=None, description="One label matches; case ignored.")
    paths: Globs | None = Field(default=None, description="One path matches.")
    only_paths: Globs | None = Field(default=None, description="Every path matches.")
    languages: Words | None = Field(default=None, description="One file is in one of them.")
    only_languages: Words | None = Field(default=None, description="Every file is.")
    intent: Words | None = Field(default=None, description="feature, fix, hotfix, refactor...")
    author: list[Literal["person", "bot", "unknown"]] | None = Field(default=None, min_length=1)
    files: CountFile | None = Field(default=None, description="How many files change.")
    lines: CountFile | None = Field(default=None, description="Added and removed lines.")
    risk: ShareFile | None = Field(default=None, description="The risk score.")
    churn: CountFile | None = Field(
        default=None, description="Recent commits that touched the file touched most."
    )
    fixes: CountFile | None = Field(
        default=None, description="Recent fixes of the file mended most."
    )
    owners: CountFile | None = Field(default=None, description="How many own what is changed.")
    all: list[ConditionFile] | None = Field(default=None, min_length=1, max_length=50)
    any: list[ConditionFile] | None = Field(default=None, min_length=1, max_length=50)

    @model_validator(mode="after")
    def _says_something(self) -> ConditionFile:
        if not self.model_fields_set:
            raise ValueError("an empty condition: name what must hold")
        return self


class SelectionFile(_Strict):
    """Which specialists a rule asks; required ones are always asked."""

    only: Ids | None = Field(default=None, description="These and the required ones.")
    add: Ids | None = Field(default=None, description="These too, even where not enabled.")


class RuleFile(_Strict):
    id: Id
    why: Text = Field(description="The reason, as the review and the audit state it.")
    when: ConditionFile
    route: Literal["fast", "deep"]
    guard: bool = Field(
        default=False, strict=True, description="Stays ahead of the rules that a team adds."
    )
    specialists: SelectionFile | None = None


class SignalFile(_Strict):
    """A reason for caution, from the paths and kinds of files, or from the size."""

    id: Id
    why: Text
    weight: Share = Field(description="How much it adds: 1 - (1 - a)(1 - b).")
    paths: Globs | None = None
    kinds: list[KindWord] | None = Field(default=None, min_length=1)
    statuses: list[StatusWord] | None = Field(default=None, min_length=1)
    added: Patterns | None = Field(default=None, description="Found in an added line.")
    removed: Patterns | None = Field(default=None, description="Found in a removed line.")
    churn: LeastFile | None = Field(default=None, description="Recent commits to the file.")
    fixes: LeastFile | None = Field(default=None, description="Recent fixes of the file.")
    fixed_lines: LeastFile | None = Field(
        default=None, description="Changed lines that a recent fix wrote."
    )
    files: LeastFile | None = None
    lines: LeastFile | None = None
    owners: LeastFile | None = Field(default=None, description="Owners, by CODEOWNERS.")

    @model_validator(mode="after")
    def _says_something(self) -> SignalFile:
        by_diff = self.paths or self.kinds or self.statuses or self.added or self.removed
        about_files = by_diff or self.churn or self.fixes or self.fixed_lines
        sizes = self.files or self.lines or self.owners
        if not about_files and not sizes:
            raise ValueError(
                "needs paths, kinds, statuses, added, removed, churn, fixes, fixed_lines, files,"
                " lines or owners"
            )
        if about_files and sizes:
            raise ValueError(
                "is about files (paths, kinds, statuses, lines of text) or about size, not both"
            )
        return self


class RoutesFile(_Strict):
    """Which route a change takes: ordered rules, and the signals of the risk score."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="synapse-bot routes")
    rules: list[RuleFile] = Field(default=[], max_length=200)
    risk: list[SignalFile] = Field(default=[], max_length=200)


def routes_schema() -> dict[str, Any]:
    """The JSON Schema of routes.yaml as plain data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **RoutesFile.model_json_schema(),
    }

"""The schema of specialists/<id>.yaml, checked at the edge. Published in docs/schema/.

Shapes and single values only; what several keys must agree on is in checks.py, which knows the
line of every one of them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from synapse_bot.config.durations import parse_duration
from synapse_bot.config.patterns import pattern_fault
from synapse_bot.config.values import DURATION_PATTERN, ID_PATTERN, checked_glob, checked_id

SCHEMA_VERSION = 1  # raised when a key changes its meaning

SeverityWord = Literal["info", "low", "medium", "high", "critical"]
RouteWord = Literal["fast", "deep"]
ContextWord = Literal["enclosing", "imports", "callers", "callees", "tests", "guidance", "commits"]
FormatWord = Literal["sarif", "json", "jsonl", "rdjson", "rdjsonl", "regex"]


def _tool(value: str) -> str:
    if not value or any(character in value for character in "/\\ \t\n\0{}"):
        raise ValueError("must be the bare name of a tool; its arguments go under argv")
    return value


def _within(low: float, high: float) -> AfterValidator:
    def check(seconds: float) -> float:
        if not low <= seconds <= high:
            raise ValueError(f"must be from {low:g}s to {high:g}s, not {seconds:g}s")
        return seconds

    return AfterValidator(check)


_DURATION_SCHEMA = WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
Duration = Annotated[float, BeforeValidator(parse_duration), _within(1, 3600), _DURATION_SCHEMA]
Id = Annotated[str, AfterValidator(checked_id), Field(json_schema_extra={"pattern": ID_PATTERN})]
Glob = Annotated[str, AfterValidator(checked_glob)]
Tool = Annotated[str, AfterValidator(_tool)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Argument = Annotated[str, Field(max_length=2000)]
Fraction = Annotated[float, Field(ge=0, le=1, strict=True, allow_inf_nan=False)]
ExitCode = Annotated[int, Field(ge=0, le=255, strict=True)]
FieldName = Literal[
    "path", "line", "end_line", "column", "end_column", "rule", "message", "severity",
    "confidence", "url", "code", "fix", "cwe", "symbol", "amounts",
]  # fmt: skip
Globs = Annotated[list[Glob], Field(max_length=200)]
Words = Annotated[list[Word], Field(max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class GapsFile(_Strict):
    """How a tool tells that it did not look at all of a file, beside its results."""

    items: str = Field(default="", max_length=200, description="Path of the list of errors.")
    path: str = Field(default="", max_length=200, description="In an error: the file.")
    word: str = Field(default="", max_length=200, description="In an error: what it is called.")
    rule: str = Field(default="", max_length=200, description="In an error: the rule it is about.")
    unparsed: Words = Field(
        default=[],
        description="Words that mean: this text is not understood. Any other stopped the tool, and"
        " the review is incomplete.",
    )
    opened: str = Field(
        default="", max_length=200, description="Path of the list of files that were read."
    )
    rules: Words = Field(
        default=[], description="Results of these rules say that their file was not understood."
    )


class OutputFile(_Strict):
    """How one action's output is read."""

    format: FormatWord = Field(description="What the tool prints.")
    items: str = Field(default="", max_length=200, description="Path of the list of results.")
    pattern: str = Field(default="", description="For regex: one result a line, with named groups.")
    fields: dict[FieldName, Word] = Field(
        default={},
        description='Ours -> a dotted path, a text with {paths}, or a constant "=text".',
    )
    severities: dict[str, SeverityWord] = Field(
        default={}, max_length=100, description="The tool's word for a severity -> ours."
    )
    confidences: dict[str, Fraction] = Field(
        default={}, max_length=100, description="The tool's word for a confidence -> 0..1."
    )
    default_severity: SeverityWord = Field(
        default="medium", description="For a word that severities does not name."
    )
    default_confidence: Fraction = Field(
        default=0.7, description="For a word that confidences does not name."
    )
    columns_from: Literal[0, 1] = Field(default=1, description="What the tool counts columns from.")
    lines_from: Literal[0, 1] = Field(default=1, description="What the tool counts lines from.")
    gaps: GapsFile | None = Field(default=None, description="How it tells what it left out.")

    @field_validator("pattern")
    @classmethod
    def _usable(cls, value: str) -> str:
        if value and (fault := pattern_fault(value)):
            raise ValueError(fault)
        return value


class MeasureFile(_Strict):
    """A number that the tool gives of each function, by its place in `amounts`."""

    name: Word = Field(description='As the message says it: "branches".')
    at: int = Field(ge=0, le=50, strict=True, description="Which number of amounts, from 0.")
    over: float = Field(ge=0, description="What is not above it is never told.")
    by: float = Field(default=1.0, gt=0, description="How much growth beyond over is worse.")


class ActionFile(_Strict):
    """One run of one tool."""

    id: Id
    tool: Tool = Field(description="A name in rules/tools.yaml, or a binary on PATH.")
    argv: list[Argument] = Field(
        default=[],
        max_length=200,
        description="The arguments after the binary, with {files}, {dir}, {rules}, {out}.",
    )
    output: OutputFile
    input: Literal["files", "diff"] = Field(
        default="files", description="files, or the diff on standard input."
    )
    routes: list[RouteWord] = Field(
        default=["fast", "deep"], min_length=1, description="Where the action runs."
    )
    languages: Words = Field(default=[], description="Narrows the specialist's own.")
    ok_exit_codes: list[ExitCode] = Field(
        default=[0, 1], min_length=1, description="Any other exit code is a failed run."
    )
    fallback: list[Argument] = Field(
        default=[], max_length=200, description="Arguments tried once after a failed run."
    )
    in_process: str = Field(default="", max_length=100, description="A runner's name, not argv.")
    output_file: bool = Field(default=False, strict=True, description="The tool writes to {out}.")
    reach: Literal["file", "base", "change", "repository"] = Field(
        default="file", description="What the answer about a file depends on beside its head."
    )
    worse: list[MeasureFile] = Field(
        default=[],
        max_length=10,
        description="Tell only what the change made worse; the tool reads the files before it too.",
    )
    timeout: Duration = Field(default=120.0, description="90s, 2m; then the tool is killed.")
    memory_mb: int = Field(default=4096, ge=16, le=65536, strict=True)
    output_mb: int = Field(default=32, ge=1, le=1024, strict=True)


class BuilderFile(BaseModel):
    """A named result builder; the other keys are its parameters."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str = Field(default="findings", pattern="^[a-z][a-z0-9_]*$", max_length=100)

    @model_validator(mode="after")
    def _plain(self) -> BuilderFile:
        for key, value in (self.model_extra or {}).items():
            texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
            if isinstance(value, dict | list) and not texts:
                raise ValueError(f"the parameter {key!r} must be a plain value or a list of texts")
            if texts and key == "doubted_in":  # "tests" and "docs" are globs too, and more
                for glob in value:
                    checked_glob(glob)
        return self


class MetadataFile(_Strict):
    owner: str = Field(default="", max_length=200, description="Whom to ask.")
    domain: str = Field(default="", max_length=100, description="security, correctness, style...")
    licence: str = Field(default="", max_length=200, description="Of the declaration.")
    docs: str = Field(default="", max_length=500, description="Where it is explained.")


class LimitsFile(_Strict):
    """Bounds of one call to a model, of the findings of all, and of what all calls may use."""

    input_tokens: int = Field(default=24_000, ge=1_000, le=1_000_000, strict=True)
    output_tokens: int = Field(default=4_000, ge=100, le=100_000, strict=True)
    findings: int = Field(default=8, ge=1, le=100, strict=True)
    samples: int = Field(
        default=1, ge=1, le=9, strict=True, description="Independent reviews that are merged."
    )
    usd: float | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="Of all calls of one review; models.max_usd holds beside it.",
    )
    tokens: int | None = Field(
        default=None, ge=0, strict=True, description="As usd, in tokens. With 0 no model is asked."
    )


class SpecialistFile(_Strict):
    """A reviewer of one concern, declared without code."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, title="synapse-bot specialist", validate_default=False
    )
    id: Id = Field(description="The same as the file's name.")
    description: Text
    kind: Literal["tool", "llm"] = Field(default="tool", description="tool, or llm: a model.")
    languages: Words = Field(default=[], description="Of rules/languages.yaml; empty: every one.")
    paths: Globs = Field(default=[], description="Globs that a file must match; empty: any path.")
    exclude: Globs = Field(default=[], description="Globs that a file must not match.")
    requires: list[Tool] = Field(
        default=[], max_length=20, description="Tools beyond the actions'."
    )
    required: bool = Field(
        default=False, strict=True, description="Without its answer the review is incomplete."
    )
    reads_generated: bool = Field(
        default=False, strict=True, description="Also sees generated, vendored and lock files."
    )
    masks: bool = Field(default=False, strict=True, description="Its evidence is secret.")
    enabled: bool = Field(default=True, strict=True)
    deadline: Duration = Field(default=120.0, description="90s, 2m; for all its actions.")
    weight: float = Field(default=1.0, gt=0, le=100, strict=True, allow_inf_nan=False)
    actions: list[ActionFile] = Field(
        default=[], max_length=50, description="Of kind tool: the runs of its tools."
    )
    prompt: str = Field(
        default="", max_length=20_000, description="Of kind llm: what to look for, in words."
    )
    rules: list[Id] = Field(
        default=[], max_length=100, description="Of kind llm: the rules that it may name."
    )
    routes: list[RouteWord] = Field(
        default=["deep"], min_length=1, description="Of kind llm: where it is asked."
    )
    limits: LimitsFile = LimitsFile()
    verify: bool = Field(
        default=True, strict=True, description="Of kind llm: a second look, which may only drop."
    )
    context: list[ContextWord] = Field(
        default=list(get_args(ContextWord)),
        max_length=20,
        description="Of kind llm: what it is told beside the changed files; [] tells nothing more.",
    )
    result_builder: BuilderFile = BuilderFile()
    state_schema: dict[str, Any] = Field(default={}, description="What it may remember later.")
    metadata: MetadataFile = MetadataFile()

    @field_validator("kind", mode="before")
    @classmethod
    def _kind(cls, value: object) -> object:
        if value == "wasm":
            raise PydanticCustomError("later", "the kind 'wasm' is not built yet; use tool or llm")
        return value

    @model_validator(mode="after")
    def _fits_its_kind(self) -> SpecialistFile:
        if self.kind == "tool" and not self.actions:
            raise ValueError("kind: tool needs actions, the runs of its tools")
        if self.kind == "llm" and not self.prompt.strip():
            raise ValueError("kind: llm needs prompt, what to look for")
        if self.kind == "llm" and self.actions:
            raise ValueError("kind: llm has a prompt and no actions")
        if self.kind == "tool" and self.prompt:
            raise ValueError("a prompt belongs to kind: llm")
        return self


class OverrideFile(_Strict):
    """Changes to a specialist that is declared elsewhere: nothing here names a command."""

    id: Id
    enabled: bool | None = Field(default=None, strict=True)
    required: bool | None = Field(default=None, strict=True)
    weight: float | None = Field(default=None, gt=0, le=100, strict=True)
    deadline: Duration | None = None
    languages: Words | None = None
    paths: Globs | None = None
    exclude: Globs | None = None
    severities: dict[str, SeverityWord] | None = Field(
        default=None, max_length=100, description="The tools' words for a severity -> ours."
    )


def specialist_schema() -> dict[str, Any]:
    """The JSON Schema of a specialist file: a declaration, or an override of another's."""
    full = SpecialistFile.model_json_schema()
    override = OverrideFile.model_json_schema()
    definitions = {**full.pop("$defs", {}), **override.pop("$defs", {})}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "synapse-bot specialist",
        "description": "specialists/<id>.yaml, or .synapse-bot/specialists/<id>.yaml.",
        "if": {"anyOf": [{"required": ["actions"]}, {"required": ["description"]}]},
        "then": full,
        "else": override,
        "$defs": definitions,
    }

"""What a specialist is, as declared in specialists/<id>.yaml. Parsed by specialist/schema.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from synapse_bot.domain.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping


class SpecialistKind(StrEnum):
    TOOL = "tool"
    LLM = "llm"


class Route(StrEnum):
    FAST = "fast"
    DEEP = "deep"


class OutputFormat(StrEnum):
    """How an action's standard output (or output file) is read."""

    SARIF = "sarif"
    JSON = "json"  # one document; ``items`` points at the list of results
    JSONL = "jsonl"  # one result a line
    RDJSON = "rdjson"
    RDJSONL = "rdjsonl"
    REGEX = "regex"  # one result a line, by a pattern with named groups


class ActionInput(StrEnum):
    FILES = "files"  # the head text of the matched files, materialised in a scratch folder
    DIFF = "diff"  # the unified diff of the matched files, on standard input


class Reach(StrEnum):
    """What an action's answer about one file depends on, beside that file's head."""

    FILE = "file"  # nothing
    BASE = "base"  # its text before the change
    CHANGE = "change"  # the other files of the change
    REPOSITORY = "repository"  # files that the change does not touch, as they are at the base


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the numbers that a tool gives of a function, in the order of its output (from 0).

    Worse is what exceeds ``over`` after the change and did not before, or has grown by ``by``.
    """

    name: str  # as a message says it: "branches"
    at: int
    over: float
    by: float = 1.0


@dataclass(frozen=True, slots=True)
class GapsSpec:
    """How a tool tells that it did not look at all of a file.

    ``items`` is the dotted path of the list of what went wrong; ``path``, ``word`` and ``rule``
    lead into each of them. A word among ``unparsed`` is about text that the tool makes nothing of;
    any other stopped it. ``opened`` is the path of the list of files that it read. A result of one
    of ``rules`` says that its file could not be parsed.
    """

    items: str = ""
    path: str = ""
    word: str = ""
    rule: str = ""
    unparsed: tuple[str, ...] = ()
    opened: str = ""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """From one result of a tool to one raw finding.

    ``fields`` maps path, line, end_line, column, end_column, rule, message, severity, confidence,
    url, code, fix, symbol, amounts to a dotted path into a result ("location.row",
    "results[].x" is not needed: ``items`` did that), or to a named group of ``pattern``.
    ``severities`` and ``confidences`` map the tool's words to ours; ``default_*`` serve what they
    do not name.
    """

    format: OutputFormat
    items: str = ""
    pattern: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)
    confidences: Mapping[str, float] = field(default_factory=dict)
    default_severity: Severity = Severity.MEDIUM
    default_confidence: float = 0.7
    columns_from: Literal[0, 1] = 1
    lines_from: Literal[0, 1] = 1
    gaps: GapsSpec | None = None  # None: it never tells


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One run of one tool. ``argv`` holds placeholders:

    {tool} the tool's absolute binary, {files} the materialised files as separate arguments,
    {dir} the folder that holds them, {rules} the folder rules/, {out} a file for the output.
    """

    id: str
    tool: str  # a name in rules/tools.yaml, or a binary on PATH
    argv: tuple[str, ...]
    output: OutputSpec
    input: ActionInput = ActionInput.FILES
    routes: frozenset[Route] = frozenset(Route)
    languages: frozenset[str] = frozenset()  # narrows the specialist's own; empty is all of them
    ok_exit_codes: frozenset[int] = frozenset({0, 1})
    fallback: tuple[str, ...] = ()  # argv tried once when the first run fails or prints garbage
    in_process: str = ""  # name of a runner in specialist/inprocess.py; argv is then empty
    output_file: bool = False  # read {out} rather than standard output
    reach: Reach = Reach.FILE
    worse: tuple[Measure, ...] = ()  # tell only what the change made worse, by these
    timeout_s: float = 120.0
    memory_mb: int = 4096
    output_mb: int = 32


class Context(StrEnum):
    """What a model may be told beside the files that the change touches."""

    ENCLOSING = "enclosing"  # of a long file: whole functions around a change, not some lines
    IMPORTS = "imports"  # of a long file: what it imports
    CALLERS = "callers"  # who calls what the change touches
    CALLEES = "callees"  # what the change calls
    TESTS = "tests"  # tests that name what the change touches
    GUIDANCE = "guidance"  # AGENTS.md, REVIEW.md and the like, at the base
    COMMITS = "commits"  # what the author says, where that may be told


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What a specialist of kind ``llm`` asks a model. Which model is the host's choice.

    ``rules`` are the ids of rules/taxonomy.yaml that it may name; what it calls otherwise is
    "<specialist>-other". ``input_tokens`` and ``output_tokens`` bound one call, ``findings`` the
    whole opinion.
    """

    prompt: str
    rules: tuple[str, ...] = ()
    routes: frozenset[Route] = frozenset({Route.DEEP})
    input_tokens: int = 24_000
    output_tokens: int = 4_000
    findings: int = 8
    verify: bool = True  # a second look, which may only drop or lower
    context: frozenset[Context] = frozenset(Context)
    samples: int = 1  # independent reviews of the same files, merged
    max_usd: float | None = (
        None  # of all its calls in one review; None: only the review's own bound
    )
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class SpecialistSpec:
    """A reviewer of one concern. ``origin`` is the file that declared it."""

    id: str
    description: str
    kind: SpecialistKind
    actions: tuple[ActionSpec, ...] = ()  # of kind tool
    model: ModelSpec | None = None  # of kind llm
    languages: frozenset[str] = frozenset()  # empty: every language
    paths: tuple[str, ...] = ()  # globs that a file must match; empty: every path
    exclude: tuple[str, ...] = ()  # globs that it must not match
    requires: tuple[str, ...] = ()  # tools beyond those of the actions
    required: bool = False  # its absence makes the review incomplete
    reads_generated: bool = False  # also sees generated, vendored and lock files
    masks: bool = False  # its evidence is secret: masked at birth
    result_builder: str = "findings"
    builder_params: Mapping[str, object] = field(default_factory=dict)
    state_schema: Mapping[str, object] = field(default_factory=dict)
    deadline_s: float = 120.0
    weight: float = 1.0
    enabled: bool = True
    owner: str = ""
    domain: str = ""
    licence: str = ""
    docs: str = ""
    origin: str = ""
    digest: str = ""  # sha256 of the declaration

    @property
    def routes(self) -> frozenset[Route]:
        """Where it has anything to do."""
        if self.model is not None:
            return self.model.routes
        return frozenset(route for action in self.actions for route in action.routes)

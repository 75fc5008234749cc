"""Settings: everything that a user may choose, frozen, with the origin of each value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from synapse_bot.domain.choices import ResolveOutdated, SummaryMode
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import Route

if TYPE_CHECKING:
    from collections.abc import Mapping


class FilterMode(StrEnum):
    """Where a finding must stand to be shown."""

    ADDED = "added"
    CONTEXT = "context"
    FILE = "file"
    NONE = "none"


class OnIncomplete(StrEnum):
    FAIL = "fail"
    NEUTRAL = "neutral"


class Sandbox(StrEnum):
    """Namespaces around tools: where they can be had, always, or never."""

    AUTO = "auto"
    REQUIRE = "require"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Gate:
    """What makes the verdict ``fail``, and what an incomplete review exits with."""

    fail_on: Severity | None = None  # None: never
    on_incomplete: OnIncomplete = OnIncomplete.FAIL


@dataclass(frozen=True, slots=True)
class Show:
    """Which findings are shown, and how many in full."""

    filter_mode: FilterMode = FilterMode.ADDED
    min_severity: Severity = Severity.INFO
    min_confidence: float = 0.5
    max_findings: int = 8


@dataclass(frozen=True, slots=True)
class Limits:
    deadline_s: float = 480.0
    late_s: float = 0.0  # how long specialists may go on behind the deadline
    max_files: int = 3000
    max_file_bytes: int = 1_000_000
    max_diff_bytes: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which specialists run: --only and --skip. ``route`` is None where the table decides.

    ``incremental`` takes from the record what an earlier review examined and nothing has touched.

    ``allow_commands`` are commands that a repository's own specialists may run besides those of
    rules/tools.yaml; "*" is any.
    """

    route: Route | None = None
    incremental: bool = True
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    allow_commands: tuple[str, ...] = ()
    allow_prompts: bool = False  # whether a repository's own prompts may be sent to a model


@dataclass(frozen=True, slots=True)
class SpecialistChoice:
    """What the settings change of one specialist; None leaves its declaration as it is."""

    enabled: bool | None = None
    weight: float | None = None
    deadline_s: float | None = None
    required: bool | None = None
    exclude: tuple[str, ...] = ()  # beyond the declaration's own
    severities: Mapping[str, Severity] = field(default_factory=dict)  # the tool's word -> ours


@dataclass(frozen=True, slots=True)
class ToolSettings:
    sandbox: Sandbox = Sandbox.AUTO
    semgrep_engine: str = "auto"  # auto | experimental | classic
    cache_dir: str = ""  # "" is the user's cache folder


class Describe(StrEnum):
    """Whether a model is told what the author says: the title and the messages of the commits."""

    AUTO = "auto"  # not for a fork's change
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which models are asked, where, and for how much. Only the host says so."""

    default: str = ""  # "provider/model"; "" asks none
    fallback: str = ""  # asked where the default is busy or its quota spent
    base_url: str = ""  # of an OpenAI-compatible endpoint; "" is the provider's own
    max_usd: float = 1.0  # for a whole review
    max_tokens: int = 1_000_000
    catalogue: str = ""  # a file with the host's own providers and prices
    verify: str = ""  # takes the second look; "" is the default
    judge: str = ""  # of a debate; "" is none
    triage: str = ""  # cheap: reads the files of little risk; "" is the default
    samples: int = 0  # independent reviews of each bundle; 0: as the specialist declares
    drafts: bool = False  # whether a model is asked about a draft
    bots: bool = False  # whether a model is asked about a change that a bot made
    describe: Describe = Describe.AUTO


@dataclass(frozen=True, slots=True)
class Posting:
    """What is written to a forge, and how."""

    inline: bool = True
    max_inline: int = 8
    summary: SummaryMode = SummaryMode.EDIT
    resolve_outdated: ResolveOutdated = ResolveOutdated.ON
    labels: Mapping[str, str] = field(default_factory=dict)  # what the review says -> label
    instance: str = "default"


@dataclass(frozen=True)
class Settings:
    """``origins`` maps a dotted key to where its value came from ("default", "env NAME",
    ".synapse-bot.yml:3 at 1a2b3c4", "--fail-on")."""

    gate: Gate = field(default_factory=Gate)
    show: Show = field(default_factory=Show)
    limits: Limits = field(default_factory=Limits)
    choice: Choice = field(default_factory=Choice)
    tools: ToolSettings = field(default_factory=ToolSettings)
    models: ModelSettings = field(default_factory=ModelSettings)
    post: Posting = field(default_factory=Posting)
    exclude: tuple[str, ...] = ()  # path globs that nobody reviews
    specialists: Mapping[str, SpecialistChoice] = field(default_factory=dict)  # by id
    origins: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()  # e.g. keys that a repository file may not set
    digest: str = ""  # sha256 of the effective values

"""Every setting: its name, kind, default, trust class, option and explanation. One table.

The settings' reader, their JSON Schema, `config show`, `init` and the docs all derive from
``KEYS``, so that a key cannot exist without a trust class or an explanation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from synapse_bot.config import values
from synapse_bot.config.settings import Describe, FilterMode, OnIncomplete, Sandbox
from synapse_bot.domain.choices import ResolveOutdated, SummaryMode
from synapse_bot.domain.severity import Severity

# What a review says that a label can stand for: verdicts, routes, worst severities.
LABELLED = (
    *("pass", "fail", "incomplete"),
    *("fast", "deep"),
    *(str(severity) for severity in Severity),
)
ANY_ID = "*"  # stands in a key for the id of a specialist


class Trust(Enum):
    """Who may set a key.

    A repository file is written by whoever may merge to the base branch, and by nobody's leave
    when a stranger's repository is reviewed on one's own machine. So it may say what is looked at
    and how strictly, and nothing that names a command, a path outside the repository, an address
    or the sandbox.
    """

    REPO = "repo"  # every layer, the repository file at the base revision included
    HOST = "host"  # only options, the environment and the user's own file


@dataclass(frozen=True, slots=True)
class Key:
    """``default`` is the parsed value. ``option`` is the command line's name for the key."""

    name: str
    kind: values.Kind
    default: object
    trust: Trust
    about: str
    option: str = ""

    @property
    def variable(self) -> str:
        """The environment variable: SYNAPSE_BOT__SECTION__KEY."""
        return PREFIX + self.name.upper().replace(".", "__").replace("-", "_")


PREFIX = "SYNAPSE_BOT__"

_ALL = (
    Key(
        "gate.fail_on",
        values.severity_or_never(),
        None,
        Trust.REPO,
        "The review fails (exit 1) at a finding of this severity or worse; never: it only tells.",
        "--fail-on",
    ),
    Key(
        "gate.on_incomplete",
        values.enum_of(OnIncomplete),
        OnIncomplete.FAIL,
        Trust.REPO,
        "What an incomplete review does: fail (exit 3) or neutral (exit 0, still not a pass).",
        "--on-incomplete",
    ),
    Key(
        "show.filter_mode",
        values.enum_of(FilterMode),
        FilterMode.ADDED,
        Trust.REPO,
        "Where a finding must stand to be shown: on an added line, within the diff's context, "
        "in a changed file, or anywhere (none).",
        "--filter-mode",
    ),
    Key(
        "show.min_severity",
        values.severity(),
        Severity.INFO,
        Trust.REPO,
        "Findings below this severity are counted, not shown.",
        "--min-severity",
    ),
    Key(
        "show.min_confidence",
        values.number(0, 1),
        0.5,
        Trust.REPO,
        "Findings below this confidence, from 0 to 1, are counted, not shown.",
        "--min-confidence",
    ),
    Key(
        "show.max_findings",
        values.integer(0, 500),
        8,
        Trust.REPO,
        "How many findings are shown in full; the others are folded.",
        "--max-findings",
    ),
    Key(
        "limits.deadline",
        values.duration(1, 6 * 3600),
        480.0,
        Trust.REPO,
        "How long a whole review may take; what is missing then makes it incomplete.",
        "--deadline",
    ),
    Key(
        "limits.late",
        values.duration(0, 6 * 3600),
        0.0,
        Trust.HOST,
        "How long specialists may go on after the deadline. The review is posted at the deadline "
        "all the same, and edited when they are done.",
    ),
    Key(
        "limits.max_files",
        values.integer(1, 100_000),
        3000,
        Trust.REPO,
        "Changed files beyond this number are not reviewed, and named.",
    ),
    Key(
        "limits.max_file_bytes",
        values.integer(1_000, 100_000_000),
        1_000_000,
        Trust.REPO,
        "A file larger than this is not reviewed, and named.",
    ),
    Key(
        "limits.max_diff_bytes",
        values.integer(10_000, 1_000_000_000),
        50_000_000,
        Trust.REPO,
        "A diff larger than this is not read further.",
    ),
    Key(
        "review.route",
        values.one_of("auto", "fast", "deep"),
        "auto",
        Trust.REPO,
        "The route of every change; auto lets rules/routes.yaml decide.",
        "--route",
    ),
    Key(
        "review.incremental",
        values.boolean(),
        True,
        Trust.REPO,
        "Whether a file that is as a recorded review examined it is taken from that record; with "
        "false everything is examined on every run.",
        "--incremental/--full",
    ),
    Key(
        "review.only",
        values.ids(),
        (),
        Trust.REPO,
        "Run these specialists and no others.",
        "--only",
    ),
    Key("review.skip", values.ids(), (), Trust.REPO, "Leave these specialists out.", "--skip"),
    Key(
        "review.required",
        values.ids(),
        (),
        Trust.REPO,
        "Without an answer of these specialists the review is incomplete.",
    ),
    Key(
        "exclude",
        values.globs(),
        (),
        Trust.REPO,
        "Paths that nobody reviews, as globs; they stand in the coverage as skipped.",
    ),
    Key(
        "post.inline",
        values.boolean(),
        True,
        Trust.REPO,
        "Whether findings are also posted as comments on their lines; the summary always is.",
        "--inline/--no-inline",
    ),
    Key(
        "post.max_inline",
        values.integer(0, 100),
        8,
        Trust.REPO,
        "How many new comments on lines one run may post; the others stand in the summary.",
    ),
    Key(
        "post.summary",
        values.enum_of(SummaryMode),
        SummaryMode.EDIT,
        Trust.REPO,
        "edit keeps one summary comment up to date; repost writes a new one, which notifies.",
    ),
    Key(
        "post.resolve_outdated",
        values.switch_of(ResolveOutdated),
        ResolveOutdated.ON,
        Trust.REPO,
        "What becomes of our thread when its finding is fixed: false, report (said in the summary) "
        "or true (resolved, unless a person has answered in it).",
    ),
    Key(
        "post.labels",
        values.labels(*LABELLED),
        {},
        Trust.REPO,
        "Labels to add to the request, by what the review says: its verdict, its route, the worst "
        "severity that it shows. None is ever removed.",
    ),
    Key(
        "post.instance",
        values.one_id(),
        "default",
        Trust.HOST,
        "Tells bots apart that post as the same user; each edits only its own comments.",
        "--instance",
    ),
    Key(
        "specialists.*.enabled",
        values.boolean(),
        None,
        Trust.REPO,
        "Whether the specialist may run at all.",
    ),
    Key(
        "specialists.*.weight",
        values.number(0.01, 100),
        None,
        Trust.REPO,
        "How much its word counts in a weighted negotiation.",
    ),
    Key(
        "specialists.*.deadline",
        values.duration(1, 3600),
        None,
        Trust.REPO,
        "How long it may take.",
    ),
    Key(
        "specialists.*.required",
        values.boolean(),
        None,
        Trust.REPO,
        "Whether the review is incomplete without its answer.",
    ),
    Key(
        "specialists.*.exclude",
        values.globs(),
        (),
        Trust.REPO,
        "Paths that it leaves out, beyond those of its own declaration.",
    ),
    Key(
        "specialists.*.severities",
        values.severities(),
        {},
        Trust.REPO,
        "Its tools' words for a severity, each with ours.",
    ),
    Key(
        "specialists.allow_commands",
        values.commands(),
        (),
        Trust.HOST,
        "Commands that specialists of the repository may run besides those of rules/tools.yaml: "
        "a list of names, or true for any.",
    ),
    Key(
        "specialists.allow_prompts",
        values.boolean(),
        False,
        Trust.HOST,
        "Whether specialists of kind llm that the repository declares may ask the host's model.",
    ),
    Key(
        "models.default",
        values.text(),
        "",
        Trust.HOST,
        "The model that specialists of kind llm ask, as provider/model; empty asks none.",
        "--model",
    ),
    Key(
        "models.fallback",
        values.text(),
        "",
        Trust.HOST,
        "The model to ask instead where the first is busy or its quota is spent.",
    ),
    Key(
        "models.base_url",
        values.text(),
        "",
        Trust.HOST,
        "Where an OpenAI-compatible server answers (Ollama, vLLM, llama.cpp, Azure); empty: the "
        "provider's own address.",
    ),
    Key(
        "models.max_usd",
        values.number(0, 10_000),
        1.0,
        Trust.HOST,
        "US dollars that one review may spend on models; checked before each call.",
        "--max-usd",
    ),
    Key(
        "models.max_tokens",
        values.integer(0, 1_000_000_000),
        1_000_000,
        Trust.HOST,
        "Tokens that one review may use; checked before each call.",
    ),
    Key(
        "models.catalogue",
        values.text(),
        "",
        Trust.HOST,
        "A file with your own providers and prices, laid over rules/models.yaml; empty: "
        "models.yaml beside your config file, where there is one.",
    ),
    Key(
        "models.verify",
        values.text(),
        "",
        Trust.HOST,
        "The model that takes the second look at findings, as provider/model; empty: the one that "
        "found them.",
    ),
    Key(
        "models.judge",
        values.text(),
        "",
        Trust.HOST,
        "The model that judges a debate, where rules/negotiation.yaml lets one judge; empty: none.",
    ),
    Key(
        "models.triage",
        values.text(),
        "",
        Trust.HOST,
        "A cheap model for files of little risk, as provider/model; empty: the default reads all.",
    ),
    Key(
        "models.samples",
        values.integer(0, 9),
        0,
        Trust.HOST,
        "How many independent reviews of the same files are merged, at as many times the cost; 0: "
        "as each specialist declares.",
    ),
    Key(
        "models.drafts",
        values.boolean(),
        False,
        Trust.HOST,
        "Whether a model is asked about a draft.",
    ),
    Key(
        "models.bots",
        values.boolean(),
        False,
        Trust.HOST,
        "Whether a model is asked about a change whose author the forge knows as a bot.",
    ),
    Key(
        "models.describe",
        values.enum_of(Describe),
        Describe.AUTO,
        Trust.HOST,
        "Whether a model is told title, description and the messages of the commits: not for a "
        "fork's change (auto), always (on), or never (off).",
    ),
    Key(
        "tools.sandbox",
        values.enum_of(Sandbox),
        Sandbox.AUTO,
        Trust.HOST,
        "Namespaces around tools: where they can be had (auto), always (require), or never (off).",
    ),
    Key(
        "tools.semgrep_engine",
        values.one_of("auto", "experimental", "classic"),
        "auto",
        Trust.HOST,
        "Which engine runs the semgrep rules; auto tries the fast one first.",
    ),
    Key(
        "tools.cache_dir",
        values.text(),
        "",
        Trust.HOST,
        "Where installed tools and compiled declarations lie; empty: the user's cache folder.",
    ),
)

KEYS: Mapping[str, Key] = {key.name: key for key in _ALL}


def find_key(name: str) -> Key | None:
    """The key that a dotted ``name`` means; a specialist's id matches the ``*``."""
    if name in KEYS:
        return KEYS[name]
    section, _, rest = name.partition(".")
    ident, _, leaf = rest.partition(".")
    if section == "specialists" and leaf and values.is_id(ident):
        return KEYS.get(f"{section}.{ANY_ID}.{leaf}")
    return None


@cache
def children(section: str) -> tuple[str, ...]:
    """The words that may follow the dotted ``section`` ("" is the top), in the table's order."""
    lead = f"{section}." if section else ""
    tails = [name.removeprefix(lead) for name in KEYS if name.startswith(lead)]
    return tuple(dict.fromkeys(tail.partition(".")[0] for tail in tails))

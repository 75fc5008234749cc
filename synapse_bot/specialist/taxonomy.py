"""rules/taxonomy.yaml: which rule and family a tool's own rule id belongs to.

Tools name one idea by many ids (ruff S608, bandit B608). The table gives them one rule, so that
their findings are one claim and their severities can be negotiated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from synapse_bot.config.compiled import compiled
from synapse_bot.config.document import check, nearest, parse_document, read_bytes
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from synapse_bot.specialist.tables import RulingRow

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """One idea of what may be wrong. ``why`` says why it matters in a sentence, ``fix`` what to do
    in one or two."""

    id: str
    title: str = ""
    family: str = ""
    cwe: tuple[int, ...] = ()
    fix: str = ""
    url: str = ""
    why: str = ""
    whole_file: bool = False  # it is only true of a file that is known as a whole


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a tool's rule id means; None where the tool's own word counts."""

    rule: Rule
    severity: Severity | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class Taxonomy:
    """``exact`` and ``globs`` are keyed by tool; globs are ordered, the longest first."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    exact: Mapping[str, Mapping[str, Ruling]] = field(default_factory=dict)
    globs: Mapping[str, tuple[tuple[str, Ruling], ...]] = field(default_factory=dict)

    def lookup(self, tool: str, tool_rule: str) -> Ruling:
        """The ruling on ``tool_rule``: named exactly, by a glob, by a rule's own id, or made up.

        The last part of a dotted id is tried too: semgrep puts the rules' folder before it.
        """
        for name in dict.fromkeys((tool_rule, tool_rule.rpartition(".")[2])):
            if ruling := self._named(tool, name):
                return ruling
        made_up = kebab(f"{tool}-{tool_rule}")
        return Ruling(Rule(made_up, family=made_up))

    def _named(self, tool: str, name: str) -> Ruling | None:
        if ruling := self.exact.get(tool, {}).get(name):
            return ruling
        for pattern, ruling in self.globs.get(tool, ()):
            if fnmatchcase(name, pattern):
                return ruling
        rule = self.rules.get(name)
        return Ruling(rule) if rule else None


def load_taxonomy(path: Path, cache_dir: Path | None = None) -> Taxonomy:
    """The table at ``path``. Raises ConfigInvalid with file:line for every fault."""
    raw = read_bytes(path)
    source = f"rules/{path.name}"
    return compiled(
        cache_dir,
        "taxonomy",
        raw,
        lambda: parse_taxonomy(raw, source),
        _encode,
        _decode,
        code=(__file__,),
    )


def parse_taxonomy(raw: bytes, source: str) -> Taxonomy:
    """The table in ``raw``. Raises ConfigInvalid with file:line for every fault."""
    from synapse_bot.specialist.tables import RulingRow, TaxonomyTable

    document = parse_document(raw, source)
    table = check(document, TaxonomyTable)
    rules = {
        name: Rule(
            name,
            row.title,
            row.family or name,
            tuple(sorted(row.cwe)),
            row.fix,
            row.url,
            row.why,
            row.whole_file,
        )
        for name, row in table.rules.items()
    }
    entries: list[Entry] = []
    faults: list[str] = []
    for tool, rows in table.tools.items():
        for pattern, given in rows.items():
            row = RulingRow(rule=given) if isinstance(given, str) else given
            if fault := _fault(row, rules):
                faults.append(f"{document.at(('tools', tool, pattern))}: {fault}")
            else:
                entries.append((tool, pattern, row.rule, row.severity, row.confidence))
    if faults:
        raise ConfigInvalid("\n".join(faults))
    return _taxonomy(rules.values(), entries)


def _fault(row: RulingRow, rules: Mapping[str, Rule]) -> str:
    if row.rule not in rules:
        return f"unknown rule {row.rule!r}{nearest(row.rule, list(rules))}"
    try:
        Severity.parse(row.severity or "info")
    except ValueError as error:
        return str(error)
    return ""


# (tool, its rule id or glob, rule, severity, confidence)
Entry = tuple[str, str, str, "str | None", "float | None"]


def _taxonomy(rules: Iterable[Rule], entries: Iterable[Entry]) -> Taxonomy:
    by_id = {rule.id: rule for rule in rules}
    exact: dict[str, dict[str, Ruling]] = {}
    globs: dict[str, list[tuple[str, Ruling]]] = {}
    for tool, pattern, rule, severity, confidence in entries:
        ruling = Ruling(by_id[rule], Severity.parse(severity) if severity else None, confidence)
        if any(sign in pattern for sign in "*?["):
            globs.setdefault(tool, []).append((pattern, ruling))
        else:
            exact.setdefault(tool, {})[pattern] = ruling
    ordered = {tool: tuple(sorted(found, key=_longest)) for tool, found in globs.items()}
    return Taxonomy(by_id, exact, ordered)


def _encode(taxonomy: Taxonomy) -> Any:
    rules = [
        [r.id, r.title, r.family, r.cwe, r.fix, r.url, r.why, r.whole_file]
        for r in taxonomy.rules.values()
    ]
    named = [(t, p, r) for t, found in taxonomy.exact.items() for p, r in found.items()]
    named += [(t, p, r) for t, found in taxonomy.globs.items() for p, r in found]
    entries = [
        [t, p, r.rule.id, None if r.severity is None else str(r.severity), r.confidence]
        for t, p, r in named
    ]
    return [rules, entries]


def _decode(data: Any) -> Taxonomy:
    rules, entries = data
    made = (Rule(id_, title, family, tuple(cwe), *rest) for id_, title, family, cwe, *rest in rules)
    return _taxonomy(made, [tuple(entry) for entry in entries])


def _longest(entry: tuple[str, Ruling]) -> tuple[int, str]:
    return -len(entry[0]), entry[0]


def kebab(text: str) -> str:
    """``text`` as a rule id: "ruff-PLR0911" is "ruff-plr0911", "unsafeExec" is "unsafe-exec"."""
    apart = _HUMP.sub("-", text)
    return _OTHER.sub("-", apart.lower()).strip("-")[:100] or "unknown"

"""From a tool's raw finding to a Finding: placed in the change, with evidence and identity."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from synapse_bot.domain.finding import Finding, Location, Placement
from synapse_bot.domain.fingerprint import fingerprint, ordinal_of, ordinals
from synapse_bot.domain.redaction import is_secret, mask, redact, without_literals
from synapse_bot.domain.severity import Severity
from synapse_bot.specialist.output.edits import suggestion_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from synapse_bot.domain.diff import Diff, FileDiff
    from synapse_bot.domain.finding import Suggestion
    from synapse_bot.domain.spec import OutputSpec
    from synapse_bot.specialist.output.base import RawEdit, RawFinding
    from synapse_bot.specialist.taxonomy import Ruling, Taxonomy

MAX_CODE_LINES = 12
MAX_CODE_CHARS = 2_000
MAX_CODE_LINE = 400
MAX_MESSAGE = 1_000
_SHORTEST_SECRET = 4
_FEW = 4  # findings of a file, up to which one look each is cheaper than a look at every line

# Words that linters use beside ours; a declaration's ``severities`` come first.
_WORDS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "warn": Severity.MEDIUM,
    "note": Severity.LOW,
    "notice": Severity.LOW,
    "style": Severity.INFO,
    "information": Severity.INFO,
    "informational": Severity.INFO,
    "hint": Severity.INFO,
    "none": Severity.INFO,
    "minor": Severity.LOW,
    "moderate": Severity.MEDIUM,
    "major": Severity.HIGH,
    "blocker": Severity.CRITICAL,
    "fatal": Severity.HIGH,
}
_CONFIDENCES = {"very-high": 0.95, "high": 0.9, "medium": 0.6, "low": 0.3}
_BARE_RETURN = re.compile(r"\r(?!\n)")
_URL = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?(?:/[\w./~%#?=&+:@,;!-]*)?\Z")


@dataclass(frozen=True)
class Source:
    """Who speaks, and how its words are read."""

    by: str  # specialist id
    tool: str
    output: OutputSpec
    masks: bool = False


@dataclass(frozen=True)
class Grounded:
    """``lost`` counts results about files that the tool was not asked about."""

    findings: tuple[Finding, ...]
    lost: int = 0


class PathMap:
    """From what a tool calls a file back to the path of the change."""

    def __init__(self, placed: Mapping[str, Path], cwd: Path | None = None) -> None:
        self._cwd = str(cwd) if cwd else ""
        self._by_place = {str(place): path for path, place in placed.items()}
        self._by_tail = {f"{p.parent.name}/{p.name}": path for path, p in placed.items()}
        self._roots = sorted({str(place.parent.parent) for place in placed.values()})

    @classmethod
    def same(cls, paths: Iterable[str]) -> PathMap:
        """For a check that speaks in paths of the change."""
        names = cls({})
        names._by_place.update((path, path) for path in paths)
        return names

    def plain(self, text: str) -> str:
        """``text`` with the paths of this machine turned back into those of the change."""
        for root in self._roots:
            if root in text:
                for place, path in self._by_place.items():
                    text = text.replace(place, path)
        return text.replace(self._cwd, ".") if self._cwd else text

    def path_of(self, name: str) -> str | None:
        """The path of the change that ``name`` (absolute, relative or a file: URL) stands for."""
        for candidate in (name, _from_url(name)):
            if candidate in self._by_place:
                return self._by_place[candidate]
            absolute = os.path.normpath(os.path.join(self._cwd, candidate))
            if absolute in self._by_place:
                return self._by_place[absolute]
            tail = "/".join(absolute.rsplit("/", 2)[-2:])
            if tail in self._by_tail:
                return self._by_tail[tail]
        return None


def _from_url(name: str) -> str:
    if name.startswith("file:"):
        return unquote(urlsplit(name).path)
    return unquote(name) if "%" in name else name


def ground(
    raws: Iterable[RawFinding],
    source: Source,
    *,
    names: PathMap,
    diff: Diff,
    texts: Mapping[str, str],
    taxonomy: Taxonomy,
    partial: Collection[str] = (),
) -> Grounded:
    """Every result that speaks of a known file, as a Finding. Equal ones are told once.

    Of the ``partial`` files only the hunks are known: what a tool says of the whole of such a
    file (a syntax error, a name that is defined nowhere) is about our blanks, and dropped.
    """
    by_path: dict[str, list[RawFinding]] = {}
    lost = 0
    for raw in raws:
        path = names.path_of(raw.path)
        if path is None or path not in texts:
            lost += 1
        else:
            by_path.setdefault(path, []).append(raw)
    findings: dict[Finding, None] = {}
    for path, group in by_path.items():
        evidence = Evidence(texts[path], [raw.code for raw in group] if source.masks else [])
        for raw in group:
            ruling = taxonomy.lookup(source.tool, raw.rule or "unnamed")
            if ruling.rule.whole_file and path in partial:
                continue
            edits = () if path in partial else raw.edits
            plain = replace(raw, message=names.plain(raw.message), edits=edits)
            finding = _finding(plain, path, source, ruling, diff.by_path.get(path), evidence)
            findings.setdefault(finding)
    return Grounded(tuple(findings), lost)


class Evidence:
    """The lines of one file, secrets masked: those that a tool names, and those of known shape."""

    def __init__(self, text: str, secrets: Iterable[str] = ()) -> None:
        parts = {part.strip() for secret in secrets for part in secret.split("\n")}
        # The longest first: a secret may hold another.
        self._secrets = sorted((p for p in parts if len(p) >= _SHORTEST_SECRET), key=_longest)
        self.lines = text.split("\n")
        self.bare_returns = bool(_BARE_RETURN.search(text))
        self._text = text
        self._starts: list[int] | None = None
        if self._secrets or redact(text) != text:
            self.lines = [self.masked(line) for line in self.lines]
        self._ordinals: tuple[int, ...] | None = None
        self._asked = 0

    def masked(self, text: str) -> str:
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, mask(secret))
        return redact(text)

    def ordinal(self, line: int) -> int:
        self._asked += 1
        if self._asked <= _FEW:
            return ordinal_of(self.lines, line)
        if self._ordinals is None:
            self._ordinals = ordinals(self.lines)
        return self._ordinals[line - 1]

    def by_any_newline(self, line: int) -> int:
        """The line that a tool means that also ends lines at a bare carriage return."""
        if self._starts is None:
            ends = re.finditer(r"\r\n|\r|\n", self._text) if self.bare_returns else ()
            self._starts = [1]
            number = 1
            for end in ends:
                number += end[0] != "\r"
                self._starts.append(number)
        return self._starts[min(max(line, 1), len(self._starts)) - 1]

    def suggestion(self, edits: Sequence[RawEdit]) -> Suggestion | None:
        """What the tool would write in place of whole lines; None where a secret is near."""
        made = suggestion_of(edits, self._text.split("\n")) if edits else None
        safe = made and self.masked(made.old) == made.old and self.masked(made.new) == made.new
        return made if safe else None

    def clamp(self, start: int, end: int) -> tuple[int, int]:
        """The line range within the file; line 1 where the tool names none."""
        last = len(self.lines) - (len(self.lines) > 1 and not self.lines[-1])
        start = min(max(start, 1), last)
        return start, min(max(end, start), last)

    def code(self, start: int, end: int) -> str:
        """Verbatim lines, cut at MAX_CODE_LINES and MAX_CODE_CHARS."""
        shown = self.lines[start - 1 : min(end, start - 1 + MAX_CODE_LINES)]
        cut = [line if len(line) <= MAX_CODE_LINE else line[:MAX_CODE_LINE] for line in shown]
        return "\n".join(cut)[:MAX_CODE_CHARS]


def _longest(text: str) -> tuple[int, str]:
    return -len(text), text


def _finding(
    raw: RawFinding,
    path: str,
    source: Source,
    ruling: Ruling,
    file: FileDiff | None,
    evidence: Evidence,
) -> Finding:
    start, end = evidence.clamp(raw.line, raw.end_line)
    placed = placement(file, start, end)
    if evidence.bare_returns and placed is not Placement.ADDED:
        # Tools disagree on what ends a line. In doubt the finding is where the change is, or
        # a change could move it out of sight.
        moved = evidence.by_any_newline(raw.line), evidence.by_any_newline(raw.end_line)
        if placement(file, *moved) is Placement.ADDED:
            (start, end), placed = moved, Placement.ADDED
    code = evidence.code(start, end)
    rule = ruling.rule
    message = _message(raw, rule.title, evidence)
    suggestion = None if source.masks else evidence.suggestion(raw.edits)
    if is_secret(rule.cwe or raw.cwe):
        # Not every tool says which part of the line is the secret.
        code, message, suggestion = without_literals(code), without_literals(message), None
    return Finding(
        rule=rule.id,
        message=message,
        location=Location(
            path,
            start,
            end,
            start_column=raw.column if raw.line == start else 0,
            end_column=raw.end_column if (raw.end_line or raw.line) == end else 0,
        ),
        severity=_severity(raw, source.output, ruling),
        confidence=_confidence(raw, source.output, ruling),
        by=source.by,
        family=rule.family,
        cwe=rule.cwe or raw.cwe,
        tool=source.tool,
        tool_rule=raw.rule,
        code=code,
        title=rule.title,
        why=rule.why,
        fix=rule.fix or evidence.masked(raw.fix)[:MAX_MESSAGE],
        url=raw.url if _URL.match(raw.url) else rule.url,
        fingerprint=fingerprint(rule.family, path, code, evidence.ordinal(start)),
        placement=placed,
        suggestion=suggestion,
    )


def _message(raw: RawFinding, title: str, evidence: Evidence) -> str:
    text = " ".join(evidence.masked(raw.message).split())
    return (text or title or raw.rule)[:MAX_MESSAGE]


def placement(file: FileDiff | None, start: int, end: int) -> Placement:
    """Where lines ``start`` to ``end`` of the head stand relative to the change."""
    if file is None:
        return Placement.OUTSIDE
    if _touches(file.added_lines, start, end):
        return Placement.ADDED
    if _touches(file.context_lines, start, end):
        return Placement.CONTEXT
    return Placement.FILE


def _touches(lines: frozenset[int], start: int, end: int) -> bool:
    if end - start < len(lines):
        return any(number in lines for number in range(start, end + 1))
    return any(start <= number <= end for number in lines)


def _severity(raw: RawFinding, output: OutputSpec, ruling: Ruling) -> Severity:
    """The taxonomy's word, else the declaration's reading of the tool's, else its default."""
    if ruling.severity is not None:
        return ruling.severity
    word = raw.severity.strip()
    for known in (word, word.lower(), word.upper()):
        if known in output.severities:
            return output.severities[known]
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    if (score := _decimal(word)) is not None:
        return severity_of_score(score)
    try:
        return Severity.parse(word)
    except ValueError:
        return output.default_severity


def severity_of_score(score: float) -> Severity:
    """A CVSS score, by GitHub's reading of ``security-severity``."""
    if score >= 9.0:
        return Severity.CRITICAL
    if score >= 7.0:
        return Severity.HIGH
    if score >= 4.0:
        return Severity.MEDIUM
    return Severity.LOW if score > 0 else Severity.INFO


def _confidence(raw: RawFinding, output: OutputSpec, ruling: Ruling) -> float:
    if ruling.confidence is not None:
        return ruling.confidence
    word = raw.confidence.strip()
    for known in (word, word.lower(), word.upper()):
        if known in output.confidences:
            return output.confidences[known]
    if word.lower() in _CONFIDENCES:
        return _CONFIDENCES[word.lower()]
    number = _decimal(word)
    if number is not None and 0 <= number <= 1:
        return number
    return output.default_confidence


def _decimal(word: str) -> float | None:
    return float(word) if re.fullmatch(r"\d{1,3}(\.\d{1,6})?", word) else None

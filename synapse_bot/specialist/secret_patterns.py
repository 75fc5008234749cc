"""Secrets that need a look at their value: what the scanners' own rules pass over.

The patterns are data, in rules/secrets.yaml. A match counts only when its value could be one: not a
placeholder, not an interpolation, random enough.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synapse_bot.config.compiled import compiled
from synapse_bot.config.document import check, parse_document, read_bytes
from synapse_bot.config.patterns import pattern_fault
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.globs import any_match
from synapse_bot.domain.redaction import entropy, kinds
from synapse_bot.specialist.output.base import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from synapse_bot.domain.pathkinds import PathKinds
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

_INTERPOLATED = re.compile(r"\{|\$[({A-Za-z_]|%\(|%[sd]|<[^>]*>")
_DOUBTED = 0.5  # times the confidence, in a file of tests, examples or docs


@dataclass(frozen=True, slots=True)
class Pattern:
    """One row. ``needles`` are in lower case: one of them is in every text that matches."""

    id: str
    says: str
    needles: tuple[str, ...]
    pattern: str
    severity: str
    confidence: float
    entropy: float = 0.0  # bits a character, at least
    kinds: int = 1
    decodes_to: str = ""
    keep_placeholders: bool = False  # a weak value is worse than a random one
    paths: tuple[str, ...] = ()  # globs; empty: every path


@dataclass(frozen=True, slots=True)
class Patterns:
    """The whole table."""

    rows: tuple[Pattern, ...]
    placeholders: tuple[str, ...]
    doubted_in: tuple[str, ...]  # globs, and the words tests and docs


@lru_cache(maxsize=8)
def load_patterns(path: Path, cache_dir: Path | None = None) -> Patterns:
    """The table at ``path``. Raises ConfigInvalid with file:line."""
    raw = read_bytes(path)
    return compiled(
        cache_dir,
        "secrets",
        raw,
        lambda: parse_patterns(raw, f"rules/{path.name}"),
        asdict,
        _decoded,
        (__file__,),
    )


def _decoded(plain: Mapping[str, list[Any]]) -> Patterns:
    texts = {key: tuple(map(str, plain[key])) for key in ("placeholders", "doubted_in")}
    return Patterns(tuple(map(_pattern, plain["rows"])), **texts)


def _pattern(row: Mapping[str, Any]) -> Pattern:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Pattern(**values)


def parse_patterns(raw: bytes, source: str) -> Patterns:
    """The table of a secrets.yaml. Raises ConfigInvalid with ``source``:line."""
    from synapse_bot.specialist.tables import SecretsTable

    document = parse_document(raw, source)
    table = check(document, SecretsTable)
    for name, row in table.patterns.items():
        fault = pattern_fault(row.pattern)
        if not fault and "secret" not in re.compile(row.pattern).groupindex:
            fault = "has no group named secret"
        if fault:
            raise ConfigInvalid(f"{document.at(('patterns', name, 'pattern'))}: {fault}")
    for index, text in enumerate(table.placeholders):
        if fault := pattern_fault(text):
            raise ConfigInvalid(f"{document.at(('placeholders', index))}: {fault}")
    return Patterns(
        tuple(_pattern({"id": name, **dict(row)}) for name, row in table.patterns.items()),
        tuple(table.placeholders),
        tuple(table.doubted_in),
    )


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """Every value in the head text of ``paths`` that a pattern takes for a secret."""
    table = load_patterns(place.rules / "secrets.yaml", place.compiled)
    return tuple(
        raw for path in paths for raw in secrets_in(path, task.texts[path], table, task.kinds)
    )


def secrets_in(path: str, text: str, table: Patterns, kinds: PathKinds) -> Iterator[RawFinding]:
    """The findings of one file, in the order of the table."""
    lowered = text.lower()
    rows = [row for row in table.rows if any(needle in lowered for needle in row.needles)]
    rows = [row for row in rows if not row.paths or any_match(row.paths, path)]
    if not rows:
        return
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    doubt = _DOUBTED if kinds.named(table.doubted_in, path) else 1.0
    for row in rows:
        for match in re.finditer(row.pattern, text):
            if is_secret(match["secret"], row, table.placeholders):
                yield _finding(path, match, row, starts, doubt)


def is_secret(value: str, row: Pattern, placeholders: Sequence[str]) -> bool:
    """Whether ``value`` may be what ``row`` looks for."""
    if row.decodes_to:
        value = _base64(value)
        if not re.search(row.decodes_to, value):
            return False
    if _INTERPOLATED.search(value):
        return False
    if row.kinds > 1 and kinds(value) < row.kinds:
        return False
    if row.entropy and entropy(value) < row.entropy:
        return False
    return row.keep_placeholders or not any(re.search(text, value) for text in placeholders)


def _base64(value: str) -> str:
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""


def _finding(
    path: str, match: re.Match[str], row: Pattern, starts: Sequence[int], doubt: float
) -> RawFinding:
    at, end = match.span("secret")
    line = bisect_right(starts, at)
    return RawFinding(
        path=path,
        line=line,
        end_line=line,
        column=at - starts[line - 1] + 1,
        end_column=end - starts[line - 1] + 1,
        rule=row.id,
        message=f"{row.says} stands in the source.",
        severity=row.severity if doubt == 1.0 else "medium",
        confidence=str(round(row.confidence * doubt, 2)),
    )

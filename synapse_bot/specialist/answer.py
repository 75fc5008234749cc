"""What a model may answer: the JSON Schema that it is given, and the check of what it gives.

An answer that does not fit goes back to the model with the reason. Nothing is repaired, and
nothing beyond the schema is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_CHARS = 200_000
MAX_ITEMS = 200
OTHER = "other"
_SEVERITIES = [str(severity) for severity in Severity]
_LENGTHS = {"path": 1_000, "quote": 4_000, "message": 1_000, "fix": 1_000, "replacement": 8_000}


class Malformed(ValueError):
    """An answer that does not fit the schema; the text is told to the model."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a model says. Nothing in it is believed yet."""

    path: str
    quote: str
    line: int
    rule: str
    severity: Severity
    confidence: float
    message: str
    fix: str = ""
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Second:
    """The second look at finding ``index``: whether it stands, and how severe it is at most."""

    index: int
    stands: bool
    severity: Severity


def findings_schema(rules: Sequence[str]) -> dict[str, Any]:
    """The schema of a review, strict enough for every provider: all keys, and no others."""
    text = {"type": "string"}
    item = {
        "path": {"type": "string", "description": "The file, as it is named in the input."},
        "quote": {
            "type": "string",
            "description": "The lines that are wrong, copied exactly, without the leading mark.",
        },
        "line": {"type": "integer", "description": "The line of the quote, 0 if not known."},
        "rule": {"type": "string", "enum": [*rules, OTHER]},
        "severity": {"type": "string", "enum": _SEVERITIES},
        "confidence": {"type": "number", "description": "0 to 1."},
        "message": {"type": "string", "description": "What is wrong, and when it shows."},
        "fix": {"type": "string", "description": "What to do; empty if not known."},
        "replacement": {**text, "description": "Code in place of the quoted lines, or empty."},
    }
    return _list_of("findings", item)


def second_schema() -> dict[str, Any]:
    """The schema of a second look."""
    item = {
        "index": {"type": "integer"},
        "stands": {"type": "boolean"},
        "severity": {"type": "string", "enum": _SEVERITIES},
        "reason": {"type": "string"},
    }
    return _list_of("verdicts", item)


def _list_of(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    item = {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name],
        "properties": {name: {"type": "array", "items": item}},
    }


def parse_findings(text: str, rules: Sequence[str]) -> tuple[Said, ...]:
    """The findings of an answer. Raises Malformed with the first fault."""
    return tuple(_said(row, f"findings[{n}]", rules) for n, row in _rows(text, "findings"))


def parse_second(text: str) -> tuple[Second, ...]:
    """The verdicts of a second look. Raises Malformed with the first fault."""
    found = []
    for n, row in _rows(text, "verdicts"):
        where = f"verdicts[{n}]"
        _exactly(row, {"index", "stands", "severity", "reason"}, where)
        if type(row["index"]) is not int or not isinstance(row["stands"], bool):
            raise Malformed(f"{where}: index must be an integer, and stands true or false")
        found.append(Second(row["index"], row["stands"], _severity(row["severity"], where)))
    return tuple(found)


def _rows(text: str, name: str) -> list[tuple[int, Mapping[str, Any]]]:
    if len(text) > MAX_CHARS:
        raise Malformed(f"the answer has {len(text)} characters, more than {MAX_CHARS}")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {error}") from None
    rows = data.get(name) if isinstance(data, dict) and set(data) == {name} else None
    if not isinstance(rows, list):
        raise Malformed(f'the answer must be one object with the key "{name}", a list')
    if len(rows) > MAX_ITEMS:
        raise Malformed(f"{len(rows)} {name}, more than {MAX_ITEMS}")
    for n, row in enumerate(rows):
        if not isinstance(row, dict):
            raise Malformed(f"{name}[{n}] must be an object")
    return list(enumerate(rows))


def _said(row: Mapping[str, Any], where: str, rules: Sequence[str]) -> Said:
    _exactly(row, {*_LENGTHS, "line", "rule", "severity", "confidence"}, where)
    texts = {name: _text(row[name], f"{where}.{name}", most) for name, most in _LENGTHS.items()}
    line, confidence = row["line"], row["confidence"]
    if type(line) is not int or line < 0:
        raise Malformed(f"{where}.line must be an integer from 0")
    if type(confidence) not in (int, float) or not 0 <= confidence <= 1:
        raise Malformed(f"{where}.confidence must be a number from 0 to 1")
    if row["rule"] not in (*rules, OTHER):
        raise Malformed(f"{where}.rule must be one of {', '.join((*rules, OTHER))}")
    for name in ("path", "quote", "message"):
        if not texts[name].strip():
            raise Malformed(f"{where}.{name} is empty")
    return Said(
        line=line,
        rule=row["rule"],
        severity=_severity(row["severity"], where),
        confidence=float(confidence),
        **texts,
    )


def _exactly(row: Mapping[str, Any], names: set[str], where: str) -> None:
    if missing := sorted(names - set(row)):
        raise Malformed(f"{where} lacks {', '.join(missing)}")
    if set(row) - names:
        raise Malformed(f"{where} has keys that the schema does not name")


def _text(value: object, where: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise Malformed(f"{where} must be a text of at most {most} characters")
    return value


def _severity(value: object, where: str) -> Severity:
    if value not in _SEVERITIES:
        raise Malformed(f"{where}.severity must be one of {', '.join(_SEVERITIES)}")
    return Severity.parse(str(value))

"""What a model may answer: the JSON Schema that it is given, and the check of what it gives.

An answer that does not fit goes back to the model with the reason. Nothing is repaired, and
nothing beyond the schema is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.redaction import redact
from synapse_bot.domain.remark import Position
from synapse_bot.domain.severity import Severity
from synapse_bot.specialist.strict import Malformed, closed, exactly, list_of, parse_object, text_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

MAX_CHARS = 200_000
MAX_ITEMS = 200
OTHER = "other"
_SEVERITIES = [str(severity) for severity in Severity]
_POSITIONS = [str(position) for position in Position]
_HINT_LENGTHS = {"path": 1_000, "quote": 4_000, "reason": 1_000}
_LENGTHS = {"path": 1_000, "quote": 4_000, "message": 1_000, "fix": 1_000, "replacement": 8_000}


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


@dataclass(frozen=True, slots=True)
class OnHint:
    """What the second look says of hint ``index``, a finding of a tool; ``quote`` is its proof."""

    index: int
    position: Position
    severity: Severity
    path: str
    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class SecondLook:
    verdicts: tuple[Second, ...] = ()
    hints: tuple[OnHint, ...] = ()


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
    return closed({"findings": list_of(item)})


def second_schema() -> dict[str, Any]:
    """The schema of a second look: at findings, and at the hints that tools gave."""
    text = {"type": "string"}
    severity = {"type": "string", "enum": _SEVERITIES}
    verdict = {
        "index": {"type": "integer"},
        "stands": {"type": "boolean"},
        "severity": severity,
        "reason": text,
    }
    hint = {
        "index": {"type": "integer"},
        "position": {"type": "string", "enum": _POSITIONS},
        "severity": severity,
        "path": {"type": "string", "description": "The file that the quote is from."},
        "quote": {**text, "description": "The lines that show it, copied exactly."},
        "reason": text,
    }
    return closed({"verdicts": list_of(verdict), "hints": list_of(hint)})


def parse_findings(text: str, rules: Sequence[str]) -> tuple[Said, ...]:
    """The findings of an answer. Raises Malformed with the first fault."""
    data = _object(text, {"findings"})
    return tuple(_said(row, where, rules) for where, row in _rows(data, "findings"))


def parse_second(text: str) -> SecondLook:
    """The verdicts of a second look, and what it says of hints. Raises Malformed.

    An answer that leaves out the hints says nothing of them, as one that lists none.
    """
    data = _object(text, {"verdicts", "hints"}, optional={"hints"})
    return SecondLook(
        tuple(_second(row, where) for where, row in _rows(data, "verdicts")),
        tuple(_on_hint(row, where) for where, row in _rows(data, "hints")),
    )


def masked(text: str) -> str:
    """The JSON ``text`` with every secret in its strings masked: what may be written down."""

    def mask(value: Any) -> Any:
        match value:
            case str():
                return redact(value)
            case list():
                return [mask(item) for item in value]
            case dict():
                return {redact(key): mask(item) for key, item in value.items()}
            case _:
                return value

    return json.dumps(mask(json.loads(text)), separators=(",", ":"))


def _second(row: Mapping[str, Any], where: str) -> Second:
    exactly(row, {"index", "stands", "severity", "reason"}, where)
    if type(row["index"]) is not int or not isinstance(row["stands"], bool):
        raise Malformed(f"{where}: index must be an integer, and stands true or false")
    return Second(row["index"], row["stands"], _severity(row["severity"], where))


def _on_hint(row: Mapping[str, Any], where: str) -> OnHint:
    exactly(row, {"index", "position", "severity", *_HINT_LENGTHS}, where)
    if type(row["index"]) is not int:
        raise Malformed(f"{where}.index must be an integer")
    if row["position"] not in _POSITIONS:
        raise Malformed(f"{where}.position must be one of {', '.join(_POSITIONS)}")
    return OnHint(
        index=row["index"],
        position=Position(row["position"]),
        severity=_severity(row["severity"], where),
        **{name: text_in(row[name], f"{where}.{name}", n) for name, n in _HINT_LENGTHS.items()},
    )


def _object(
    text: str, names: set[str], optional: AbstractSet[str] = frozenset()
) -> Mapping[str, Any]:
    """``text`` as an object with the keys ``names``."""
    data = parse_object(text, MAX_CHARS)
    if not names - optional <= set(data) <= names:
        keys = " and ".join(f'"{name}"' for name in sorted(names))
        raise Malformed(f"the answer must be one object with the key {keys}, a list")
    return data


def _rows(data: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of the list ``name``, each with where it stands."""
    rows = data.get(name, [])
    if not isinstance(rows, list):
        raise Malformed(f"{name} must be a list")
    if len(rows) > MAX_ITEMS:
        raise Malformed(f"{len(rows)} {name}, more than {MAX_ITEMS}")
    for n, row in enumerate(rows):
        if not isinstance(row, dict):
            raise Malformed(f"{name}[{n}] must be an object")
        yield f"{name}[{n}]", row


def _said(row: Mapping[str, Any], where: str, rules: Sequence[str]) -> Said:
    exactly(row, {*_LENGTHS, "line", "rule", "severity", "confidence"}, where)
    texts = {name: text_in(row[name], f"{where}.{name}", most) for name, most in _LENGTHS.items()}
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


def _severity(value: object, where: str) -> Severity:
    if value not in _SEVERITIES:
        raise Malformed(f"{where}.severity must be one of {', '.join(_SEVERITIES)}")
    return Severity.parse(str(value))

"""What a model may answer in a debate: one argument, and the check that it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_bot.domain.debate import Argument, Reference, ReferenceKind
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.severity import Severity
from synapse_bot.specialist.strict import Malformed, closed, exactly, parse_object, text_in

if TYPE_CHECKING:
    pass

MAX_CHARS = 20_000
MAX_REFERENCES = 20
NONE = "none"  # the severity of what does not stand
_SEVERITIES = (NONE, *(str(severity) for severity in Severity))
_KINDS = tuple(str(kind) for kind in ReferenceKind)
_LENGTHS = {"claim": 1_000, "quote": 2_000}
_MAX_REFERENCE = 1_000


def argument_schema() -> dict[str, Any]:
    """Strict enough for every provider: all keys, and no others."""
    reference = closed(
        {
            "kind": {"type": "string", "enum": list(_KINDS)},
            "text": {"type": "string", "description": "path:line, or an id of the input."},
        }
    )
    return closed(
        {
            "severity": {"type": "string", "enum": list(_SEVERITIES)},
            "claim": {"type": "string", "description": "Why, in one to three sentences."},
            "quote": {"type": "string", "description": "The decisive lines, copied exactly."},
            "references": {"type": "array", "items": reference},
        }
    )


def parse_argument(text: str, by: str, speaker: str) -> Argument:
    """The argument of ``speaker`` for ``by``, secrets masked. Raises Malformed for the first fault.

    Its references are not checked yet.
    """
    row = parse_object(text, MAX_CHARS)
    exactly(row, {"severity", "claim", "quote", "references"}, "the answer")
    if row["severity"] not in _SEVERITIES:
        raise Malformed(f"severity must be one of {', '.join(_SEVERITIES)}")
    texts = {name: text_in(row[name], name, most) for name, most in _LENGTHS.items()}
    if not texts["claim"].strip():
        raise Malformed("claim is empty")
    severity = row["severity"]
    return Argument(
        by=by,
        speaker=speaker,
        position=None if severity == NONE else Severity.parse(severity),
        claim=redact(" ".join(texts["claim"].split())),
        evidence=redact(texts["quote"].strip("\n")),
        references=_references(row["references"]),
    )


def _references(rows: object) -> tuple[Reference, ...]:
    if not isinstance(rows, list) or len(rows) > MAX_REFERENCES:
        raise Malformed(f"references must be a list of at most {MAX_REFERENCES}")
    found = []
    for number, row in enumerate(rows):
        where = f"references[{number}]"
        if not isinstance(row, dict):
            raise Malformed(f"{where} must be an object")
        exactly(row, {"kind", "text"}, where)
        if row["kind"] not in _KINDS:
            raise Malformed(f"{where}.kind must be one of {', '.join(_KINDS)}")
        text = text_in(row["text"], f"{where}.text", _MAX_REFERENCE)
        found.append(Reference(ReferenceKind(row["kind"]), redact(text.strip())))
    return tuple(found)

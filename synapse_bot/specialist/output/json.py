"""JSON documents and JSON lines, mapped by dotted paths."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from synapse_bot.specialist.output.base import (
    OutputGarbage,
    RawFinding,
    bounded,
    decode,
    parse_json,
)
from synapse_bot.specialist.output.edits import ruff_edits, rule_edits
from synapse_bot.specialist.output.lookup import every, items_at, to_raw

if TYPE_CHECKING:
    from synapse_bot.domain.spec import OutputSpec


def read_json(data: bytes, spec: OutputSpec) -> tuple[RawFinding, ...]:
    """One document; ``spec.items`` is the path of its list of results, "" for the document."""
    return _findings(items_at(parse_json(decode(data)), spec.items), spec)


def read_jsonl(data: bytes, spec: OutputSpec) -> tuple[RawFinding, ...]:
    """One object a line; ``spec.items`` is the path of the result in it. No line: no finding."""
    items: list[Any] = []
    for line in decode(data).split("\n"):
        if line.strip():
            value = parse_json(line)
            if not isinstance(value, dict):
                raise OutputGarbage("a line is not a JSON object")
            items += every(value, spec.items)
    return _findings(items, spec)


def _findings(items: list[Any], spec: OutputSpec) -> tuple[RawFinding, ...]:
    if any(not isinstance(item, dict) for item in items):
        raise OutputGarbage("a result is not an object")
    raws = ((item, to_raw(item, spec)) for item in items)
    edited = (replace(raw, edits=ruff_edits(item) or rule_edits(item)) for item, raw in raws if raw)
    return bounded(list(edited))

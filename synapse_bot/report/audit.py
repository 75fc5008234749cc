"""The audit JSON: everything that a review knew, said and left out, versioned.

docs/schema/audit.schema.json describes it; audit_schema.py is where that file comes from.
"""

from __future__ import annotations

import json
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.review import Review
from synapse_bot.report.codec import decode, encode, entries_of
from synapse_bot.report.jsontext import dump
from synapse_bot.report.redacted import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "synapse-bot/audit/1"
# These differ between equal reviews.
_VOLATILE = frozenset({"inherited", "seconds", "started_at", "timings"})


def render_audit(review: Review) -> str:
    """``review`` as JSON, secrets masked; keys in one order, mappings and sets sorted."""
    body = _text(redacted(review), "").removeprefix("{\n")
    return f'{{\n  "schema": {dump(SCHEMA)},\n{body}\n'


# So deep the text is put together piece by piece: a review of thousands of findings as one tree
# of plain data would take several times the memory of its text.
_PIECEWISE = len("  " * 4)


def _text(value: object, margin: str) -> str:
    """``value`` as ``dump(encode(value))`` writes it, later lines moved in by ``margin``."""
    inner = f"{margin}  "
    if len(margin) < _PIECEWISE and isinstance(value, tuple) and value:
        items = ",\n".join(f"{inner}{_text(item, inner)}" for item in value)
        return f"[\n{items}\n{margin}]"
    if len(margin) < _PIECEWISE and is_dataclass(value) and not isinstance(value, type):
        entries = ",\n".join(
            f"{inner}{dump(key)}: {_text(item, inner)}" for key, item in entries_of(value)
        )
        return f"{{\n{entries}\n{margin}}}"
    return dump(encode(value)).replace("\n", f"\n{margin}")


def parse_audit(text: str) -> Review:
    """The Review that ``text`` records. Raises ValueError when it is not an audit of SCHEMA."""
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else type(data).__name__
        raise ValueError(f"not an audit of {SCHEMA}: {found!r:.60}")
    return decode(Review, data)


def stable(audit_text: str) -> str:
    """``audit_text`` without id, timings and heritage: equal for two reviews of the same input."""
    data: Mapping[str, Any] = json.loads(audit_text)
    return dump(_without_volatile({key: data[key] for key in data if key != "id"})) + "\n"


def _without_volatile(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_volatile(item) for k, item in value.items() if k not in _VOLATILE}
    if isinstance(value, list):
        return [_without_volatile(item) for item in value]
    return value

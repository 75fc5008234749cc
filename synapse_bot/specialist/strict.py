"""JSON that a model answers with, held to its schema: nothing is repaired, nothing more is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Malformed(ValueError):
    """An answer that does not fit the schema; the text is told to the model."""


def closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object with all of ``properties`` and no others, as every provider asks."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


def list_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a list of such objects."""
    return {"type": "array", "items": closed(properties)}


def parse_object(text: str, max_chars: int) -> Mapping[str, Any]:
    """``text`` as one JSON object. Raises Malformed."""
    if len(text) > max_chars:
        raise Malformed(f"the answer has {len(text)} characters, more than {max_chars}")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise Malformed("the answer must be one object")
    return data


def exactly(row: Mapping[str, Any], names: set[str], where: str) -> None:
    """Raises Malformed unless ``row`` has the keys ``names`` and no others."""
    if missing := sorted(names - set(row)):
        raise Malformed(f"{where} lacks {', '.join(missing)}")
    if set(row) - names:
        raise Malformed(f"{where} has keys that the schema does not name")


def text_in(value: object, where: str, most: int) -> str:
    """``value`` as a text of at most ``most`` characters. Raises Malformed."""
    if not isinstance(value, str) or len(value) > most:
        raise Malformed(f"{where} must be a text of at most {most} characters")
    return value

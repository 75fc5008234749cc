"""The JSON Schema of `.synapse-bot.yml`, from the table of keys, for editors and for checks.

``x-trust`` on every leaf says who may set it: "repo" (the repository file too) or "host".
"""

from __future__ import annotations

from typing import Any

from synapse_bot.config import values
from synapse_bot.config.keys import ANY_ID, KEYS, Key, children

SETTINGS_VERSION = 1  # raised when a key changes its meaning


def settings_schema() -> dict[str, Any]:
    """The schema as plain data; `config schema settings` prints it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "synapse-bot settings",
        "description": "The file .synapse-bot.yml, read at the base revision of a change.",
        **_section(""),
    }


def _section(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": ["object", "null"], "additionalProperties": False}
    properties = {}
    for word in children(name):
        inner = _leaf_or_section(f"{name}.{word}" if name else word)
        if word == ANY_ID:
            schema["patternProperties"] = {values.ID_PATTERN: inner}
        else:
            properties[word] = inner
    return {**schema, "properties": properties}


def _leaf_or_section(name: str) -> dict[str, Any]:
    key = KEYS.get(name)
    return _section(name) if key is None else _leaf(key)


def _leaf(key: Key) -> dict[str, Any]:
    schema = {"description": key.about, **key.kind.schema, "x-trust": key.trust.value}
    if ANY_ID not in key.name:
        schema["default"] = plain_default(key)
    return schema


def plain_default(key: Key) -> object:
    """The default as it would stand in the file."""
    return key.kind.spell(key.default)

"""The JSON Schema of the audit, derived from the domain's own annotations.

python -m synapse_bot.report.audit_schema > docs/schema/audit.schema.json
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from inspect import cleandoc
from typing import Any, Literal, Union, get_args, get_origin

from synapse_bot.domain.review import Review
from synapse_bot.domain.severity import Severity
from synapse_bot.report.audit import SCHEMA
from synapse_bot.report.codec import encode, hints, tag_of

Json = dict[str, Any]

_SCALARS: dict[Any, Json] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    object: {},
}


def audit_schema() -> Json:
    """JSON Schema 2020-12 for what render_audit writes."""
    definitions: dict[str, Json] = {}
    _define(Review, definitions)
    root = definitions.pop("Review")
    root["properties"] = {"schema": {"const": SCHEMA}, **root["properties"]}
    root["required"] = ["schema", *root["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The audit of one synapse-bot review",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _define(cls: type, definitions: dict[str, Json]) -> Json:
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}  # a place, should the class name itself
        definitions[cls.__name__] = _object(cls, definitions)
    return {"$ref": f"#/$defs/{cls.__name__}"}


def _object(cls: type, definitions: dict[str, Json]) -> Json:
    tag = tag_of(cls)
    properties: Json = {"kind": {"const": tag}} if tag else {}
    required = list(properties)
    for field in fields(cls):
        name = f"{tag}_{field.name}" if tag and field.name == "kind" else field.name
        properties[name] = _of(hints(cls)[field.name], definitions)
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(name)
    return {
        "description": cleandoc(cls.__doc__ or cls.__name__).split("\n\n")[0].replace("\n", " "),
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": required,
    }


def _of(wanted: Any, definitions: dict[str, Json]) -> Json:
    origin, arguments = get_origin(wanted), get_args(wanted)
    if wanted in _SCALARS:
        return dict(_SCALARS[wanted])
    if wanted is type(None):
        return {"type": "null"}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(member, definitions) for member in arguments]}
    if origin in (tuple, frozenset):
        unique = {"uniqueItems": True} if origin is frozenset else {}
        return {"type": "array", "items": _of(arguments[0], definitions), **unique}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if origin is Literal:
        return {"enum": list(arguments)}
    if is_dataclass(wanted):
        return _define(wanted, definitions)  # type: ignore[arg-type]
    if issubclass(wanted, Severity | Enum):
        return {"enum": [encode(member) for member in wanted]}
    raise TypeError(f"no schema for {wanted}")

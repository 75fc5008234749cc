"""Domain values to plain JSON data and back, led by their type annotations.

A new optional field of a domain class joins the audit by itself; a class that the codec cannot
read makes the tests fail rather than the audit lie.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from synapse_bot.domain import (
    change,
    coverage,
    debate,
    finding,
    negotiation,
    opinion,
    plan,
    remark,
    review,
    severity,
    spec,
    usage,
)

T = TypeVar("T")
Json = Any

# Annotations name classes that their modules import for type checking only.
_NAMES: dict[str, Any] = {"Mapping": Mapping}
for _module in (
    change,
    coverage,
    debate,
    finding,
    negotiation,
    opinion,
    plan,
    remark,
    review,
    severity,
    spec,
    usage,
):
    _NAMES |= {name: cls for name, cls in vars(_module).items() if isinstance(cls, type)}

# Members of a union of classes carry this word in the key "kind".
_TAGS: dict[type, str] = {
    opinion.Opinion: "opinion",
    opinion.Failed: "failed",
    opinion.Skipped: "skipped",
}


@cache
def hints(cls: type) -> Mapping[str, Any]:
    """Field name -> resolved annotation, in the order of the declaration."""
    resolved = get_type_hints(cls, localns=_NAMES)
    return {field.name: resolved[field.name] for field in fields(cls)}


def tag_of(cls: type) -> str | None:
    return _TAGS.get(cls)


def encode(value: object) -> Json:
    """``value`` as JSON data: fields in their order, mappings and sets sorted."""
    if isinstance(value, severity.Severity):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, frozenset | set):
        return sorted(encode(item) for item in value)
    if isinstance(value, Mapping):
        return {str(key): encode(value[key]) for key in sorted(value, key=str)}
    if is_dataclass(value) and not isinstance(value, type):
        return _encode_dataclass(value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _encode_dataclass(value: object) -> dict[str, Json]:
    return {key: encode(item) for key, item in entries_of(value)}


def entries_of(value: object) -> Iterator[tuple[str, object]]:
    """The keys of a dataclass in JSON, with the values that are still to be encoded."""
    cls = cast("type", type(value))
    if tag := _TAGS.get(cls):
        yield "kind", tag
    for name in hints(cls):
        # Failed has a field "kind" of its own, so the tag's neighbour is renamed.
        yield _key(cls, name), getattr(value, name)


def _key(cls: type, name: str) -> str:
    return f"{_TAGS[cls]}_{name}" if name == "kind" and cls in _TAGS else name


def decode(cls: type[T], data: Json) -> T:
    """The inverse of ``encode``. Raises ValueError, naming the field, for data of another shape.

    ``cls`` may be a union, or a tuple of one class, too.
    """
    return cast("T", _decode(cls, data, getattr(cls, "__name__", str(cls))))


def _decode(wanted: Any, data: Json, where: str) -> Any:
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        return _decode_union(arguments, data, where)
    if origin is tuple:
        return tuple(_decode(arguments[0], item, where) for item in _expect(data, list, where))
    if origin is frozenset:
        return frozenset(_decode(arguments[0], item, where) for item in _expect(data, list, where))
    if origin is Mapping:
        items = _expect(data, dict, where).items()
        return {key: _decode(arguments[1], item, f"{where}.{key}") for key, item in items}
    if origin is Literal:
        return _one_of(data, arguments, where)
    if wanted is object:
        return data
    if is_dataclass(wanted):
        return _decode_dataclass(cast("type", wanted), _expect(data, dict, where), where)
    if wanted is severity.Severity:
        return _called(severity.Severity.parse, data, where)
    if issubclass(wanted, Enum):
        return _called(wanted, data, where)
    if wanted is float:
        return float(_expect(data, int | float, where))
    return _expect(data, wanted, where)


def _decode_union(members: tuple[Any, ...], data: Json, where: str) -> Any:
    if data is None and type(None) in members:
        return None
    classes = [member for member in members if member is not type(None)]
    if len(classes) == 1:
        return _decode(classes[0], data, where)
    kind = _expect(data, dict, where).get("kind")
    for member in classes:
        if _TAGS.get(member) == kind:
            return _decode(member, data, where)
    raise ValueError(f"{where}: unknown kind {kind!r}")


def _decode_dataclass(cls: type, data: dict[str, Json], where: str) -> Any:
    given = {}
    for field in fields(cls):
        key = _key(cls, field.name)
        if key in data:
            given[field.name] = _decode(hints(cls)[field.name], data[key], f"{where}.{key}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{where}: {key!r} is missing")
    return cls(**given)


def _expect(data: Json, kind: Any, where: str) -> Any:
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise ValueError(f"{where}: expected {getattr(kind, '__name__', kind)}, got {data!r:.40}")
    return data


def _one_of(data: Json, allowed: tuple[Any, ...], where: str) -> Json:
    if data not in allowed:
        raise ValueError(f"{where}: expected one of {allowed}, got {data!r:.40}")
    return data


def _called(parse: Any, data: Json, where: str) -> Any:
    try:
        return parse(data)
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{where}: {error}") from None

"""Any value of the domain with the secrets in its strings masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TypeVar, cast

from synapse_bot.domain.redaction import redact

T = TypeVar("T")


def redacted(value: T) -> T:
    """``value`` itself where it holds no secret, else a copy without. Enums stay as they are."""
    return cast("T", _walk(value, {}))


def _walk(value: object, seen: dict[object, object]) -> object:
    """``seen`` maps a text, or the id of a dataclass, to what it became.

    Claims and opinions share their findings, and findings of one rule share most of their words.
    """
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        if value not in seen:
            seen[value] = redact(value)
        return seen[value]
    if isinstance(value, tuple | list | frozenset):
        items = [_walk(item, seen) for item in value]
        return (
            value if all(a is b for a, b in zip(items, value, strict=True)) else type(value)(items)
        )
    if isinstance(value, Mapping):
        return {_walk(key, seen): _walk(item, seen) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        if id(value) not in seen:
            seen[id(value)] = _walk_dataclass(value, seen)
        return seen[id(value)]
    return value


def _walk_dataclass(value: object, seen: dict[object, object]) -> object:
    changed = {}
    for field in fields(value):  # type: ignore[arg-type]
        old = getattr(value, field.name)
        new = _walk(old, seen)
        if new is not old and new != old:
            changed[field.name] = new
    return replace(value, **changed) if changed else value  # type: ignore[type-var]

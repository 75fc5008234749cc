"""The kinds of value that a setting may have: how each is read, checked and described.

A kind takes what YAML gives (``parse``) or the text of an option or variable (``read``, then
``parse``), and knows its JSON Schema. Plain functions instead of pydantic: settings are read on
every run, and importing pydantic costs more than everything else here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from synapse_bot.config.document import nearest, plain_value
from synapse_bot.config.durations import parse_duration, render_duration
from synapse_bot.domain.globs import glob_fault
from synapse_bot.domain.severity import Severity

ID_PATTERN = "^[a-z][a-z0-9-]*$"
DURATION_PATTERN = r"^(\d{1,6}(\.\d{1,3})?(h|ms|m|s)){1,4}$"
MAX_ITEMS = 1000

JsonSchema = dict[str, Any]


def _split(text: str) -> object:
    return [word.strip() for word in text.split(",") if word.strip()]


def to_plain(value: object) -> object:
    """A parsed value as JSON would hold it, for digests, caches and `config show`."""
    if isinstance(value, Severity):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list | frozenset):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in sorted(value.items())}
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """``parse`` raises ValueError with what is wrong, and the nearest valid word where it can.

    ``spell`` is its inverse: the value as a file would hold it.
    """

    parse: Callable[[object], object]
    schema: JsonSchema
    read: Callable[[str], object] = plain_value
    spell: Callable[[object], object] = to_plain


def is_id(text: str) -> bool:
    """Whether ``text`` may name a specialist, an action or a rule: kebab-case, a letter first."""
    plain = text.isascii() and text.replace("-", "").isalnum() and text == text.lower()
    return plain and text[:1].isalpha() and len(text) <= 100


def checked_id(value: str) -> str:
    """``value``. Raises ValueError where it is not an id."""
    if not is_id(value):
        raise ValueError(f"{value[:60]!r} is not an id: lower case, digits, hyphens")
    return value


def checked_glob(value: str) -> str:
    """``value``. Raises ValueError, with the fault, where it is not a glob."""
    if fault := glob_fault(value):
        raise ValueError(f"bad glob {value[:60]!r}: {fault}")
    return value


def one_of(*words: str) -> Kind:
    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            near = nearest(str(value), list(words))
            hint = near if "did you mean" in near else ""
            raise ValueError(f"must be one of {', '.join(words)}, not {_shown(value)}{hint}")
        return value

    return Kind(parse, {"enum": list(words)}, str)


def enum_of(members: type[Enum]) -> Kind:
    words = one_of(*(str(member.value) for member in members))
    return Kind(lambda value: members(words.parse(value)), words.schema, str)


def switch_of(members: type[Enum]) -> Kind:
    """An enum two of whose members are "true" and "false", which YAML reads as booleans."""
    plain = enum_of(members)

    def parse(value: object) -> object:
        return plain.parse(str(value).lower() if isinstance(value, bool) else value)

    words = [member.value for member in members if member.value not in ("true", "false")]
    schema = {"enum": [True, False, *words, "true", "false"]}
    return Kind(parse, schema, str)


_SEVERITIES = tuple(str(severity) for severity in Severity)


def severity() -> Kind:
    words = one_of(*_SEVERITIES)
    return Kind(lambda value: Severity.parse(str(words.parse(value))), words.schema, str)


def severity_or_never() -> Kind:
    words = one_of(*_SEVERITIES, "never")

    def parse(value: object) -> Severity | None:
        word = str(words.parse(value))
        return None if word == "never" else Severity.parse(word)

    return Kind(parse, words.schema, str, lambda value: "never" if value is None else str(value))


def number(low: float, high: float) -> Kind:
    def parse(value: object) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise ValueError(f"must be a number, not {_shown(value)}")
        if not low <= value <= high:
            raise ValueError(f"must be from {low:g} to {high:g}, not {value:g}")
        return float(value)

    return Kind(parse, {"type": "number", "minimum": low, "maximum": high})


def integer(low: int, high: int) -> Kind:
    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be a whole number, not {_shown(value)}")
        if not low <= value <= high:
            raise ValueError(f"must be from {low} to {high}, not {value}")
        return value

    return Kind(parse, {"type": "integer", "minimum": low, "maximum": high})


def boolean() -> Kind:
    def parse(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"must be true or false, not {_shown(value)}")
        return value

    return Kind(parse, {"type": "boolean"})


def duration(low_s: float, high_s: float) -> Kind:
    def parse(value: object) -> float:
        seconds = parse_duration(value)
        if not low_s <= seconds <= high_s:
            low, high = render_duration(low_s), render_duration(high_s)
            raise ValueError(f"must be from {low} to {high}, not {value}")
        return seconds

    def spell(value: object) -> object:
        return render_duration(value) if isinstance(value, float) else value

    return Kind(parse, {"type": "string", "pattern": DURATION_PATTERN}, str, spell)


def text() -> Kind:
    def parse(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"must be text, not {_shown(value)}")
        return value

    return Kind(parse, {"type": "string"}, str)


def _items(value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list, not {_shown(value)}: write [a, b]")
    if len(value) > MAX_ITEMS:
        raise ValueError(f"more than {MAX_ITEMS} items")
    for item in value:
        if not isinstance(item, str):
            raise ValueError(f"must hold text only, not {_shown(item)} (quote it)")
    return list(value)


def one_id() -> Kind:
    def parse(value: object) -> str:
        if not isinstance(value, str) or not is_id(value):
            raise ValueError(f"{_shown(value)} is not an id: lower case, digits and hyphens")
        return value

    return Kind(parse, {"type": "string", "pattern": ID_PATTERN}, str)


def ids() -> Kind:
    def parse(value: object) -> tuple[str, ...]:
        words = _items(value)
        for word in words:
            if not is_id(word):
                raise ValueError(f"{word[:60]!r} is not an id: lower case, digits and hyphens")
        return tuple(words)

    item = {"type": "string", "pattern": ID_PATTERN}
    return Kind(parse, {"type": "array", "items": item}, _split)


def globs() -> Kind:
    def parse(value: object) -> tuple[str, ...]:
        words = _items(value)
        for word in words:
            if fault := glob_fault(word):
                raise ValueError(f"bad glob {word[:60]!r}: {fault}")
        return tuple(words)

    return Kind(parse, {"type": "array", "items": {"type": "string"}}, _split)


def commands() -> Kind:
    """Names of commands; true allows any (kept as "*"), false none."""

    def parse(value: object) -> tuple[str, ...]:
        if isinstance(value, bool):
            return ("*",) if value else ()
        words = _items(value)
        for word in words:
            if not word or "/" in word or "\\" in word:
                raise ValueError(f"{word[:60]!r} is not the bare name of a command")
        return tuple(words)

    def read(word: str) -> object:
        plain = plain_value(word)
        return plain if isinstance(plain, bool) else _split(word)

    item: JsonSchema = {"type": "array", "items": {"type": "string"}}
    return Kind(parse, {"anyOf": [{"type": "boolean"}, item]}, read)


def severities() -> Kind:
    """A mapping from a tool's word for a severity to ours."""

    def parse(value: object) -> Mapping[str, Severity]:
        if not isinstance(value, dict):
            raise ValueError(f"must be a mapping, not {_shown(value)}")
        return {str(word): _named(word, ours) for word, ours in value.items()}

    def read(word: str) -> object:
        pairs = [pair.partition("=") for pair in word.split(",") if pair.strip()]
        return {key.strip(): value.strip() for key, _, value in pairs}

    values: JsonSchema = {"enum": list(_SEVERITIES)}
    return Kind(parse, {"type": "object", "additionalProperties": values}, read)


_LABEL = re.compile(r"[^\x00-\x1f\x7f,]{1,50}")  # GitHub takes 50 characters, GitLab no comma


def labels(*occasions: str) -> Kind:
    """A mapping from one of ``occasions`` to a label of the forge."""
    known = one_of(*occasions)

    def parse(value: object) -> Mapping[str, str]:
        if not isinstance(value, dict):
            raise ValueError(f"must be a mapping, not {_shown(value)}")
        return {str(known.parse(key)): _label(item) for key, item in value.items()}

    def read(word: str) -> object:
        pairs = [pair.partition("=") for pair in word.split(",") if pair.strip()]
        return {key.strip(): value.strip() for key, _, value in pairs}

    label: JsonSchema = {"type": "string", "pattern": f"^{_LABEL.pattern}$"}
    schema: JsonSchema = {
        "type": "object",
        "propertyNames": {"enum": list(occasions)},
        "additionalProperties": label,
    }
    return Kind(parse, schema, read)


def _label(value: object) -> str:
    if not isinstance(value, str) or not _LABEL.fullmatch(value):
        raise ValueError(f"{_shown(value)} is not a label: 1 to 50 characters, without a comma")
    return value


def _named(word: object, ours: object) -> Severity:
    try:
        return Severity.parse(str(severity_word(ours)))
    except ValueError as error:
        raise ValueError(f"{word}: {error}") from None


severity_word = one_of(*_SEVERITIES).parse


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return repr(value)[:60]

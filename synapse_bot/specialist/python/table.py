"""rules/static/flow/python: what text of a caller must not reach, as a table that is asked by name.

Patterns are dotted names: "*." is any object, {a,b} either. They are expanded once and looked up
by their last part, so that a call costs one look in a dict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synapse_bot.config.compiled import compiled
from synapse_bot.config.document import check, parse_document, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("sources.yaml", "sinks.yaml", "settings.yaml")
_REMEMBERED = 20_000  # names of which the answer is kept
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Sink:
    """A call that does harm by ``slots``: positions, keywords, "self", or a word of checks.

    ``where`` are conditions on other arguments, ``text`` a shape that the value must have,
    ``weak`` what its confidence is less than the rule's.
    """

    rule: str
    slots: tuple[int | str, ...]
    receiver: re.Pattern[str] | None = None
    where: tuple[str, ...] = ()
    text: str = ""
    weak: float = 0.0


@dataclass(frozen=True)
class FlowRule:
    id: str
    message: str
    severity: str
    confidence: float
    kinds: frozenset[str] = frozenset()  # of the values that harm; empty: every kind


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a framework that is unsafe with ``value``."""

    name: str
    value: object
    rule: str
    severity: str
    confidence: float
    message: str


@dataclass(frozen=True)
class Names:
    """A set of patterns of dotted names, each with what it stands for."""

    by_last: Mapping[str, tuple[tuple[re.Pattern[str], Any], ...]] = field(default_factory=dict)
    _known: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def all(self, name: str) -> tuple[Any, ...]:
        """What the patterns that match ``name`` stand for."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            last = name.rpartition(".")[2]
            rows = (*self.by_last.get(last, ()), *self.by_last.get("*", ()))
            known = tuple(meaning for pattern, meaning in rows if pattern.match(name))
            self._known[name] = known
        return known

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.all(name))


@dataclass(frozen=True)
class FlowTable:
    rules: Mapping[str, FlowRule]
    settings: Mapping[str, Setting]
    sinks: Names
    cleaners: Names  # -> the rule that the call's value is harmless to
    clean: Names
    carry: Names
    text: Names
    objects: Names
    model: Names
    never: Names
    request_names: frozenset[str]
    request_text: frozenset[str]
    request_objects: frozenset[str]
    checks: re.Pattern[str]


@lru_cache(maxsize=4)
def load_table(folder: Path, cache_dir: Path | None = None) -> FlowTable:
    """The table in ``folder``. Raises ConfigInvalid with file:line for every fault."""
    raws = [read_bytes(folder / name) for name in FILES]
    data: dict[str, Any] = compiled(
        cache_dir, "python-flow", b"\0".join(raws), lambda: _parse(raws), dict, dict, (__file__,)
    )
    return _table(data)


def _parse(raws: list[bytes]) -> dict[str, Any]:
    from synapse_bot.specialist.python.schema import SettingsFile, SinksFile, SourcesFile

    sources, sinks, settings = (
        parse_document(raw, f"rules/static/flow/python/{name}")
        for raw, name in zip(raws, FILES, strict=True)
    )
    return {
        "sources": check(sources, SourcesFile).model_dump(by_alias=True),
        "rules": check(sinks, SinksFile).model_dump()["rules"],
        "settings": check(settings, SettingsFile).model_dump()["settings"],
    }


def _table(data: dict[str, Any]) -> FlowTable:
    sources, rows = data["sources"], data["rules"]
    sinks = [
        (
            sink["call"],
            Sink(
                rule,
                tuple(sink["slots"]),
                re.compile(sink["receiver"]) if sink["receiver"] else None,
                tuple(sink["where"].split()),
                sink["text"],
                sink["weak"],
            ),
        )
        for rule, row in rows.items()
        for sink in row["sinks"]
    ]
    return FlowTable(
        rules={
            rule: FlowRule(
                rule, row["message"], row["severity"], row["confidence"], frozenset(row["kinds"])
            )
            for rule, row in rows.items()
        },
        settings={row["name"]: Setting(**row) for row in data["settings"]},
        sinks=names(sinks),
        cleaners=names((call, rule) for rule, row in rows.items() for call in row["cleans"]),
        **{
            key: names((call, True) for call in sources[key])
            for key in ("clean", "carry", "text", "objects", "model")
        },
        never=names((call, True) for call in sources["not"]),
        request_names=frozenset(sources["request"]["names"]),
        request_text=frozenset(sources["request"]["text"]),
        request_objects=frozenset(sources["request"]["objects"]),
        checks=re.compile(sources["checks"]),
    )


def names(entries: Iterable[tuple[str, Any]]) -> Names:
    found: dict[str, list[tuple[re.Pattern[str], Any]]] = {}
    for pattern, meaning in entries:
        for one in expand(pattern):
            last = one.rpartition(".")[2]
            found.setdefault(last, []).append((_compiled(one), meaning))
    return Names({last: tuple(pairs) for last, pairs in found.items()})


def expand(pattern: str) -> Iterator[str]:
    """ "a.{b,c}" is a.b and a.c."""
    braces = _BRACES.search(pattern)
    if braces is None:
        yield pattern
        return
    for choice in braces[1].split(","):
        yield from expand(pattern[: braces.start()] + choice + pattern[braces.end() :])


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".+") + r"\Z")

"""What the flow analysis knows of a value: who may have chosen it, and what its text looks like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

HOLE = "\0"  # stands in a text for what is not constant
MAX_SHAPE = 2_000
EVERY = frozenset({"*"})  # cleaned for every rule

_PINNED_HOST = re.compile(r"(?i)^[a-z][a-z0-9+.-]*://[^/\0?#]+[/?#]")
_PINNED_BASE = re.compile(rf"^{HOLE}[^{HOLE}]*[/?]")
_LATER = frozenset({"open-redirect"})
_PLACES = frozenset({"open-redirect", "ssrf"})
_PINNED_PATH = re.compile(r"^(/[^/\\]|[?#])")


class Kind(StrEnum):
    """Who chose a value."""

    REMOTE = "remote"  # a caller, as text
    JSON = "json"  # a caller, as an object of any shape
    MODEL = "model"  # a language model
    STORED = "stored"  # whoever filled the database: harmless but in a page
    PARAM = "param"  # whoever calls the function: not known yet


@dataclass(frozen=True, slots=True)
class Token:
    """One origin of a value. ``param`` is a parameter's name; ``hops`` the calls on the way."""

    kind: Kind
    param: str = ""
    hops: int = 0


Taints = Mapping[Token, frozenset[str]]  # origin -> the rules that it is harmless to


@dataclass(frozen=True, slots=True)
class Value:
    """``shape`` is its text with a HOLE for each unknown part, None where it is no text.

    ``origin`` is the dotted name of the call or object that gave it, "" where there is none.
    ``direct`` is true of text that was formatted from parts.
    """

    taints: Taints = field(default_factory=dict)
    shape: str | None = HOLE
    origin: str = ""
    formatted: bool = False

    @property
    def constant(self) -> str | None:
        return self.shape if self.shape is not None and HOLE not in self.shape else None

    def reaches(self, rule: str) -> dict[Token, frozenset[str]]:
        """The origins that can harm by ``rule``."""
        return {
            token: cleaned
            for token, cleaned in self.taints.items()
            if rule not in cleaned
            and "*" not in cleaned
            and (token.kind is not Kind.STORED or rule == "xss")
        }

    def cleaned(self, rules: Iterable[str]) -> Value:
        if not self.taints:
            return self
        more = frozenset(rules)
        return replace(self, taints={t: c | more for t, c in self.taints.items()})

    def plain(self) -> Value:
        """The same origins; nothing known of its text."""
        return Value(self.taints, HOLE, "", self.formatted)

    def farther(self) -> Value:
        taints: dict[Token, frozenset[str]] = {}
        for token, cleaned in self.taints.items():
            _add(taints, replace(token, hops=min(token.hops + 1, 4)), cleaned)
        return Value(taints, HOLE, "", self.formatted)


NOTHING = Value(shape=None)
UNKNOWN = Value()


def source(kind: Kind, param: str = "") -> Value:
    return Value({Token(kind, param): frozenset()})


def text(content: str) -> Value:
    return Value(shape=content[:MAX_SHAPE])


def join(*values: Value) -> Value:
    """Any of ``values``: a branch, a list's elements."""
    if len(values) == 1:
        return values[0]
    taints: dict[Token, frozenset[str]] = {}
    for value in values:
        for token, cleaned in value.taints.items():
            _add(taints, token, cleaned)
    shapes = {value.shape for value in values}
    # Of two texts the one with holes is the one that may do harm.
    holed = [v.shape for v in values if v.shape and HOLE in v.shape and v.shape != HOLE]
    shape = shapes.pop() if len(shapes) == 1 else (holed[0] if holed else HOLE)
    origins = {value.origin for value in values}
    origin = origins.pop() if len(origins) == 1 else ""
    return Value(taints, shape, origin, any(value.formatted for value in values))


def concatenated(parts: Iterable[Value]) -> Value:
    """``parts`` one after the other, as one text."""
    taints: dict[Token, frozenset[str]] = {}
    shape = ""
    told = False  # the start of the text is somebody else's to choose
    for part in parts:
        pinned = pins(shape)
        if told:
            pinned |= _PLACES if _PINNED_BASE.match(shape) else _LATER
        told = told or (shape == "" and part.shape not in ("", None) and not part.taints)
        for token, cleaned in part.taints.items():
            _add(taints, token, cleaned | pinned)
        shape = (shape + (HOLE if part.shape is None else part.shape))[:MAX_SHAPE]
    return Value(taints, shape, "", formatted=True)


def substituted(template: Value, values: Sequence[Value], sign: str) -> Value:
    """``template`` with ``values`` in the places that its text names."""
    shape = template.shape or ""
    pieces = _pieces(shape, sign)
    whole = join(NOTHING, *values)
    ordered = len(values) == len(pieces) - 1
    filled: list[Value] = [Value(template.taints, pieces[0])]
    for index, piece in enumerate(pieces[1:]):
        filled += [values[index] if ordered else Value(whole.taints), text(piece)]
    if len(pieces) == 1:
        filled.append(Value(whole.taints))
    return concatenated(filled)


def _pieces(shape: str, sign: str) -> list[str]:
    places = r"%(?:\(\w*\))?[-#0 +]*\d*(?:\.\d+)?[sra]" if sign == "%" else r"\{[^{}]*\}"
    return re.split(places, shape)


def pins(prefix: str) -> frozenset[str]:
    """The rules that what comes after ``prefix`` cannot break: a host that is already said."""
    if _PINNED_HOST.match(prefix):
        return frozenset({"ssrf", "open-redirect"})
    if _PINNED_PATH.match(prefix):
        return frozenset({"open-redirect"})
    return frozenset()


def _add(taints: dict[Token, frozenset[str]], token: Token, cleaned: frozenset[str]) -> None:
    """An origin that comes two ways is only as clean as the less clean one."""
    taints[token] = taints[token] & cleaned if token in taints else cleaned

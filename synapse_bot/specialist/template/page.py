"""A template as the browser will read it: each printed value with the place where it lands.

HTML's states are followed as far as escaping depends on them: text, tags, quoted and unquoted
attributes, scripts with their strings. Every character is passed once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from synapse_bot.specialist.template.dialects import BRACES, Dialect, Mark

if TYPE_CHECKING:
    from collections.abc import Mapping


class Place(Enum):
    TEXT = "text"
    TAG = "tag"  # among the attributes of a tag
    ATTRIBUTE = "attribute"
    SCRIPT = "script"
    IGNORED = "ignored"  # comments, styles, data


@dataclass(frozen=True, slots=True)
class Spot:
    """``quoted``: in an attribute's quotes, or in a string of a script. ``first``: at the very
    beginning of the attribute."""

    place: Place
    tag: str = ""
    attribute: str = ""
    quoted: bool = True
    first: bool = False


@dataclass(frozen=True, slots=True)
class Printed:
    expression: str
    raw: bool
    line: int
    spot: Spot


@dataclass(frozen=True, slots=True)
class Element:
    """A start tag, or an end tag with "/" before its name. Offsets are into the text."""

    name: str
    attributes: Mapping[str, str]
    lines: Mapping[str, int]  # of each attribute
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    text: str
    dialect: Dialect
    printed: tuple[Printed, ...]
    code: tuple[tuple[str, int], ...]  # what stands in marks of code, with its line
    elements: tuple[Element, ...]


def read_page(text: str, dialect: Dialect) -> Page:
    """Any text is read: what is no HTML has no elements."""
    reader = _Reader(text, dialect)
    reader.read()
    return Page(text, dialect, tuple(reader.printed), tuple(reader.code), tuple(reader.elements))


@dataclass(frozen=True, slots=True)
class _States:
    text: re.Pattern[str]
    tag: re.Pattern[str]
    quoted: Mapping[str, re.Pattern[str]]
    unquoted: re.Pattern[str]
    script: re.Pattern[str]


@cache
def _states(openers: str) -> _States:
    mark = f"(?P<mark>{openers})"
    return _States(
        re.compile(rf"{mark}|(?P<comment><!--)|<(?P<tag>/?[A-Za-z][\w:.-]*)"),
        re.compile(
            rf"{mark}|(?P<end>>)|(?P<name>[^\s\"'<>/=]+)(?P<value>\s*=\s*[\"']?)?|[\s\"'</=]"
        ),
        {quote: re.compile(rf"{mark}|(?P<end>{quote})|<\w+:[^<>]{{0,300}}>") for quote in "\"'"},
        re.compile(rf"{mark}|(?P<end>[\s>])"),
        re.compile(
            rf"{mark}|(?P<end></(?:script|style)\b)|(?P<quote>[\"'`])|\n|\\.", re.IGNORECASE
        ),
    )


_RUNS = re.compile(r"(?i)^$|javascript|ecmascript|^module$|babel|jsx")
_ESCAPING = re.compile(r"^\s*-?\s*(autoescape\s+(?:off|false)|endautoescape)\b")
_VERBATIM = re.compile(r"^\s*-?\s*(raw|verbatim|comment)\b")


class _Reader:
    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text, self.dialect = text, dialect
        self.states = _states(dialect.openers)
        self.at = 0
        self.printed: list[Printed] = []
        self.code: list[tuple[str, int]] = []
        self.elements: list[Element] = []
        self._unclosed: set[str] = set()  # closers that do not come any more
        self._escaping = True
        self._newlines = [match.start() for match in re.finditer("\n", text)]

    def line(self, offset: int) -> int:
        return bisect_right(self._newlines, offset - 1) + 1

    def read(self) -> None:
        while match := self.states.text.search(self.text, self.at):
            self.at = match.end()
            if match["mark"]:
                self._mark(match["mark"], match.start(), Spot(Place.TEXT))
            elif match["comment"]:
                self._skip_to("-->")
            else:
                self._tag(match["tag"].lower(), match.start())

    def _skip_to(self, end: str) -> bool:
        found = -1 if end in self._unclosed else self.text.find(end, self.at)
        if found < 0:
            self._unclosed.add(end)
            return False
        self.at = found + len(end)
        return True

    # Tags

    def _tag(self, name: str, start: int) -> None:
        attributes: dict[str, str] = {}
        lines: dict[str, int] = {}
        while match := self.states.tag.match(self.text, self.at):
            self.at = match.end()
            if match["mark"]:
                self._mark(match["mark"], match.start(), Spot(Place.TAG, name, quoted=False))
            elif match["end"]:
                break
            elif match["name"]:
                key = match["name"].lower()
                lines[key] = self.line(match.start())
                attributes[key] = self._value(name, key, match["value"]) if match["value"] else ""
        self.elements.append(Element(name, attributes, lines, self.line(start), start, self.at))
        if name in ("script", "style"):
            runs = name == "script" and _RUNS.search(attributes.get("type", ""))
            self._script(Place.SCRIPT if runs else Place.IGNORED)

    def _value(self, tag: str, attribute: str, equals: str) -> str:
        quote = equals[-1] if equals[-1] in "\"'" else ""
        state = self.states.quoted[quote] if quote else self.states.unquoted
        start = self.at
        while match := state.search(self.text, self.at):
            if match["mark"]:
                self.at = match.end()
                first = match.start() == start
                spot = Spot(Place.ATTRIBUTE, tag, attribute, bool(quote), first)
                self._mark(match["mark"], match.start(), spot)
                continue
            if match["end"] is None:  # a tag of a library, which has quotes of its own
                self.at = match.end()
                continue
            self.at = match.end() if quote else match.start()
            return self.text[start : match.start()]
        self.at = len(self.text)
        return self.text[start:]

    def _script(self, place: Place) -> None:
        inside = ""  # the quote of the string that is open
        while match := self.states.script.search(self.text, self.at):
            self.at = match.end()
            if match["end"]:
                self.at = match.start()
                return
            if match["mark"]:
                spot = Spot(place, "script", quoted=inside in ("'", '"'))
                self._mark(match["mark"], match.start(), spot)
            elif match["quote"]:
                inside = inside if inside not in ("", match[0]) else "" if inside else match[0]
            elif match[0] == "\n" and inside != "`":
                inside = ""
        self.at = len(self.text)

    # Marks

    def _mark(self, opener: str, start: int, spot: Spot) -> None:
        closer, mark = self.dialect.by_opener[opener]
        begin = self.at
        if not self._skip_to(closer):
            return
        inner, line = self.text[begin : self.at - len(closer)], self.line(start)
        if mark is Mark.CODE:
            self._statement(inner, line)
        elif mark is not Mark.NOTHING:
            raw = mark is Mark.RAW or not self._escaping
            self.printed.append(Printed(inner.strip(), raw, line, spot))

    def _statement(self, inner: str, line: int) -> None:
        self.code.append((inner, line))
        if self.dialect is not BRACES:
            return
        if match := _ESCAPING.match(inner):
            self._escaping = match[1] == "endautoescape"
        elif match := _VERBATIM.match(inner):
            self._skip_to(f"end{match[1]}")

"""YAML with line numbers, bounded, and checked against a pydantic model.

Every file that a team may write (specialists, routes, negotiation, taxonomy, settings) comes
through here, so that each fault reads ``file:line: what is wrong (did you mean "x"?)``.

The document is built from the parser's events rather than from its node tree: composing the
tree recurses in C and crashes the interpreter on 100,000 nested brackets, and aliases can be
counted before they are expanded. yaml and pydantic are imported when they are needed, so that a
run which finds everything compiled (config/compiled.py) loads neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from synapse_bot.domain.errors import ConfigInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic import BaseModel

    M = TypeVar("M", bound=BaseModel)

MAX_BYTES = 1_000_000
MAX_NODES = 50_000  # after aliases are expanded: a bomb is refused before it is built
MAX_DEPTH = 40

KeyPath = tuple[str | int, ...]

_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False, "yes": True, "no": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(
    r"[-+]?(?:(?:\.[0-9]{1,30}|[0-9]{1,30}\.[0-9]{0,30})(?:[eE][-+]?[0-9]{1,3})?"
    r"|[0-9]{1,30}[eE][-+]?[0-9]{1,3})"
)


@dataclass(frozen=True)
class Document:
    """Parsed YAML: plain ``data``, and the 1-based line of every key and item."""

    source: str
    data: Any
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int:
        """The line of ``path``, or of its nearest parent that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def at(self, path: KeyPath) -> str:
        return f"{self.source}:{self.line(path)}"


def read_document(path: Path, source: str | None = None) -> Document:
    """The YAML file at ``path``. Raises ConfigInvalid when unreadable or not YAML."""
    return parse_document(read_bytes(path, source), source or str(path))


def read_bytes(path: Path, source: str | None = None) -> bytes:
    """The bytes at ``path``, at most one more than allowed. Raises ConfigInvalid."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigInvalid(f"{source or path}:1: cannot be read: {error.strerror}") from error


def parse_document(raw: bytes, source: str) -> Document:
    """``raw`` as one YAML document; an empty file is an empty mapping.

    Raises ConfigInvalid with file:line. Values are text, whole numbers, numbers, true, false and
    null; dates, sexagesimal numbers and tags of YAML 1.1 are not read as such.
    """
    if len(raw) > MAX_BYTES:
        raise ConfigInvalid(f"{source}:1: larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigInvalid(f"{source}:{line}: not UTF-8: save the file as UTF-8") from error
    if bad := _CONTROL.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        raise ConfigInvalid(f"{source}:{line}: the control character {bad[0]!r} is not allowed")
    return _parse(text, source)


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def _parse(text: str, source: str) -> Document:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    builder = _Builder(source, loader, yaml)
    try:
        data = builder.document()
    except yaml.MarkedYAMLError as error:
        line = _line_of(error)
        raise ConfigInvalid(f"{source}:{line}: {_explain(error, text, line)}") from error
    except yaml.YAMLError as error:
        raise ConfigInvalid(f"{source}:1: not valid YAML: {error}") from error
    finally:
        loader.dispose()
    return Document(source, data, builder.lines)


def _line_of(error: Any) -> int:
    """Where it went wrong; for a quote that the file never closes, where it opens."""
    open_end = "end of stream" in str(error.problem)
    first, second = error.context_mark, error.problem_mark
    mark = (first or second) if open_end else (second or first)
    return mark.line + 1 if mark else 1


def _explain(error: Any, text: str, line: int) -> str:
    """The parser's words, with what to do where the usual slips are recognised."""
    lines = text.split("\n")
    current = lines[line - 1] if line <= len(lines) else ""
    problem = str(error.problem or error.context or "").strip()
    if "\t" in current[: len(current) - len(current.lstrip())]:
        return "a tab in the indentation: YAML takes spaces only"
    hint = ""
    if "mapping values are not allowed" in problem:
        hint = " (check the indentation; quote a text that holds ': ')"
    elif "could not find expected ':'" in problem:
        hint = " (is a ':' missing, or the indentation off?)"
    elif "did not find expected key" in problem or "expected <block end>" in problem:
        hint = " (check the indentation of this line and the one above)"
    elif "unexpected end of stream" in problem:
        hint = " (is a quote or bracket never closed?)"
    elif "expected ',' or" in problem:
        hint = " (is a bracket never closed? In a list, quote a text that holds { } [ ] or ,)"
    elif "cannot start any token" in problem:
        hint = " (quote a text that starts with @, `, % or a tab)"
    elif "undefined alias" in problem or "unknown escape" in problem or "escape" in problem:
        hint = " (in double quotes a backslash starts an escape; single quotes take it as it is)"
    return f"not valid YAML: {problem}{hint}"


@dataclass
class _Anchor:
    """What an alias stands for, how many values it adds, and their lines below it."""

    data: Any
    nodes: int
    lines: list[tuple[KeyPath, int]]


class _Builder:
    """Builds plain data from YAML events, noting lines and counting what aliases expand to."""

    def __init__(self, source: str, loader: Any, yaml: Any) -> None:
        self.source, self.loader, self.yaml = source, loader, yaml
        self.lines: dict[KeyPath, int] = {}
        self.anchors: dict[str, _Anchor] = {}
        self.nodes = 0

    def document(self) -> Any:
        self.loader.get_event()  # the start of the stream
        event = self.loader.get_event()
        if isinstance(event, self.yaml.StreamEndEvent):
            self.lines[()] = 1
            return {}
        data = self.value(self.loader.get_event(), ())
        self.loader.get_event()  # the end of the document
        event = self.loader.get_event()
        if not isinstance(event, self.yaml.StreamEndEvent):
            raise self.fault(event, "a second document starts here ('---'): one file holds one")
        return {} if data is None else data

    def fault(self, event: Any, text: str) -> ConfigInvalid:
        return ConfigInvalid(f"{self.source}:{event.start_mark.line + 1}: {text}")

    def count(self, event: Any, nodes: int, depth: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise self.fault(event, f"more than {MAX_NODES} values, aliases included")
        if depth > MAX_DEPTH:
            raise self.fault(event, f"nested deeper than {MAX_DEPTH} levels")

    def value(self, event: Any, path: KeyPath) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, self.yaml.AliasEvent):
            return self.alias(event, path)
        self.count(event, 1, len(path))
        before, first_line = self.nodes, len(self.lines)
        if isinstance(event, self.yaml.MappingStartEvent):
            data: Any = self.mapping(event, path)
        elif isinstance(event, self.yaml.SequenceStartEvent):
            data = self.sequence(event, path)
        else:
            data = self.scalar(event)
        if event.anchor:
            below = list(self.lines.items())[first_line:]
            relative = [(key[len(path) :], line) for key, line in below]
            self.anchors[event.anchor] = _Anchor(data, self.nodes - before + 1, relative)
        return data

    def alias(self, event: Any, path: KeyPath) -> Any:
        anchor = self.anchors.get(event.anchor)
        if anchor is None:
            raise self.fault(event, f"the alias *{event.anchor} names no anchor above it")
        deepest = max((len(key) for key, _ in anchor.lines), default=0)
        self.count(event, anchor.nodes, len(path) + deepest)
        for key, line in anchor.lines:
            self.lines[(*path, *key)] = line
        return anchor.data

    def sequence(self, event: Any, path: KeyPath) -> list[Any]:
        self.refuse_tag(event)
        built: list[Any] = []
        while not isinstance(item := self.loader.get_event(), self.yaml.SequenceEndEvent):
            built.append(self.value(item, (*path, len(built))))
        return built

    def mapping(self, event: Any, path: KeyPath) -> dict[str, Any]:
        self.refuse_tag(event)
        built: dict[str, Any] = {}
        while not isinstance(key_event := self.loader.get_event(), self.yaml.MappingEndEvent):
            key = self.key(key_event)
            if key in built:
                first = self.lines[(*path, key)]
                raise self.fault(key_event, f"the key {key!r} stands twice, first on line {first}")
            self.lines[(*path, key)] = key_event.start_mark.line + 1
            built[key] = self.value(self.loader.get_event(), (*path, key))
        return built

    def key(self, event: Any) -> str:
        if not isinstance(event, self.yaml.ScalarEvent):
            raise self.fault(event, "a key must be a plain word")
        if event.value == "<<" and event.implicit[0]:
            raise self.fault(event, "merge keys ('<<') are not read: write the keys out")
        return str(event.value)

    def scalar(self, event: Any) -> Any:
        self.refuse_tag(event)
        return plain_value(event.value) if event.implicit[0] else event.value

    def refuse_tag(self, event: Any) -> None:
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise self.fault(event, f"tags such as {event.tag!r} are not read")


def plain_value(word: str) -> str | int | float | bool | None:
    """An unquoted word as the value that it means."""
    if (lower := word.lower()) in _WORDS:
        return _WORDS[lower]
    if _INTEGER.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return word


def check(document: Document, model: type[M]) -> M:
    """``document`` as a ``model``. Raises ConfigInvalid with one line for every fault."""
    from pydantic import ValidationError

    from synapse_bot.config.faults import describe

    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise ConfigInvalid("\n".join(describe(document, model, error))) from error


_LONGEST_WORD = 100  # a key of a megabyte is compared no further

_PLACE = re.compile(r":(\d+): ")


def in_file_order(faults: Iterable[str]) -> list[str]:
    """Lines that start with file:line, each once, sorted by their line."""

    def line(fault: str) -> int:
        place = _PLACE.search(fault)
        return int(place[1]) if place else 0

    return sorted(dict.fromkeys(faults), key=line)


def nearest(word: str, known: list[str]) -> str:
    """`` (did you mean "x"?)``, or the list of what is valid, or nothing."""
    import difflib

    word = word[:_LONGEST_WORD]
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if close:
        return f' (did you mean "{close[0]}"?)'
    return f" (valid: {', '.join(sorted(known))})" if known else ""

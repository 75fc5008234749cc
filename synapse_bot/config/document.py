"""YAML with line numbers, bounded, and checked against a pydantic model.

Every file that a team may write (specialists, routes, negotiation, taxonomy, settings) comes
through here, so that each fault reads ``file:line: what is wrong (did you mean "x"?)``.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from synapse_bot.domain.errors import ConfigInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

MAX_BYTES = 1_000_000
MAX_NODES = 50_000  # after aliases are expanded: a bomb is refused before it is built
MAX_DEPTH = 40

KeyPath = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigInvalid(f"{source or path}: cannot be read: {error.strerror}") from error
    return parse_document(raw, source or str(path))


def parse_document(raw: bytes, source: str) -> Document:
    """``raw`` as one YAML document. Raises ConfigInvalid with file:line."""
    if len(raw) > MAX_BYTES:
        raise ConfigInvalid(f"{source}:1: larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigInvalid(f"{source}:{line}: not UTF-8") from error
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return Document(source, {}, {(): 1})
        builder = _Builder(source, loader)
        return Document(source, builder.build(node, ()), builder.lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigInvalid(f"{source}:{line}: not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigInvalid(f"{source}:1: not valid YAML: {error}") from error
    finally:
        loader.dispose()


class _Builder:
    """Builds plain data from YAML nodes, noting lines and counting what aliases expand to."""

    def __init__(self, source: str, loader: Any) -> None:
        self.source, self.loader = source, loader
        self.lines: dict[KeyPath, int] = {}
        self.nodes = 0

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        line = node.start_mark.line + 1
        self.nodes += 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise ConfigInvalid(f"{self.source}:{line}: too many or too deeply nested values")
        self.lines.setdefault(path, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        return self.loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigInvalid(f"{self.source}:{line}: a key must be a plain word")
            key = str(key_node.value)
            if key in built:
                raise ConfigInvalid(f"{self.source}:{line}: the key {key!r} stands here twice")
            self.lines[(*path, key)] = line
            built[key] = self.build(value_node, (*path, key))
        return built


def check(document: Document, model: type[M]) -> M:
    """``document`` as a ``model``. Raises ConfigInvalid with one line for every fault."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        faults = [_fault(document, model, detail) for detail in error.errors(include_url=False)]
        raise ConfigInvalid("\n".join(sorted(set(faults), key=faults.index))) from error


def _fault(document: Document, model: type[BaseModel], detail: ErrorDetails) -> str:
    path = tuple(detail["loc"])
    where = document.at(path)
    name = ".".join(str(part) for part in path) or "the document"
    if detail["type"] == "extra_forbidden":
        near = nearest(str(path[-1]), valid_keys(model, path[:-1]))
        return f"{where}: unknown key {name!r}{near}"
    if detail["type"] == "missing":
        return f"{where}: {name!r} is required"
    if detail["type"] in ("literal_error", "enum"):
        expected = str(detail.get("ctx", {}).get("expected", ""))
        words = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
        near = nearest(str(detail.get("input")), words)
        return f"{where}: {name}: must be one of {expected}{near}"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{where}: {name}: {message[0].lower()}{message[1:]}"


def nearest(word: str, known: list[str]) -> str:
    """`` (did you mean "x"?)``, or the list of what is valid, or nothing."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if close:
        return f' (did you mean "{close[0]}"?)'
    return f" (valid: {', '.join(sorted(known))})" if known else ""


def valid_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys that ``model`` takes at ``path``; empty where it takes any."""
    current: type[BaseModel] | None = model
    for part in path:
        if current is None:
            return []
        if isinstance(part, int) or part not in current.model_fields:
            continue  # an index, or a union's tag: the model stays
        current = _model_in(current.model_fields[part].annotation)
    return list(current.model_fields) if current else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if found := _model_in(inner):
            return found
    return None

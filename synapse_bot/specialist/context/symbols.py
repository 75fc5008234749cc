"""What one file defines, uses and imports, read with tree-sitter. Nothing of it is executed.

``read_symbols`` runs native code on text that nobody vouches for: only a process that may die calls
it (reader.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from synapse_bot.specialist.context.grammars import grammar_of, load_grammar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

MAX_BYTES = 400_000  # of one file: what is larger was hardly written by a person
_MAX_MATCHES = 50_000
_MAX_NAME = 100
# A definition is shown with what stands around its own node: decorators, `export`, `const`.
_WRAPPERS = frozenset(
    {
        "decorated_definition",
        "export_statement",
        "lexical_declaration",
        "variable_declaration",
        "type_declaration",
        "expression_statement",
    }
)
_WHOLES = ("function", "class", "value")


@dataclass(frozen=True, slots=True, order=True)
class Definition:
    """Lines count from 1, both ends included. ``kind`` is function, class or value.

    ``signature`` is the last line of what stands before the body.
    """

    start: int
    end: int
    name: str
    kind: str
    signature: int


@dataclass(frozen=True)
class Symbols:
    """Of one file. ``uses`` are (name, line) pairs; ``imports`` are (first, last) lines."""

    definitions: tuple[Definition, ...] = ()
    uses: tuple[tuple[str, int], ...] = ()
    imports: tuple[tuple[int, int], ...] = ()

    @cached_property
    def used(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.uses)

    @cached_property
    def defined(self) -> frozenset[str]:
        return frozenset(definition.name for definition in self.definitions)

    def around(self, line: int) -> tuple[Definition, ...]:
        """The functions and classes that hold ``line``, the outermost first."""
        return tuple(
            found
            for found in self.definitions
            if found.start <= line <= found.end and found.kind != "value"
        )

    def at(self, lines: Iterable[int]) -> dict[Definition, int]:
        """What ``lines`` touch: the innermost definition of each, with how many of them it holds.

        A value counts too where it stands in no function.
        """
        counts: dict[Definition, int] = {}
        for line in lines:
            holding = [found for found in self.definitions if found.start <= line <= found.end]
            outer = [found for found in holding if found.kind != "value"] or holding
            if outer:
                counts[outer[-1]] = counts.get(outer[-1], 0) + 1
        return counts

    def to_plain(self) -> Any:
        """As JSON holds it: short, since there is one for each file of a repository."""
        lines: dict[str, list[int]] = {}
        for name, line in self.uses:
            lines.setdefault(name, []).append(line)
        definitions = [[d.start, d.end, d.name, d.kind, d.signature] for d in self.definitions]
        return [definitions, lines, [list(pair) for pair in self.imports]]

    @classmethod
    def from_plain(cls, plain: Any) -> Symbols:
        """The inverse. Raises ValueError or TypeError for what is none."""
        definitions, lines, imports = plain
        return cls(
            tuple(Definition(*fields) for fields in definitions),
            tuple((name, line) for name, found in lines.items() for line in found),
            tuple((first, last) for first, last in imports),
        )


def read_symbols(path: str, content: bytes) -> Symbols | None:
    """The symbols of ``content``; None where no grammar reads ``path``. May hang or crash."""
    name = grammar_of(path)
    loaded = load_grammar(name) if name and len(content) <= MAX_BYTES else None
    if loaded is None:
        return None
    from tree_sitter import Parser, QueryCursor

    language, query = loaded
    tree = Parser(language).parse(content)
    found = QueryCursor(query, match_limit=_MAX_MATCHES).matches(tree.root_node)
    return _sorted(content, [captures for _, captures in found])


def _sorted(content: bytes, matches: Iterable[dict[str, list[Node]]]) -> Symbols:
    definitions: set[Definition] = set()
    uses: set[tuple[str, int]] = set()
    imports: set[tuple[int, int]] = set()
    for captures in matches:
        for node in captures.get("use", ()):
            uses.add((_text(content, node), node.start_point.row + 1))
        for node in captures.get("import", ()):
            imports.add((node.start_point.row + 1, _last_row(node)))
        for kind in _WHOLES:
            if kind in captures:
                definitions.add(_definition(content, kind, captures))
    return Symbols(
        tuple(sorted(definitions, key=lambda d: (d.start, -d.end, d.name))),
        tuple(sorted(uses)),
        tuple(sorted(imports)),
    )


def _definition(content: bytes, kind: str, captures: dict[str, list[Node]]) -> Definition:
    node = whole = captures[kind][0]
    while whole.parent is not None and whole.parent.type in _WRAPPERS:
        whole = whole.parent
    body = node.child_by_field_name("body") or _body_of_value(node)
    first = node.start_point.row + 1
    before_body = max(first, body.start_point.row + (body.start_point.column > 0)) if body else 0
    last = _last_row(whole)
    return Definition(
        start=whole.start_point.row + 1,
        end=last,
        name=_text(content, captures["name"][0]),
        kind=kind,
        signature=min(_signature_end(node, body, before_body), last),
    )


def _signature_end(node: Node, body: Node | None, before_body: int) -> int:
    """A body that begins on a line of its own (Python) leaves the signature above it."""
    if body is None:
        return node.start_point.row + 1
    previous = body.prev_sibling
    if previous is not None and previous.end_point.row < body.start_point.row:
        return previous.end_point.row + 1
    return before_body


def _body_of_value(node: Node) -> Node | None:
    """The body of a function that a name is given: `const f = () => {...}`."""
    for field in ("value", "right", "type"):
        value = node.child_by_field_name(field)
        if value is not None:
            return value.child_by_field_name("body")
    return None


def _last_row(node: Node) -> int:
    """The last line of ``node``; a node that ends before the first column ends a line earlier."""
    end = node.end_point
    return max(end.row + (end.column > 0), node.start_point.row + 1)


def _text(content: bytes, node: Node) -> str:
    return content[node.start_byte : node.end_byte].decode("utf-8", "replace")[:_MAX_NAME]

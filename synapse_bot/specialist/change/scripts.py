"""What a JavaScript or TypeScript module offers; read with tree-sitter."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.specialist.context.grammars import grammar_of, load_grammar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tree_sitter import Node as Node  # noqa: PLC0414 - the siblings take it from here

SUFFIXES = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts")
DEFAULT = "default"
MAX_TEXT = 400_000
_COMMENT = 2_000  # bytes before a function in which its comment is looked for
_MAX_CALLED = 300  # characters of what is called
_SECONDS = 1.0
_FUNCTIONS = frozenset(
    {
        *("function_declaration", "generator_function_declaration", "function_expression"),
        *("arrow_function", "method_definition", "generator_function"),
    }
)
_DECLARES = frozenset({"variable_declarator", "function_declaration", "class_declaration"})
_PATTERNS = frozenset({"formal_parameters", "object_pattern", "array_pattern"})
_PARAMETERS = frozenset({"required_parameter", "optional_parameter"})


@dataclass(frozen=True, slots=True)
class Function:
    """``names`` are the parameters by place; the first ``required`` of them have no default."""

    names: tuple[str, ...]
    required: int
    rest: bool
    waits: bool  # async
    line: int
    end_line: int  # of the parameters

    def called_alike(self, other: Function) -> bool:
        mine = (self.names, self.required, self.rest, self.waits)
        return mine == (other.names, other.required, other.rest, other.waits)


@dataclass(frozen=True)
class Exports:
    """By exported name the function, or None for what is no plain function, with its line."""

    functions: Mapping[str, Function | None] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    open: bool = False  # it may offer more than its text shows


class Script:
    """One parsed file."""

    def __init__(self, path: str, content: bytes, root: Node) -> None:
        self.path = path
        self._content = content
        self.root = root

    def text(self, node: Node | None) -> str:
        if node is None:
            return ""
        return self._content[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def short(self, node: Node | None) -> str:
        """As ``text``, and "" for what is longer than any name: chains may nest without end."""
        long = node is None or node.end_byte - node.start_byte > _MAX_CALLED
        return "" if long else self.text(node)

    def documents_as_optional(self, name: str, node: Node) -> bool:
        """Whether the comment before ``node`` says so, as JSDoc does: "@param {String} [name]"."""
        before = self._content[max(0, node.start_byte - _COMMENT) : node.start_byte]
        comment = before.decode("utf-8", "replace").rpartition("/**")[2]
        return bool(re.search(rf"@param[^\n]{{0,200}}\[{re.escape(name)}[\]=]", comment))

    def part(self, node: Node, name: str) -> str:
        return self.text(node.child_by_field_name(name))

    @cached_property
    def calls(self) -> Mapping[str, list[Node]]:
        """Calls by what is called, as written."""
        found: dict[str, list[Node]] = {}
        for node in walk(self.root):
            if node.type == "call_expression":
                found.setdefault(self.short(node.child_by_field_name("function")), []).append(node)
        return found

    @cached_property
    def members(self) -> Mapping[str, int]:
        """The line of the first use of each ``a.b``."""
        found: dict[str, int] = {}
        for node in walk(self.root):
            if node.type == "member_expression":
                found.setdefault(self.short(node), node.start_point.row + 1)
        return found

    @cached_property
    def declared(self) -> Counter[str]:
        """How often each name is declared anywhere in the file, imports left out."""
        found: Counter[str] = Counter()
        for node in walk(self.root):
            if node.type in _DECLARES:
                found[self.part(node, "name")] += 1
            elif node.type in _PATTERNS:
                found.update(self.text(child) for child in node.named_children)
            elif node.type in _PARAMETERS:
                found[self.part(node, "pattern")] += 1
        return found


def read_script(path: str, text: str) -> Script | None:
    """None for what is no script, and where ``read_tree`` has none."""
    return read_tree(path, text) if path.endswith(SUFFIXES) else None


def read_tree(path: str, text: str) -> Script | None:
    """A file of any language; None where its grammar is missing, or not in time."""
    loaded = load_grammar(grammar_of(path))
    if loaded is None or len(text) > MAX_TEXT:
        return None
    from tree_sitter import Parser

    content = text.encode("utf-8", "replace")
    late = time.monotonic() + _SECONDS
    try:
        tree = Parser(loaded[0]).parse(
            lambda offset, _: content[offset : offset + 65_536],
            progress_callback=lambda *_: time.monotonic() > late,
        )
    except ValueError:  # how the parser says that it was stopped
        return None
    return Script(path, content, tree.root_node)


def walk(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        stack += reversed(found.named_children)


def exports_of(script: Script) -> Exports:
    """By ``export`` and by CommonJS."""
    local = _functions(script)
    functions: dict[str, Function | None] = {}
    lines: dict[str, int] = {}
    unknown = False
    for node in script.root.named_children:
        for name, function in _exported(script, node, local):
            unknown = unknown or name == "*"
            functions[name] = None if name in functions else function
            lines.setdefault(name, node.start_point.row + 1)
    return Exports(functions, lines, unknown or script.root.has_error)


_Offer = tuple[str, Function | None]


def _functions(script: Script) -> dict[str, Function | None]:
    """Functions at the top, by name; None for a name that is bound twice."""
    found: dict[str, Function | None] = {}
    for top in script.root.named_children:
        node = top.child_by_field_name("declaration") if top.type == "export_statement" else top
        for name, made in _declared(script, node) if node else ():
            found[name] = None if name in found else made
    return found


def _declared(script: Script, node: Node) -> Iterator[_Offer]:
    if node.type in ("lexical_declaration", "variable_declaration"):
        for declarator in node.named_children:
            value = declarator.child_by_field_name("value")
            yield script.part(declarator, "name"), _function(script, value)
    elif name := script.part(node, "name"):
        yield name, _function(script, node)


def _exported(script: Script, node: Node, local: dict[str, Function | None]) -> Iterator[_Offer]:
    if node.type == "export_statement":
        yield from _export(script, node, local)
    elif node.type == "expression_statement" and node.named_children:
        inner = node.named_children[0]
        if inner.type == "assignment_expression":
            yield from _assigned(script, inner, local)
        elif "exports" in script.text(inner):
            yield "*", None  # Object.assign(exports, ...), __exportStar(...)


def _export(script: Script, node: Node, local: dict[str, Function | None]) -> Iterator[_Offer]:
    declaration, value = (node.child_by_field_name(n) for n in ("declaration", "value"))
    whole = any(child.type == DEFAULT for child in node.children)
    if whole:
        yield DEFAULT, _known(script, declaration or value, local)
    elif declaration is not None:
        yield from _declared(script, declaration)
    elif clause := next((c for c in node.named_children if c.type == "export_clause"), None):
        for item in clause.named_children:
            name = script.part(item, "name")
            handed_on = node.child_by_field_name("source") is not None
            yield script.part(item, "alias") or name, None if handed_on else local.get(name)
    else:
        yield "*", None


def _assigned(script: Script, node: Node, local: dict[str, Function | None]) -> Iterator[_Offer]:
    """module.exports = ..., module.exports.a = ..., exports.a = ..."""
    target = re.sub(r"\s", "", script.part(node, "left"))
    value = node.child_by_field_name("right")
    if value is not None and value.type == "assignment_expression":
        yield from _assigned(script, value, local)
        value = None
    if target == "module.exports":
        if value is not None and value.type == "object":
            yield from _members(script, value, local)
        else:
            yield DEFAULT, _known(script, value, local)
            yield "*", None  # a function or a class, whose properties may be exports too
    elif match := re.fullmatch(r"(?:module\.)?exports\.([\w$]+)", target):
        yield match[1], _known(script, value, local)


def _members(script: Script, node: Node, local: dict[str, Function | None]) -> Iterator[_Offer]:
    for item in node.named_children:
        match item.type:
            case "shorthand_property_identifier":
                yield script.text(item), local.get(script.text(item))
            case "pair":
                key = script.part(item, "key").strip("'\"")
                yield key, _known(script, item.child_by_field_name("value"), local)
            case "method_definition":
                yield script.part(item, "name"), _function(script, item)
            case "spread_element":
                yield "*", None
            case _:
                pass


def _known(script: Script, node: Node | None, local: dict[str, Function | None]) -> Function | None:
    if node is not None and node.type == "identifier":
        return local.get(script.text(node))
    return _function(script, node)


def _function(script: Script, node: Node | None) -> Function | None:
    if node is None or node.type not in _FUNCTIONS:
        return None
    parameters = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
    if parameters is None:
        return None
    single = parameters.type == "identifier"
    items = (
        [parameters] if single else [c for c in parameters.named_children if c.type != "comment"]
    )
    names, needed, rest = [], 0, "arguments" in script.part(node, "body")
    for item in items:
        name, optional, is_rest = _parameter(script, item)
        optional = optional or script.documents_as_optional(name, node)
        if is_rest:
            rest = True
        elif name != "this":
            names.append(name)
            needed = needed if optional else len(names)
    waits = any(child.type == "async" for child in node.children)
    first, last = node.start_point.row + 1, parameters.end_point.row + 1
    return Function(tuple(names), needed, rest, waits, first, last)


def _parameter(script: Script, node: Node) -> tuple[str, bool, bool]:
    """(name, whether it may be left out, whether it takes the rest)."""
    if node.type in _PARAMETERS:
        pattern = node.child_by_field_name("pattern") or node
        optional = (
            node.type == "optional_parameter" or node.child_by_field_name("value") is not None
        )
        return script.text(pattern), optional, pattern.type == "rest_pattern"
    if node.type == "assignment_pattern":
        return script.part(node, "left"), True, False
    return script.text(node), False, node.type == "rest_pattern"

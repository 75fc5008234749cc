"""Whom a JavaScript or TypeScript module imports, and which file that is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.specialist.change.scripts import DEFAULT, SUFFIXES, Script, walk

if TYPE_CHECKING:
    from collections.abc import Collection

    from synapse_bot.specialist.change.scripts import Node


@dataclass(frozen=True, slots=True)
class Import:
    """``local`` stands for the export ``name`` of the module ``source``; "*" for all of it."""

    local: str
    name: str
    source: str
    line: int
    handed_on: bool = False  # export {a as local} from source


def imports_of(script: Script) -> Iterator[Import]:
    """Every import, export-from and require that names a module by a text."""
    for node in walk(script.root):
        line = node.start_point.row + 1
        if node.type in ("import_statement", "export_statement"):
            source = script.part(node, "source").strip("'\"`")
            if source:
                for local, name in _clause(script, node):
                    yield Import(local, name, source, line, node.type == "export_statement")
        elif node.type == "variable_declarator":
            value = node.child_by_field_name("value")
            source = _required(script, value) if value is not None else ""
            if source:
                for local, name in _pattern(script, node.child_by_field_name("name")):
                    yield Import(local, name, source, line)


def _clause(script: Script, node: Node) -> Iterator[tuple[str, str]]:
    if node.type == "export_statement" and not any(
        child.type == "export_clause" for child in node.named_children
    ):
        yield "*", "*"
    for inner in walk(node):
        match inner.type:
            case "import_specifier" | "export_specifier":
                name = script.part(inner, "name")
                yield script.part(inner, "alias") or name, name
            case "namespace_import":
                yield script.text(inner.named_children[0]) if inner.named_children else "", "*"
            case "import_clause":
                for child in inner.named_children:
                    if child.type == "identifier":
                        yield script.text(child), DEFAULT
            case _:
                pass


def _required(script: Script, node: Node) -> str:
    if node.type != "call_expression" or script.part(node, "function") != "require":
        return ""
    arguments = node.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments and arguments.named_children else None
    return script.text(first).strip("'\"`") if first and first.type == "string" else ""


def _pattern(script: Script, node: Node | None) -> Iterator[tuple[str, str]]:
    if node is None:
        return
    if node.type == "identifier":
        yield script.text(node), "*"
    for item in node.named_children if node.type == "object_pattern" else ():
        if item.type == "shorthand_property_identifier_pattern":
            yield script.text(item), script.text(item)
        elif item.type == "pair_pattern":
            yield script.part(item, "value"), script.part(item, "key")


def resolve(importer: str, source: str, paths: Collection[str]) -> str:
    """The path of ``paths`` that a relative ``source`` names from ``importer``; "" for none."""
    if not source.startswith("."):
        return ""
    base = posixpath.normpath(posixpath.join(posixpath.dirname(importer), source))
    stem = re.sub(r"\.[mc]?js$", "", base)  # TypeScript writes .js and means .ts
    ends = ("", *SUFFIXES, *(f"/index{suffix}" for suffix in SUFFIXES))
    candidates = (f"{root}{end}" for root in dict.fromkeys((base, stem)) for end in ends)
    return next((path for path in candidates if path in paths), "")

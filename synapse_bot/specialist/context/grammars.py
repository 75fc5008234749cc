"""How each language is read: its grammar, and a query that names what matters in it.

In a query ``@name`` is a definition's name and ``@function``, ``@class`` or ``@value`` its whole;
``@use`` is a name that is called, built or inherited; ``@import`` a statement that imports.
A grammar is loaded when a file of its language is first read; a missing one leaves that language
without symbols.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Language, Query


@dataclass(frozen=True, slots=True)
class Grammar:
    """``package`` has the parser, which ``function`` of it returns."""

    package: str
    query: str
    function: str = "language"


_PYTHON = """
(function_definition name: (identifier) @name) @function
(class_definition name: (identifier) @name) @class
(module (expression_statement (assignment left: (identifier) @name) @value))
(call function: [(identifier) @use (attribute attribute: (identifier) @use)])
(decorator [(identifier) @use (attribute attribute: (identifier) @use)])
(class_definition superclasses: (argument_list [(identifier) @use
  (attribute attribute: (identifier) @use)]))
[(import_statement) (import_from_statement)] @import
"""

_SCRIPT = """
(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(method_definition name: [(property_identifier) (private_property_identifier)] @name) @function
(variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression)]) @function
(assignment_expression left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression)]) @function
(pair key: (property_identifier) @name
  value: [(arrow_function) (function_expression)]) @function
(call_expression function: [(identifier) @use
  (member_expression property: (property_identifier) @use)])
(new_expression constructor: [(identifier) @use
  (member_expression property: (property_identifier) @use)])
(import_statement) @import
(program (_ (variable_declarator value: (call_expression function: (identifier) @_by
  (#eq? @_by "require")))) @import)
"""

_JAVASCRIPT = f"""{_SCRIPT}
(class_declaration name: (identifier) @name) @class
(class_heritage (identifier) @use)
"""

_TYPESCRIPT = f"""{_SCRIPT}
(class_declaration name: (type_identifier) @name) @class
(abstract_class_declaration name: (type_identifier) @name) @class
(interface_declaration name: (type_identifier) @name) @class
(type_alias_declaration name: (type_identifier) @name) @class
(enum_declaration name: (identifier) @name) @class
(extends_clause value: (identifier) @use)
(implements_clause (type_identifier) @use)
(type_annotation (type_identifier) @use)
"""

_TSX = f"""{_TYPESCRIPT}
(jsx_opening_element name: (identifier) @use)
(jsx_self_closing_element name: (identifier) @use)
"""

_GO = """
(function_declaration name: (identifier) @name) @function
(method_declaration name: (field_identifier) @name) @function
(type_spec name: (type_identifier) @name) @class
(call_expression function: [(identifier) @use (selector_expression field: (field_identifier) @use)])
(composite_literal type: [(type_identifier) @use (qualified_type name: (type_identifier) @use)])
(import_declaration) @import
"""

_JAVA = """
(method_declaration name: (identifier) @name) @function
(constructor_declaration name: (identifier) @name) @function
(class_declaration name: (identifier) @name) @class
(interface_declaration name: (identifier) @name) @class
(enum_declaration name: (identifier) @name) @class
(record_declaration name: (identifier) @name) @class
(method_invocation name: (identifier) @use)
(method_reference (identifier) @use .)
(object_creation_expression type: (type_identifier) @use)
(superclass (type_identifier) @use)
(super_interfaces (type_list (type_identifier) @use))
(import_declaration) @import
"""

_RUBY = """
(method name: (_) @name) @function
(singleton_method name: (_) @name) @function
(class name: [(constant) @name (scope_resolution name: (constant) @name)]) @class
(module name: [(constant) @name (scope_resolution name: (constant) @name)]) @class
(call method: (identifier) @use)
(call receiver: (constant) @use)
(superclass (constant) @use)
(call method: (identifier) @_by (#match? @_by "^require(_relative)?$")) @import
"""

_GRAMMARS = {
    "python": Grammar("tree_sitter_python", _PYTHON),
    "javascript": Grammar("tree_sitter_javascript", _JAVASCRIPT),
    "typescript": Grammar("tree_sitter_typescript", _TYPESCRIPT, "language_typescript"),
    "tsx": Grammar("tree_sitter_typescript", _TSX, "language_tsx"),
    "go": Grammar("tree_sitter_go", _GO),
    "java": Grammar("tree_sitter_java", _JAVA),
    "ruby": Grammar("tree_sitter_ruby", _RUBY),
}

_SUFFIXES = {
    **dict.fromkeys((".py", ".pyi", ".pyw"), "python"),
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), "javascript"),
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"),
    ".tsx": "tsx",
    ".go": "go",
    ".java": "java",
    **dict.fromkeys((".rb", ".rake"), "ruby"),
}


def grammar_of(path: str) -> str:
    """The name of the grammar that reads ``path``, by its suffix; "" for none."""
    return _SUFFIXES.get(PurePosixPath(path).suffix.lower(), "")


@cache
def load_grammar(name: str) -> tuple[Language, Query] | None:
    """The parser's language and the query of ``name``; None where its package is missing."""
    grammar = _GRAMMARS[name]
    try:
        package: Any = import_module(grammar.package)
        from tree_sitter import Language, Query
    except ImportError:
        return None
    language = Language(getattr(package, grammar.function)())
    return language, Query(language, grammar.query)


@cache
def versions() -> str:
    """The versions of whatever decides what is read in a file."""
    packages = sorted({grammar.package for grammar in _GRAMMARS.values()})
    return " ".join(map(_version, ("tree_sitter", *packages)))


def _version(package: str) -> str:
    from importlib import metadata  # slow to load, and of no use to the reader

    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"{package} -"

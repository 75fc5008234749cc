"""Python texts as syntax trees: several checks read the same files, and each is parsed once.

A tree is shared, between threads too, for as long as somebody holds it, and nobody changes it.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator
from threading import Lock
from weakref import WeakValueDictionary

MAX_TEXT = 400_000  # characters; a longer file is data

# Weak: a change of 300 files has 140 MB of trees, which should not outlive the checks.
_KNOWN: WeakValueDictionary[str, ast.Module] = WeakValueDictionary()
_PARSING = Lock()  # the parser holds the interpreter anyway: two at once would gain nothing


class Unreadable(Exception):
    """The text is no Python that this interpreter knows. ``line`` is 1-based."""

    def __init__(self, why: str, line: int = 1) -> None:
        super().__init__(why)
        self.line = line


def tree_of(text: str) -> ast.Module:
    """The tree of ``text``, which is read only. Raises Unreadable."""
    if len(text) > MAX_TEXT:
        raise Unreadable(f"longer than {MAX_TEXT} characters")
    with _PARSING:
        known = _KNOWN.get(text)
        if known is None:
            known = _KNOWN[text] = _parsed(text)
        return known


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the change's escapes; they are ruff's to tell
        try:
            return _by_any_grammar(text)
        except SyntaxError as error:
            raise Unreadable(error.msg or "no Python of this version", error.lineno or 1) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise Unreadable(f"{type(error).__name__} while it is parsed") from error


def _by_any_grammar(text: str) -> ast.Module:
    """By this interpreter's, else with the f-strings of a later one rewritten for it."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        if "f-string" not in (error.msg or "") and sys.version_info >= (3, 12):
            raise
        from synapse_bot.specialist.python.fstrings import rewritten

        return ast.parse(rewritten(text))


def children(node: ast.AST) -> Iterator[ast.AST]:
    """As ``ast.iter_child_nodes``, in two thirds of its time."""
    fields = node.__dict__
    for name in node._fields:
        value = fields.get(name)
        if isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, ast.AST):
                    yield item


def walk(tree: ast.AST) -> list[ast.AST]:
    """``tree`` and all below it, in the order of ``ast.walk``."""
    found = [tree]
    for node in found:  # which grows while it is read
        found.extend(children(node))
    return found

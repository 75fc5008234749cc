"""Regular expressions of the program that take exponential time on some text."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synapse_bot.specialist.python.base import Application, Hit, hit
from synapse_bot.specialist.python.source import string

if TYPE_CHECKING:
    import ast

    from synapse_bot.specialist.python.source import Module

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    # The parser of re itself: what it refuses re refuses, and nobody keeps a second one true.
    from re import _constants, _parser  # type: ignore[attr-defined]

_USES = re.compile(
    r"^(re|regex)\.(compile|match|search|fullmatch|findall|finditer|sub|subn|split)$"
)
_MAX_PATTERN = 1_000
_MAX_DEPTH = 30
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)


def find_slow_patterns(app: Application) -> Iterator[Hit]:
    for module in app.modules:
        for name, call in module.calls:
            if _USES.match(name) and call.args:
                pattern = string(call.args[0])
                if pattern is not None and is_exponential(pattern):
                    yield _hit(module, call)


def _hit(module: Module, call: ast.Call) -> Hit:
    message = "A repeat within a repeat of the same characters: some texts take for ever."
    return hit("slow-regex", module, call, message, "medium", 0.75)


@lru_cache(maxsize=1024)
def is_exponential(pattern: str) -> bool:
    """Whether ``pattern`` repeats, without bound, something whose own unbounded repeat can take
    over the characters of the next turn: ``(a+)+$``, ``(\\w*)*x``, ``(a|a)*b``."""
    if len(pattern) > _MAX_PATTERN or not re.search(r"[)\]][+*{]", pattern):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError, ValueError):
        return False
    return any(_nested(node) and _can_fail(tree, node) for node in _unbounded(tree, 0))


def _unbounded(items: Any, depth: int) -> Iterator[Any]:
    """The bodies of the repeats without an upper bound."""
    if depth > _MAX_DEPTH:
        return
    for op, value in items:
        if op in _REPEATS:
            _, high, body = value
            if high is _constants.MAXREPEAT:
                yield body
            yield from _unbounded(body, depth + 1)
        elif op is _constants.SUBPATTERN:
            yield from _unbounded(value[-1], depth + 1)
        elif op is _constants.BRANCH:
            for branch in value[1]:
                yield from _unbounded(branch, depth + 1)


def _nested(body: Any) -> bool:
    """Whether all of ``body`` is one unbounded repeat, so that its turns have no border."""
    items = list(body)
    while len(items) == 1 and items[0][0] is _constants.SUBPATTERN:
        items = list(items[0][1][-1])
    unbounded = [
        item for item in items if item[0] in _REPEATS and item[1][1] is _constants.MAXREPEAT
    ]
    needed = [item for item in items if item not in unbounded and not _may_be_empty(item)]
    return bool(unbounded) and not needed


def _may_be_empty(item: Any) -> bool:
    op, value = item
    return op is _constants.AT or (op in _REPEATS and value[0] == 0)


def _can_fail(tree: Any, body: Any) -> bool:
    """Something after the repeat, or its anchored end, can refuse: only then is it retried."""
    items = list(tree)
    if not items:
        return False
    op, value = items[-1]
    while op is _constants.SUBPATTERN and list(value[-1]):
        op, value = list(value[-1])[-1]
    return not (op in _REPEATS and value[-1] is body)

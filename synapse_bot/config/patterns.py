"""Regular expressions from a declaration: valid, short, and with no known way to explode."""

from __future__ import annotations

import importlib
import re
from typing import Any

MAX_LENGTH = 1000

_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")  # a possessive repeat gives nothing back: it is safe


def pattern_fault(pattern: str) -> str:
    """What is wrong with ``pattern``, in words; "" when it may be used.

    A repeat without an upper bound inside another one, such as ``(a+)+``, takes exponential time
    on a line made for it, and the lines come from the change under review.
    """
    if len(pattern) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH} characters"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        place = getattr(error, "pos", None)
        at = f" at character {place + 1}" if isinstance(place, int) else ""
        return f"not a valid regular expression: {getattr(error, 'msg', error)}{at}"
    parsed = importlib.import_module("re._parser").parse(pattern)
    if _nested(list(parsed), within=False):
        return (
            "a repeat inside a repeat, such as (a+)+, may take exponential time: bound one of them"
            " or make the inner one possessive (a++)"
        )
    return ""


def _nested(nodes: list[Any], within: bool) -> bool:
    """Whether a repeat without bound stands in another one whose turns it can make ambiguous."""
    for operation, argument in nodes:
        name = str(operation)
        if name in _REPEATS:
            _, most, inner = argument
            unbounded = str(most) == "MAXREPEAT"
            if within and unbounded:
                return True
            # ``(,\w+)*`` is safe: every turn starts with a character that the repeat cannot eat.
            if _nested(list(inner), (within or unbounded) and not _fenced(list(inner))):
                return True
        elif any(_nested(group, within) for group in _groups(name, argument)):
            return True
    return False


def _groups(name: str, argument: Any) -> list[list[Any]]:
    match name:
        case "SUBPATTERN":
            return [list(argument[-1])]
        case "BRANCH":
            return [list(branch) for branch in argument[1]]
        case "ASSERT" | "ASSERT_NOT":
            return [list(argument[1])]
        case _:
            return []  # literals, classes, and atomic groups, which give nothing back


def _fenced(nodes: list[Any]) -> bool:
    """Whether a turn begins with a literal, which keeps two turns apart in the usual case."""
    if not nodes:
        return False
    operation, argument = nodes[0]
    if str(operation) == "SUBPATTERN":
        return _fenced(list(argument[-1]))
    return str(operation) == "LITERAL"

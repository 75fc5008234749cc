"""Regular expressions from a declaration: valid, short, and with no known way to explode.

A repeat in a repeat, such as ``(a+)+``, ``(a|aa)*`` or ``(a{1,2})+``, can read one text in
exponentially many ways, and the texts come from the change under review. What is refused here is
every repeated group that may take turns of different length, unless each turn starts with a
character that the rest of the turn cannot eat, as in ``(,\\w+)*``. That refuses a few harmless
patterns; each of them can be written with a possessive repeat, ``(a++)+``.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

MAX_LENGTH = 1000
MANY = 10  # turns from which a bounded repeat is as bad as an endless one

Nodes = list[tuple[Any, Any]]

_ADVICE = "bound one of them, or make the inner one possessive: (a++)"


def pattern_fault(pattern: str) -> str:
    """What is wrong with ``pattern``, in words; "" when it may be used."""
    if len(pattern) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH} characters"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        place = getattr(error, "pos", None)
        at = f" at character {place + 1}" if isinstance(place, int) else ""
        return f"not a valid regular expression: {getattr(error, 'msg', error)}{at}"
    tree = list(importlib.import_module("re._parser").parse(pattern))
    if any(_explodes(body) for most, body in _repeats(tree) if most >= MANY):
        return f"a repeat inside a repeat may take exponential time: {_ADVICE}"
    return ""


def _inner(operation: str, argument: Any) -> list[Nodes]:
    """The parts of a node. Atomic groups and possessive repeats give nothing back: no parts."""
    match operation:
        case "SUBPATTERN":
            return [list(argument[-1])]
        case "BRANCH":
            return [list(branch) for branch in argument[1]]
        case "MAX_REPEAT" | "MIN_REPEAT":
            return [list(argument[2])]
        case "ASSERT" | "ASSERT_NOT":
            return [list(argument[1])]
        case "GROUPREF_EXISTS":
            return [list(part) for part in argument[1:] if part]
        case _:
            return []


def _walk(nodes: Nodes) -> Iterator[tuple[str, Any]]:
    for operation, argument in nodes:
        yield str(operation), argument
        for part in _inner(str(operation), argument):
            yield from _walk(part)


def _repeats(nodes: Nodes) -> Iterator[tuple[int, Nodes]]:
    """(the most turns, what is repeated) of every repeat that backtracks."""
    for operation, argument in _walk(nodes):
        if operation in ("MAX_REPEAT", "MIN_REPEAT"):
            yield int(argument[1]), list(argument[2])


def _explodes(body: Nodes) -> bool:
    """Whether a repeated ``body`` can read the same text in turns of different length."""
    loose = [
        list(argument[2])
        for operation, argument in _walk(body)
        if operation in ("MAX_REPEAT", "MIN_REPEAT") and int(argument[0]) != int(argument[1])
    ]
    if any(_overlaps(argument[1]) for operation, argument in _walk(body) if operation == "BRANCH"):
        return True
    fence = _first(body)
    return bool(loose) and (fence is None or any(_may_eat(part, fence) for part in loose))


def _overlaps(branches: list[Any]) -> bool:
    """Whether two branches may start alike: they do not when each has a letter of its own."""
    firsts = [_first(list(branch)) for branch in branches]
    return None in firsts or len(set(firsts)) < len(firsts)


def _first(nodes: Nodes) -> int | None:
    """The character that ``nodes`` start with, where it is always the same one."""
    if not nodes:
        return None
    operation, argument = str(nodes[0][0]), nodes[0][1]
    if operation == "SUBPATTERN":
        return _first(list(argument[-1]))
    return int(argument) if operation == "LITERAL" else None


def _may_eat(nodes: Nodes, character: int) -> bool:
    """Whether ``nodes`` may match ``character``; where that is hard to say, they may."""
    return any(_eats(operation, argument, character) for operation, argument in _walk(nodes))


def _eats(operation: str, argument: Any, character: int) -> bool:
    match operation:
        case "LITERAL":
            return bool(argument == character)
        case "NOT_LITERAL":
            return bool(argument != character)
        case "RANGE":
            return bool(argument[0] <= character <= argument[1])
        case "CATEGORY":
            return _in_category(str(argument), chr(character))
        case "IN":
            items = [(str(name), value) for name, value in argument]
            negated = items[:1] == [("NEGATE", None)]
            found = any(_eats(n, v, character) for n, v in items if n != "NEGATE")
            return found is not negated
        case "SUBPATTERN" | "MAX_REPEAT" | "MIN_REPEAT" | "BRANCH" | "AT":
            return False  # their parts are walked too
        case _:
            return True


def _in_category(name: str, character: str) -> bool:
    kind = name.removeprefix("CATEGORY_")
    letter = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}.get(kind.removeprefix("NOT_"))
    if letter is None:
        return True
    return (re.fullmatch(letter, character) is not None) is not kind.startswith("NOT_")

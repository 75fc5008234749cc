"""Balances and stocks that are read, judged and written as three steps, which two requests at once
interleave; and amounts whose sign nobody looks at."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.base import Application, Hit, hit

if TYPE_CHECKING:
    from synapse_bot.specialist.python.routes import Handler

_COUNTED = re.compile(
    r"(?i)^(.*_)?(balance|stock|quantity|qty|credits?|inventory|points|seats|remaining|available|funds"
    r"|uses|usage_count|tickets_left|coins|wallet|amount_left)$"
)
_LOCKED = re.compile(
    r"(?i)(select_for_update|with_for_update|atomic|\bF\(|lock|for update"
    r"|serializable|transaction\(|begin_nested|compare_and_swap|version_id|\.begin\()"
)
_AMOUNT = re.compile(r"(?i)^(amount|quantity|qty|sum|value|points|credits?|price|transfer_amount)$")


def find_races(app: Application) -> Iterator[Hit]:
    for handler in app.handlers:
        changes = [
            node
            for node in handler.function.nodes
            if isinstance(node, ast.AugAssign | ast.Assign) and _is_counted_change(node)
        ]
        if not changes:
            continue
        said = ast.unparse(handler.function.node)
        first = min(changes, key=lambda node: node.lineno)
        if not _LOCKED.search(said) and _judges(handler):
            message = "Read, judged and written in three steps: two requests at once both pass."
            yield hit("race-condition", handler.module, first, message, "medium", 0.6)
        yield from _unsigned(handler, first)


def _is_counted_change(node: ast.AugAssign | ast.Assign) -> bool:
    """``x.balance -= n`` and ``x.balance = x.balance - n``."""
    if isinstance(node, ast.AugAssign):
        target: ast.expr = node.target
        changed = isinstance(node.op, ast.Sub | ast.Add)
    else:
        target, changed = node.targets[0], isinstance(node.value, ast.BinOp)
        changed = changed and ast.unparse(target) in ast.unparse(node.value)
    name = target.attr if isinstance(target, ast.Attribute) else _key(target)
    return changed and bool(_COUNTED.match(name))


def _key(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return ""


def _judges(handler: Handler) -> bool:
    """A comparison of what is counted stands before the change."""
    return any(
        isinstance(inner, ast.Attribute) and _COUNTED.match(inner.attr)
        for node in handler.function.nodes
        if isinstance(node, ast.Compare)
        for inner in ast.walk(node)
    )


def _unsigned(handler: Handler, change: ast.AugAssign | ast.Assign) -> Iterator[Hit]:
    """An amount of the caller that is subtracted and added, and never compared with 0."""
    used = {n.id for n in ast.walk(change) if isinstance(n, ast.Name) and _AMOUNT.match(n.id)}
    outside = {
        node.targets[0].id
        for node in handler.function.nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and re.search(r"(?i)(request|data|payload|body|form)", ast.unparse(node.value))
    } | handler.params
    for name in sorted(used & outside):
        if not any(_compares_with_number(node, name) for node in handler.function.nodes):
            message = "The caller's amount may be negative, which turns the payment round."
            yield hit("unchecked-amount", handler.module, change, message, "medium", 0.6)


def _compares_with_number(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    named = any(isinstance(s, ast.Name) and s.id == name for s in sides)
    return named and any(isinstance(s, ast.Constant) for s in sides)

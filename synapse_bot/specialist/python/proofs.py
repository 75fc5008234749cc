"""What a condition proves of the names in it: "if url not in ALLOWED: abort(400)"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.values import EVERY

if TYPE_CHECKING:
    from synapse_bot.specialist.python.source import Module

Proof = tuple[str, frozenset[str]]  # a dotted name -> the rules that it is now harmless to

_PLACES = frozenset({"path-traversal", "ssrf", "open-redirect"})
_QUOTED = frozenset({"xpath-injection", "sql-injection", "ldap-injection"})
_NO_PROOF = re.compile(
    r"(?i)(exists|isfile|isdir|allowed_file|allowed_extension|check_password|verify_password"
    r"|check_password_hash|authenticate|is_authenticated|login|has_perm|hasattr|callable|checkpw)"
)
_ENDS = re.compile(r"(?i)(^|\.)(abort|exit|_exit|fail|bail|not_found|forbidden|bad_request)$")


def proofs(module: Module, test: ast.expr, holds: bool, checks: re.Pattern[str]) -> Iterator[Proof]:
    """What is known where ``test`` is true (``holds``), or where it is false."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            yield from proofs(module, test.operand, not holds, checks)
        case ast.BoolOp():
            # "a and b" proves both where it holds; "a or b" disproves both where it does not.
            if isinstance(test.op, ast.And) == holds:
                for part in test.values:
                    yield from proofs(module, part, holds, checks)
            elif not holds:  # "if url and not is_safe(url): ..." is meant to be a check of url
                for part in test.values:
                    if isinstance(part, ast.UnaryOp) and isinstance(part.operand, ast.Call):
                        yield from proofs(module, part, holds, checks)
        case ast.Compare(ops=[op], comparators=[right]):
            yield from _compared(module, test.left, op, right, holds)
        case ast.Call():
            yield from _called(module, test, holds, checks)


def _compared(
    module: Module, left: ast.expr, op: ast.cmpop, right: ast.expr, holds: bool
) -> Iterator[Proof]:
    positive = isinstance(op, ast.In | ast.Eq) == holds
    if not isinstance(op, ast.In | ast.NotIn | ast.Eq | ast.NotEq):
        return
    if isinstance(left, ast.Constant) and isinstance(op, ast.In | ast.NotIn):
        if not positive and left.value in ("..", "/", "../", "\\", "://", "//"):
            yield from ((name, _PLACES) for name in subjects(module, right))
        elif not positive and left.value in ("'", '"'):
            yield from ((name, _QUOTED) for name in subjects(module, right))
        return
    if positive and _is_list(right, op):
        yield from ((name, EVERY) for name in subjects(module, left))


def _is_list(right: ast.expr, op: ast.cmpop) -> bool:
    """What can be on a list of allowed values: no text of the caller, no None or ""."""
    if isinstance(op, ast.Eq | ast.NotEq):
        return isinstance(right, ast.Constant) and right.value not in (None, "")
    return not isinstance(right, ast.Constant) and not isinstance(right, ast.JoinedStr)


def _called(
    module: Module, call: ast.Call, holds: bool, checks: re.Pattern[str]
) -> Iterator[Proof]:
    name = module.resolve(call.func)
    last = name.rpartition(".")[2]
    if not holds or _NO_PROOF.search(last):
        return
    if last in ("isdigit", "isalnum", "isnumeric", "isdecimal", "isalpha", "isidentifier"):
        yield from ((n, EVERY) for n in subjects(module, call.func))
    elif last in ("startswith", "is_relative_to"):
        yield from ((n, _PLACES) for n in subjects(module, call.func))
    elif name in ("re.match", "re.fullmatch") or last in ("match", "fullmatch"):
        yield from ((n, EVERY) for arg in call.args[-1:] for n in subjects(module, arg))
    elif name == "isinstance":
        yield from ((n, frozenset({"nosql-injection"})) for n in subjects(module, call.args[0:1]))
    elif checks.search(last) or last.startswith("is_"):
        given = [*call.args, *(word.value for word in call.keywords)]
        yield from ((n, EVERY) for arg in given for n in subjects(module, arg))


def subjects(module: Module, node: ast.AST | list[ast.expr]) -> Iterator[str]:
    """The names in ``node`` whose value the condition is about."""
    todo: list[ast.AST] = list(node) if isinstance(node, list) else [node]
    while todo:
        one = todo.pop()
        if isinstance(one, ast.Name):
            yield one.id
        elif isinstance(one, ast.Attribute):
            if name := module.resolve(one):
                yield name
            todo.append(one.value)
        elif isinstance(one, ast.Call):
            todo += [*one.args, one.func]
        elif isinstance(one, ast.expr):
            todo.extend(ast.iter_child_nodes(one))


def ends(module: Module, body: list[ast.stmt]) -> bool:
    """Whether what comes after ``body`` is not reached by way of it."""
    if not body:
        return False
    match body[-1]:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.Expr(value=ast.Call(func=func)):
            return bool(_ENDS.search(module.resolve(func)))
        case ast.If(body=first, orelse=second):
            return ends(module, first) and ends(module, second)
        case ast.With(body=inner) | ast.AsyncWith(body=inner):
            return ends(module, inner)
    return False

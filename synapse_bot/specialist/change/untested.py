"""Behaviour that changed while no test did, in a repository that has tests of that code.

Told once a change, as a question to its author: a refactoring needs no new test.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import FileStatus, LineKind
from synapse_bot.specialist.change.before import texts_before
from synapse_bot.specialist.change.interface import FunctionNode, parse
from synapse_bot.specialist.change.tested import (
    LANGUAGES,
    module_name,
    named_tests,
    touches_tests,
)
from synapse_bot.specialist.change.uses import dotted
from synapse_bot.specialist.output.base import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

RULE = "untested-behaviour"
_LINES = 20  # of code that a change adds, from which a test is asked for
_COMMENTS = ("#", "//", "/*", "*", "--", '"""', "'''")


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """At most one finding, in the file that changed most."""
    del place
    if task.past is None or touches_tests(task.diff, task.kinds):
        return ()
    tests = named_tests(task.past.tree(), task.kinds)
    before = texts_before(task, paths)
    changed: dict[str, list[int]] = {}
    for path in paths:
        file = task.diff.by_path[path]
        if task.kinds.is_test(path) or task.languages.get(path) not in LANGUAGES:
            continue
        if module_name(path) in tests and _behaves_otherwise(path, before, task.texts):
            changed[path] = _code_lines(file)
    total = sum(map(len, changed.values()))
    if total < _LINES:
        return ()
    most = max(changed, key=lambda path: (len(changed[path]), path))
    test = tests[module_name(most)]
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    message = (
        f"{total} lines of code are added in {most}{more}, and no test is touched: does {test}"
        " cover them?"
    )
    line = changed[most][0]
    return (
        RawFinding(
            path=most,
            line=line,
            end_line=line,
            rule=RULE,
            message=message,
            severity="info",
            confidence="0.5",
        ),
    )


def _code_lines(file: FileDiff) -> list[int]:
    """The numbers of added lines that hold more than a comment, moved lines left out."""
    if file.status is FileStatus.DELETED:
        return []
    gone = {line.text.strip() for line in file.lines() if line.kind is LineKind.REMOVED}
    return [
        line.new
        for line in file.lines()
        if line.kind is LineKind.ADDED and line.new is not None
        if (text := line.text.strip()) and not text.startswith(_COMMENTS) and text not in gone
    ]


def _behaves_otherwise(path: str, before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """False where the trees without docstrings and annotations are equal; True in doubt."""
    if not path.endswith(".py") or not before.get(path):
        return True
    old, new = parse(before[path]), parse(now[path])
    if old is None or new is None:
        return True
    try:
        return _behaviour(old) != _behaviour(new)
    except RecursionError:
        return True


def _behaviour(part: object) -> object:
    """Equal for what runs alike: without places, docstrings, annotations and overloads."""
    match part:
        case ast.AST():
            return type(part), [_behaviour(value) for value in _running(part)]
        case list():
            return [_behaviour(item) for item in part]
        case _:
            return repr(part)  # 1 is not True here


def _running(node: ast.AST) -> Iterator[object]:
    """The fields of ``node`` that something runs."""
    for name, value in ast.iter_fields(node):
        match node, name:
            case (ast.FunctionDef() | ast.AsyncFunctionDef(), "returns") | (
                ast.arg(),
                "annotation",
            ):
                pass
            case (
                ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Module(),
                "body",
            ):
                yield _body(node)
            case _:
                yield value


def _body(node: FunctionNode | ast.ClassDef | ast.Module) -> list[ast.stmt]:
    documented = ast.get_docstring(node, clean=False) is not None
    return [inner for inner in node.body[documented:] if not _is_overload(inner)]


def _is_overload(node: ast.stmt) -> bool:
    decorators = node.decorator_list if isinstance(node, FunctionNode) else ()
    return any(dotted(decorator).rpartition(".")[2] == "overload" for decorator in decorators)

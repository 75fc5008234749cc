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
    is_test,
    module_name,
    named_tests,
    touches_tests,
)
from synapse_bot.specialist.change.uses import dotted
from synapse_bot.specialist.output.base import RawFinding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

RULE = "untested-behaviour"
_LINES = 20  # of code that a change adds, from which a test is asked for
_COMMENTS = ("#", "//", "/*", "*", "--", '"""', "'''")


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """At most one finding, in the file that changed most."""
    del place
    if task.past is None or touches_tests(task.diff):
        return ()
    tests = named_tests(task.past.tree())
    before = texts_before(task, paths)
    changed: dict[str, list[int]] = {}
    for path in paths:
        file = task.diff.by_path[path]
        if is_test(path) or task.languages.get(path) not in LANGUAGES:
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
        return ast.dump(_bare(old)) != ast.dump(_bare(new))
    except RecursionError:
        return True


def _bare(tree: ast.Module) -> ast.Module:
    """``tree`` without docstrings, annotations and overloads, which nothing runs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.Module):
            node.body = [inner for inner in node.body if not _is_overload(inner)]
        if isinstance(node, FunctionNode | ast.ClassDef | ast.Module) and _has_docstring(node):
            node.body = node.body[1:]
        if isinstance(node, FunctionNode):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _has_docstring(node: FunctionNode | ast.ClassDef | ast.Module) -> bool:
    return ast.get_docstring(node, clean=False) is not None


def _is_overload(node: ast.stmt) -> bool:
    decorators = node.decorator_list if isinstance(node, FunctionNode) else ()
    return any(dotted(decorator).rpartition(".")[2] == "overload" for decorator in decorators)

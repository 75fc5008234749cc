"""Migrations of Django and Alembic that lose data, lock a table, or cannot be taken back.

Read as syntax trees. What a migration does to a table that it makes itself harms nobody, so that
is left out; and only what the change adds is told, by where findings are shown.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.specialist.change.interface import parse
from synapse_bot.specialist.change.uses import dotted
from synapse_bot.specialist.output.base import RawFinding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

DROPS, LOCKS = "migration-drops-data", "migration-locks-table"
REQUIRES = "migration-required-column"
ONE_WAY = "migration-irreversible"


@dataclass(frozen=True, slots=True)
class Hazard:
    line: int
    rule: str
    message: str
    severity: str
    confidence: float


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """A finding for every hazardous operation in the migrations among ``paths``."""
    del place
    trees = ((path, parse(task.texts[path])) for path in paths)
    found = ((path, hazard) for path, tree in trees if tree for hazard in _hazards(tree))
    return tuple(
        RawFinding(
            path=path,
            line=hazard.line,
            end_line=hazard.line,
            rule=hazard.rule,
            message=hazard.message,
            severity=hazard.severity,
            confidence=str(hazard.confidence),
        )
        for path, hazard in found
    )


def _hazards(tree: ast.Module) -> Iterator[Hazard]:
    for node in tree.body:
        match node:
            case ast.ClassDef(name="Migration"):
                yield from _django(node)
            case ast.FunctionDef(name="upgrade") if _imports_alembic(tree):
                yield from _alembic(node, _function(tree, "downgrade"))


def _imports_alembic(tree: ast.Module) -> bool:
    return any(isinstance(n, ast.ImportFrom) and n.module == "alembic" for n in tree.body)


def _function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return next((node for node in functions if node.name == name), None)


# Django


def _django(migration: ast.ClassDef) -> Iterator[Hazard]:
    stated = _state_only(migration)
    calls = [c for c in _calls(migration) if "." in dotted(c.func) and id(c) not in stated]
    own = {_text(call, 0, "name").lower() for call in calls if _last(call) == "CreateModel"}
    for call in calls:
        operation = _DJANGO.get(_last(call))
        if operation and _text(call, 0, "model_name").lower() not in own - {""}:
            yield from operation(call)


def _remove_field(call: ast.Call) -> Iterator[Hazard]:
    what = f"`{_text(call, 0, 'model_name')}.{_text(call, 1, 'name')}` is dropped"
    yield Hazard(call.lineno, DROPS, f"{what} while the running release may still read it.", *_MID)


def _delete_model(call: ast.Call) -> Iterator[Hazard]:
    what = f"The table of `{_text(call, 0, 'name')}` is dropped with all that it holds."
    yield Hazard(call.lineno, DROPS, what, *_MID)


def _rename_field(call: ast.Call) -> Iterator[Hazard]:
    what = f"`{_text(call, 1, 'old_name')}` is renamed"
    yield Hazard(call.lineno, DROPS, f"{what}: the running release knows the old name.", *_MID)


def _rename_model(call: ast.Call) -> Iterator[Hazard]:
    what = f"`{_text(call, 0, 'old_name')}` is renamed"
    yield Hazard(call.lineno, DROPS, f"{what}: the running release knows the old name.", *_MID)


def _add_field(call: ast.Call) -> Iterator[Hazard]:
    field = _argument(call, 2, "field")
    if not isinstance(field, ast.Call):
        return
    keys = {keyword.arg: keyword.value for keyword in field.keywords}
    fills = "default" in keys or "db_default" in keys or _true(keys.get("null"))
    if not fills and _last(field) not in _FILLED and None not in keys:
        what = f"`{_text(call, 1, 'name')}` takes no NULL and has no default: rows that exist have"
        yield Hazard(call.lineno, REQUIRES, f"{what} no value for it.", "medium", 0.7)


def _add_index(call: ast.Call) -> Iterator[Hazard]:
    what = "Building the index keeps writers of the table waiting; AddIndexConcurrently does not."
    yield Hazard(call.lineno, LOCKS, what, "low", 0.5)


def _run(call: ast.Call) -> Iterator[Hazard]:
    reverse = _argument(call, 1, "reverse_code" if _last(call) == "RunPython" else "reverse_sql")
    if reverse is None or (isinstance(reverse, ast.Constant) and reverse.value is None):
        what = f"{_last(call)} has no way back: the migration cannot be undone."
        yield Hazard(call.lineno, ONE_WAY, what, "low", 0.6)


_MID = ("medium", 0.6)
_FILLED = frozenset({"ManyToManyField", "AutoField", "BigAutoField", "SmallAutoField"})
_DJANGO: dict[str, Callable[[ast.Call], Iterator[Hazard]]] = {
    "RemoveField": _remove_field,
    "DeleteModel": _delete_model,
    "RenameField": _rename_field,
    "RenameModel": _rename_model,
    "AddField": _add_field,
    "AddIndex": _add_index,
    "RunPython": _run,
    "RunSQL": _run,
}


# Alembic


def _alembic(upgrade: ast.FunctionDef, downgrade: ast.FunctionDef | None) -> Iterator[Hazard]:
    calls = list(_calls(upgrade))
    own = {_text(call, 0, "table_name") for call in calls if _last(call) == "create_table"}
    for call in calls:
        at = 1 if _last(call) == "create_index" else 0
        if dotted(call.func).partition(".")[0] != "op" or _text(call, at, "table_name") in own:
            continue
        if operation := _ALEMBIC.get(_last(call)):
            yield from operation(call)
    if calls and downgrade is not None and not any(_calls(downgrade)):
        what = "downgrade does nothing: the migration cannot be undone."
        yield Hazard(downgrade.lineno, ONE_WAY, what, "low", 0.6)


def _drop_column(call: ast.Call) -> Iterator[Hazard]:
    what = f"`{_text(call, 0, 'table_name')}.{_text(call, 1, 'column_name')}` is dropped"
    yield Hazard(call.lineno, DROPS, f"{what} while the running release may still read it.", *_MID)


def _drop_table(call: ast.Call) -> Iterator[Hazard]:
    what = f"The table `{_text(call, 0, 'table_name')}` is dropped with all that it holds."
    yield Hazard(call.lineno, DROPS, what, *_MID)


def _rename_table(call: ast.Call) -> Iterator[Hazard]:
    what = f"`{_text(call, 0, 'old_table_name')}` is renamed"
    yield Hazard(call.lineno, DROPS, f"{what}: the running release knows the old name.", *_MID)


def _alter_column(call: ast.Call) -> Iterator[Hazard]:
    keys = {keyword.arg: keyword.value for keyword in call.keywords}
    column = f"`{_text(call, 0, 'table_name')}.{_text(call, 1, 'column_name')}`"
    if "new_column_name" in keys:
        what = f"{column} is renamed: the running release knows the old name."
        yield Hazard(call.lineno, DROPS, what, *_MID)
    if "type_" in keys:
        what = f"{column} gets another type: most databases write the whole table anew for it."
        yield Hazard(call.lineno, LOCKS, what, "low", 0.5)
    if _false(keys.get("nullable")) and not _false(keys.get("existing_nullable")):
        what = f"{column} no longer takes NULL: rows that hold one make the migration fail."
        yield Hazard(call.lineno, REQUIRES, what, "low", 0.6)


def _add_column(call: ast.Call) -> Iterator[Hazard]:
    column = _argument(call, 1, "column")
    if not isinstance(column, ast.Call):
        return
    keys = {keyword.arg: keyword.value for keyword in column.keywords}
    if _false(keys.get("nullable")) and "server_default" not in keys and None not in keys:
        what = f"`{_text(column, 0, 'name')}` takes no NULL and has no server_default"
        what += ": rows that exist make the migration fail."
        yield Hazard(call.lineno, REQUIRES, what, "medium", 0.75)


def _create_index(call: ast.Call) -> Iterator[Hazard]:
    keys = {keyword.arg for keyword in call.keywords}
    if not keys & {"postgresql_concurrently", "mysql_prefix", None}:
        what = "Building the index keeps writers of the table waiting, on PostgreSQL unless"
        yield Hazard(call.lineno, LOCKS, f"{what} postgresql_concurrently is set.", "low", 0.5)


_ALEMBIC: dict[str, Callable[[ast.Call], Iterator[Hazard]]] = {
    "drop_column": _drop_column,
    "drop_table": _drop_table,
    "rename_table": _rename_table,
    "alter_column": _alter_column,
    "add_column": _add_column,
    "create_index": _create_index,
}


# Calls


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    found = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    return iter(sorted(found, key=lambda call: (call.lineno, call.col_offset)))


def _last(call: ast.Call) -> str:
    return dotted(call.func).rpartition(".")[2]


def _argument(call: ast.Call, at: int, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[at] if at < len(call.args) else None


def _text(call: ast.Call, at: int, name: str) -> str:
    """A constant text among the arguments; "" where there is none."""
    value = _argument(call, at, name)
    constant = value.value if isinstance(value, ast.Constant) else ""
    return constant[:100] if isinstance(constant, str) else ""


def _state_only(node: ast.AST) -> set[int]:
    """The calls that change what Django knows and not the database."""
    return {
        id(inner)
        for keyword in ast.walk(node)
        if isinstance(keyword, ast.keyword) and keyword.arg == "state_operations"
        for inner in ast.walk(keyword)
    }


def _true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False

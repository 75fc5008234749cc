"""The check "python-web": an application is read once, and every analysis looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.specialist.output.base import RawFinding
from synapse_bot.specialist.python.access import find_open_routes, find_open_views
from synapse_bot.specialist.python.base import Application, Hit
from synapse_bot.specialist.python.cookies import find_cookie_faults
from synapse_bot.specialist.python.exposure import find_exposures
from synapse_bot.specialist.python.flow import find_flows
from synapse_bot.specialist.python.forgery import find_forgeable
from synapse_bot.specialist.python.ownership import find_foreign_objects
from synapse_bot.specialist.python.passwords import find_password_faults
from synapse_bot.specialist.python.races import find_races
from synapse_bot.specialist.python.redos import find_slow_patterns
from synapse_bot.specialist.python.routes import find_handlers
from synapse_bot.specialist.python.settings import find_open_settings
from synapse_bot.specialist.python.source import parse_module
from synapse_bot.specialist.python.table import load_table
from synapse_bot.specialist.python.tokens import find_token_faults
from synapse_bot.specialist.python.trees import Unreadable
from synapse_bot.specialist.python.uploads import find_uploads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.python.base import Check
    from synapse_bot.specialist.python.source import Module
    from synapse_bot.specialist.python.table import FlowTable
    from synapse_bot.specialist.runner import Place

CHECKS: tuple[Check, ...] = (
    find_open_routes,
    find_open_views,
    find_foreign_objects,
    find_forgeable,
    find_open_settings,
    find_password_faults,
    find_token_faults,
    find_exposures,
    find_uploads,
    find_slow_patterns,
    find_races,
    find_cookie_faults,
)


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """What structure and flow show in the Python files of the change; hunks alone are left out."""
    table = load_table(place.rules / "static/flow/python", place.compiled)
    texts = {path: task.texts[path] for path in paths if path not in task.partial}
    return tuple(map(_raw, examine(texts, table)))


def examine(texts: Mapping[str, str], table: FlowTable) -> list[Hit]:
    """The hits in ``texts``, by path and line; a file that cannot be parsed is a hit itself."""
    modules: list[Module] = []
    hits: list[Hit] = []
    for path, text in sorted(texts.items()):
        try:
            modules.append(parse_module(path, text))
        except Unreadable as error:
            hits.append(_unread(path, error))
    app = Application(tuple(modules), find_handlers(modules), table.settings)
    hits += find_flows(app, table)
    for check in CHECKS:
        hits += check(app)
    return sorted(hits, key=lambda h: (h.path, h.line, h.rule))


def _unread(path: str, error: Unreadable) -> Hit:
    message = f"Its routes and flows were not examined: {error}."
    return Hit("not-analysed", path, error.line, message, "info", 0.9)


def _raw(hit: Hit) -> RawFinding:
    return RawFinding(
        path=hit.path,
        line=hit.line,
        end_line=hit.line,
        rule=hit.rule,
        message=hit.message,
        severity=hit.severity,
        confidence=f"{hit.confidence:.2f}",
    )

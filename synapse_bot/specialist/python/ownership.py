"""Objects fetched by an id of the request without a look at whose they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.base import Application, Hit, hit
from synapse_bot.specialist.python.source import string

if TYPE_CHECKING:
    from synapse_bot.specialist.python.routes import Handler

_FETCH = re.compile(
    r"(?i)(\.query\.(get|get_or_404|filter_by|filter)|\.objects\.(get|filter|get_or_create)"
    r"|get_object_or_404|get_list_or_404|session\.get|\.find_one|\.execute|\.get_or_404"
    r"|\.get_by_id|query_db|\.fetchrow|\.fetch_one|\.query\(\)\.(get|filter|filter_by)"
    r"|\.scalar|\.filter_by)$"
)
_OWNED = re.compile(
    r"(?i)(order|invoice|account|profile|message|document|file|note|post|payment|card|address|ticket"
    r"|booking|transaction|user|customer|patient|record|report|comment|project|task|todo|item|cart"
    r"|wallet|transfer|subscription|photo|album|chat|conversation|email|contact|employee|salary"
    r"|appointment|prescription|upload|attachment|token|key|device|team|board|receipt|statement)"
)
_WHO = re.compile(
    r"(?i)(current_user|(request|req|info\.context)\.user\b|g\.user|session\b|get_jwt_identity|user_id"
    r"|owner|author|created_by|identity|tenant|is_admin|is_staff|has_perm|has_object_permission"
    r"|check_object_permissions|current_|can_(view|edit|access)|abort_if|authorize|belongs_to"
    r"|is_superuser|role|permission)"
)
_CREDENTIALS = re.compile(r"(?i)(log_?in|register|sign_?up|public|verify|share|reset|webhook)")


def find_foreign_objects(app: Application) -> Iterator[Hit]:
    """A fetch by an id that the caller chose, in a handler that never compares its owner."""
    identity = any(handler.guards for handler in app.handlers)
    for handler in app.handlers:
        if handler.framework in ("mcp", "http.server"):
            continue
        if _CREDENTIALS.search(handler.says) or not _OWNED.search(handler.says):
            continue
        if _is_role_guarded(handler):
            continue
        for call in _fetches(handler):
            if not _asks_whose(handler):
                confidence = 0.65 if handler.guards else (0.45 if identity else 0.4)
                message = "The object is fetched by an id of the request; whose it is nobody asks."
                yield hit(
                    "missing-ownership-check", handler.module, call, message, "high", confidence
                )
            break


def _is_role_guarded(handler: Handler) -> bool:
    staff = re.compile(
        r"(?i)(admin|staff|superuser|role|permission|scope|owner|moderator|allows|requires$)"
    )
    return any(staff.search(guard) for guard in handler.guards)


def _fetches(handler: Handler) -> Iterator[ast.Call]:
    names = handler.ids | _read_ids(handler)
    if not names:
        return
    calls = [n for n in handler.function.nodes if isinstance(n, ast.Call)]
    for call in sorted(calls, key=lambda c: c.lineno):
        if not _FETCH.search(handler.module.resolve(call.func)):
            continue
        used = {n.id for n in ast.walk(call) if isinstance(n, ast.Name)}
        if used & names:
            yield call


def _read_ids(handler: Handler) -> frozenset[str]:
    """Local names that hold an id of the request: ``order_id = request.args["order_id"]``."""
    found = set()
    for node in handler.function.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            keys = [string(n) for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
            reads = any(
                isinstance(n, ast.Name | ast.Attribute)
                and re.search(r"(^|\.)(request|req)\b", handler.module.resolve(n))
                for n in ast.walk(node.value)
            )
            if reads and any(
                key and re.search(r"(?i)(^|_)(id|uuid|pk)$|^id$", key) for key in keys
            ):
                found.add(node.targets[0].id)
    return frozenset(found)


def _asks_whose(handler: Handler) -> bool:
    """Whether anything but the fetched id itself speaks of an owner."""
    own = handler.ids
    for node in handler.function.nodes:
        match node:
            case ast.Name() if node.id not in own and _WHO.search(node.id):
                return True
            case ast.Attribute() if _WHO.search(handler.module.resolve(node)):
                return True
            case ast.keyword() if node.arg and _WHO.search(node.arg) and not _by_id(node, own):
                return True
            case ast.Constant() if isinstance(node.value, str) and _whose_column(node.value):
                return True
    used = {node.id for node in handler.function.nodes if isinstance(node, ast.Name)}
    params = {p.arg for p in handler.function.params} - own
    return any(
        re.search(r"(?i)(owner|identity|user$|principal|me$)", name) for name in params & used
    )


def _by_id(node: ast.keyword, own: frozenset[str]) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in own


def _whose_column(value: str) -> bool:
    return bool(re.search(r"(?i)\b(user_id|owner(_id)?|author_id|created_by|tenant_id)\s*=", value))

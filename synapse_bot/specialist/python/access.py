"""Routes that let everybody in although their siblings do not, or although what they do is not
for everybody."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.base import Application, Hit, hit

if TYPE_CHECKING:
    from synapse_bot.specialist.python.routes import Handler

_PUBLIC = re.compile(
    r"(?i)(log_?in|log_?out|sign_?in|sign_?up|sign_?out|register|registration|forgot|reset|recover"
    r"|health|ping|ready|alive|static|favicon|robots|webhook|callback|oauth|openid|index$|home|about"
    r"|contact|landing|public|search|docs|openapi|swagger|captcha|subscribe|newsletter|verify_email"
    r"|confirm|activate|token$|refresh|error|not_found|denied|csp_report|terms|privacy|faq|sitemap|demo)"
)
_ADMIN = re.compile(
    r"(?i)(^|[/_\s.<-])(admin|administrator|superuser|sudo|internal|debug|backup|restore|dump|impersonate"
    r"|promote|grant|revoke|make_admin|set_role|roles?|ban|shutdown|restart|maintenance"
    r"|all_users|list_users|users/all|config|settings|system|logs?|audit|secrets?|env|exec|shell|console"
    r"|metrics|flush|wipe|purge|migrate)($|[/_\s.>-])"
)
_ADMIN_ONLY = re.compile(
    r"(?i)(^|[/_\s.<-])(admin|administrator|superuser|sudo|impersonate|promote|grant|revoke|make_admin"
    r"|set_role|ban|shutdown|backup|restore|all_users|list_users|delete_user|wipe|purge)($|[/_\s.>-])"
)
_STAFF = re.compile(r"(?i)(admin|staff|superuser|role|permission|perm_|owner|is_owner|scope)")
_CHANGES = re.compile(
    r"(?i)(^|[/_\s.-])(delete|remove|destroy|update|edit|modify|create|add|new|upload|import|transfer"
    r"|withdraw|deposit|pay|refund|approve|reject|assign|cancel|change|set|toggle|disable|enable|purge"
    r"|export|download|send|invite|profile|account|user|users|orders?|invoices?|payments?|messages?"
    r"|documents?|customers?|patients?|employees?|accounts|transactions?|balance|reports?)($|[/_\s.<-]|\b)"
)
_DESTROYS = re.compile(r"(?i)(^|[/_\s.-])(delete|remove|destroy|purge|wipe|drop)")
_WRITES = re.compile(
    r"(^|\.)(commit|save|delete|create|bulk_create|bulk_update|delete_one|delete_many|insert_one"
    r"|insert_many|update_one|update_many|remove|unlink|rmtree|add_all|replace_one)$"
)
_WRITE_SQL = re.compile(r"(?is)^\s*(insert|update|delete|replace|drop|alter|truncate)\b")
_DATA = re.compile(
    r"(?i)(\.query\b|\.objects\.|\.execute$|\.filter|\.find(_one|_many)?$|fetch(all|one)$|\.all$"
    r"|session\.(get|query)|\.get_or_404$|get_object_or_404|query_db|listdir|send_file|\.scalars?$)"
)
_READ_ONLY = frozenset(
    {
        "get_queryset",
        "get_context_data",
        "get_object",
        "form_valid",
        "prepare",
        "dispatch",
        "perform_create",
        "perform_update",
        "perform_destroy",
    }
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many routes, and how many of them have a guard."""

    guarded: int
    routes: int


def _count(handlers: tuple[Handler, ...]) -> Count:
    routes = [handler for handler in handlers if _is_route(handler)]
    return Count(sum(bool(handler.guards) for handler in routes), len(routes))


def find_open_routes(app: Application) -> Iterator[Hit]:
    """Handlers without a guard, surer the more of their siblings have one."""
    judged = [h for h in app.handlers if _is_route(h)]
    guarded = sum(bool(h.guards) for h in judged)
    counts = {module.path: _count(app.handlers_of(module)) for module in app.modules}
    others_ask = sum(any(_STAFF.search(guard) for guard in h.guards) for h in judged)
    for handler in judged:
        if handler.guards:
            yield from _without_role(handler, others_ask > 0)
            continue
        if _PUBLIC.search(handler.route or handler.name) and not _ADMIN.search(handler.says):
            continue
        mine = counts[handler.module.path]
        yield from _unguarded(handler, mine, Count(guarded, len(judged)))


def find_open_views(app: Application) -> Iterator[Hit]:
    """Classes of Django's REST framework that change data and say that nobody is asked."""
    for module in app.modules:
        if "rest_framework" not in module.roots:
            continue
        for owner in module.classes:
            bases = " ".join(ast.unparse(base) for base in owner.bases)
            if not re.search(
                r"(ModelViewSet|Create|Update|Destroy)\w*(APIView|ViewSet|Mixin)?", bases
            ):
                continue
            for node in owner.body:
                match node:
                    case ast.Assign(targets=[ast.Name(id="permission_classes")], value=value):
                        if ast.unparse(value) in ("[]", "()", "[AllowAny]", "(AllowAny,)"):
                            why = "Everybody may create, change and delete through this view."
                            yield hit("missing-authentication", module, node, why, "high", 0.65)


def _is_route(handler: Handler) -> bool:
    name = handler.function.node.name
    return handler.framework not in ("mcp", "graphql", "http.server") and name not in _READ_ONLY


def _unguarded(handler: Handler, mine: Count, all_: Count) -> Iterator[Hit]:
    admin, changes = bool(_ADMIN.search(handler.says)), writes(handler)
    worst = (0.15 if admin else 0.0) + (0.1 if _destroys(handler) else 0.0)
    sensitive = admin or (changes and _is_changing(handler)) or _reads_private(handler)
    if not sensitive:
        return
    others = mine.routes - 1  # this one is among them, and has no guard
    if mine.guarded:
        confidence = min(0.4 + 0.45 * mine.guarded / others + worst, 0.85)
        why = f"{mine.guarded} of {others} other routes of this file ask who is there; not this."
    elif all_.guarded:
        confidence = 0.35 + 0.3 * all_.guarded / all_.routes + worst
        why = "Other routes of the application ask who is there; this one does not."
    else:
        confidence = 0.4 + worst
        why = "Nothing on the way to it asks who is there, and it is not for everybody."
    severity = "high" if admin or changes else "medium"
    node = handler.function.node
    yield hit("missing-authentication", handler.module, node, why, severity, round(confidence, 2))


def _destroys(handler: Handler) -> bool:
    return "DELETE" in handler.methods or bool(_DESTROYS.search(handler.says))


def _is_changing(handler: Handler) -> bool:
    named = bool(_CHANGES.search(handler.says))
    return named or bool(handler.methods & {"POST", "PUT", "PATCH", "DELETE"})


def _reads_private(handler: Handler) -> bool:
    """It shows what belongs to somebody: a profile, an order, by the id in its path."""
    return bool(handler.ids and _CHANGES.search(handler.says)) and _touches(handler, _DATA)


def _touches(handler: Handler, what: re.Pattern[str]) -> bool:
    module = handler.module
    return any(
        what.search(module.resolve(node.func))
        for node in handler.function.nodes
        if isinstance(node, ast.Call)
    )


def writes(handler: Handler) -> bool:
    """It changes stored data: a commit, a save, a statement that is no query."""
    if _touches(handler, _WRITES):
        return True
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _WRITE_SQL.match(node.value)
        for node in handler.function.nodes
    )


def _without_role(handler: Handler, others: bool) -> Iterator[Hit]:
    """Logged in is not enough for an admin's route, where others ask for the role."""
    if not _ADMIN_ONLY.search(handler.says) or _PUBLIC.search(handler.name):
        return
    if any(_STAFF.search(guard) for guard in handler.guards) or _mentions_role(handler):
        return
    why = "It asks whether somebody is logged in, not whether they may do this."
    confidence = 0.75 if others else 0.6
    yield hit(
        "missing-authorisation", handler.module, handler.function.node, why, "high", confidence
    )


def _mentions_role(handler: Handler) -> bool:
    return any(
        (isinstance(n, ast.Attribute) and _STAFF.search(n.attr))
        or (
            isinstance(n, ast.Constant)
            and isinstance(n.value, str)
            and _STAFF.search(n.value)
            and len(n.value) < 30
        )
        for n in handler.function.nodes
    )

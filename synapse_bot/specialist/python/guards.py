"""What lets only some callers into a handler: decorators, dependencies, mixins, own checks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.source import keyword, string

if TYPE_CHECKING:
    from synapse_bot.specialist.python.source import Function, Module

ROUTE = re.compile(r"\.(route|get|post|put|patch|delete|head|options|api_route|websocket|view)$")
INJECTED = re.compile(r"(^|\.)(Depends|Security|Inject|Provide|BackgroundTasks)$")
_AUTH = re.compile(
    r"(?i)(login|auth|permission|perm_|role|admin|token|jwt|superuser|staff|requires?_|_required"
    r"|protected|guard|scope|api_?key|logged_?in|current_user|get_user|current_active|verify"
    r"|principal|identity|secured?|moderator|allows|requires$|member|session_required|user_passes_test|is_owner|account)"
)
_NO_AUTH = re.compile(r"(?i)(csrf_exempt|AllowAny|exempt|anonymous|_optional|optional_)")
_IDENTITY = re.compile(
    r"(?i)(current_user|(request|self\.request|info\.context|req)\.(user|auth)\b|g\.(user|current_user)"
    r"|get_jwt_identity|get_jwt|verify_jwt|verify_token|decode_token|jwt\.decode|check_auth|login_manager"
    r"|get_current_user|is_authenticated|is_admin|is_superuser|is_staff|has_perm|check_permission"
    r"|require_(auth|login|user|admin|role)|authorize|request\.authorization|session_user|get_user_from)"
)
_SESSION_KEY = re.compile(
    r"(?i)^(user|user_?id|username|uid|logged_?in|login|is_admin|admin|role|account|email|token|auth"
    r"|user_?name|member_?id|userid|is_logged_in|authenticated|name|id)$"
)


def is_injected(module: Module, default: ast.expr | None) -> bool:
    return isinstance(default, ast.Call) and bool(INJECTED.search(module.resolve(default.func)))


def own_guards(module: Module, function: Function) -> Iterator[str]:
    """What lets only some callers into ``function``, in the words of the code."""
    for decorator in function.node.decorator_list:
        yield from _guard_words(module, decorator)
    for default in function.defaults.values():
        if is_injected(module, default):
            yield from _guard_words(module, default)
    for param in function.params:
        annotation = ast.unparse(param.annotation) if param.annotation is not None else ""
        if _AUTH.search(annotation) and re.search(r"Depends|Security|User", annotation):
            yield annotation
    if function.owner is not None:
        yield from _class_guards(module, function.owner)
    yield from body_guards(module, function)


def _guard_words(module: Module, node: ast.expr) -> Iterator[str]:
    """The name of a decorator or dependency that lets only some in."""
    call = node if isinstance(node, ast.Call) else None
    name = module.resolve(call.func if call else node)
    if call is not None and ROUTE.search(name):
        for word in call.keywords:
            if word.arg in ("dependencies", "auth", "auth_required"):
                yield from _auth_names(module, word.value)
        return
    if (call is not None and INJECTED.search(name)) or (
        call is not None and name.endswith(("method_decorator", "permission_classes"))
    ):
        yield from _auth_names(module, call)
    elif _AUTH.search(name) and not _NO_AUTH.search(name):
        yield name


def _auth_names(module: Module, node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name | ast.Attribute):
            name = module.resolve(inner)
            if _AUTH.search(name) and not _NO_AUTH.search(name):
                yield name


_GUARD_LISTS = ("permission_classes", "decorators", "method_decorators")


def _class_guards(module: Module, owner: ast.ClassDef) -> Iterator[str]:
    for base in owner.bases:
        name = module.resolve(base)
        if re.search(r"(Login|Permission|Auth|Access|Staff|Superuser|Admin|UserPasses)\w*", name):
            yield name
    for decorator in owner.decorator_list:
        yield from _guard_words(module, decorator)
    for node in owner.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _GUARD_LISTS:
                yield from _auth_names(module, value)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str())):
                if re.search(r"(^|_)(permission|permission_required|login_url|role)$", name):
                    yield name


def body_guards(module: Module, function: Function) -> Iterator[str]:
    """What the function itself asks of the caller: the user, the session, a token."""
    for node in function.nodes:
        if isinstance(node, ast.Attribute | ast.Name):
            name = module.resolve(node)
            if _IDENTITY.search(name):
                yield name
        elif isinstance(node, ast.Subscript) and "session" in module.resolve(node.value):
            if isinstance(node.ctx, ast.Load) and _is_session_key(string(node.slice)):
                yield "session"
        elif isinstance(node, ast.Call) and module.resolve(node.func).endswith("session.get"):
            if node.args and _is_session_key(string(node.args[0])):
                yield "session"
        elif isinstance(node, ast.Compare) and _is_session_key(string(node.left)):
            if any("session" in module.resolve(right) for right in node.comparators):
                yield "session"
        elif isinstance(node, ast.Call) and _GUARD_CALL.search(module.resolve(node.func)):
            yield module.resolve(node.func)


_GUARD_CALL = re.compile(
    r"(?i)(^|[._])(check|verify|require|ensure|assert|validate|authenticate|authorize|is)_?"
    r"(auth|login|logged|user|admin|token|jwt|session|permission|role|access|owner|request_auth)"
)


def _is_session_key(key: str | None) -> bool:
    return key is not None and bool(_SESSION_KEY.match(key))


def included_guards(modules: Iterable[Module]) -> dict[str, tuple[str, ...]]:
    """Module -> the dependencies with which ``include_router(module.router, ...)`` joins it."""
    found: dict[str, tuple[str, ...]] = {}
    for module in modules:
        for name, call in module.calls:
            given = keyword(call, "dependencies")
            if name.endswith("include_router") and call.args and given is not None:
                place = module.resolve(call.args[0]).rpartition(".")[0]
                found[place] = (*found.get(place, ()), *_auth_names(module, given))
    return found


def joins(module: Module, place: str) -> bool:
    return bool(place) and f".{module.name}".endswith(f".{place}")


def shared_guards(module: Module) -> Iterator[str]:
    """What holds for every route of the file: before_request, dependencies of the router."""
    for function in module.functions:
        for decorator in function.node.decorator_list:
            name = module.resolve(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name.endswith((".before_request", ".before_app_request", ".middleware")):
                yield from body_guards(module, function)
    for name, node in module.calls:
        if name.endswith(("APIRouter", "FastAPI")) and (given := keyword(node, "dependencies")):
            yield from _auth_names(module, given)

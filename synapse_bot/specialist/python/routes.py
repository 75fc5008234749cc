"""The routes of an application, their parameters and their guards, in the idioms of the frameworks:
Flask, Django and its REST framework, FastAPI and Starlette, aiohttp, Tornado, Sanic, Bottle.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.guards import (
    ROUTE,
    included_guards,
    is_injected,
    joins,
    own_guards,
    shared_guards,
)
from synapse_bot.specialist.python.source import keyword, string

if TYPE_CHECKING:
    from synapse_bot.specialist.python.source import Function, Module

ROUTERS = re.compile(
    r"(?i)(^|[._])(app|api|bp|blueprint|router|routes|application|server|web|ns|namespace|main|auth"
    r"|users?|admin|\w*_(bp|blueprint|router|app|routes|api|ns|view|views)|flask|fastapi|blueprint\(\)"
    r"|bottle|sanic|quart)(\(\))?\.[a-z_]+$"
)
_WEB = frozenset({
    "flask", "django", "rest_framework", "fastapi", "starlette", "aiohttp", "tornado", "sanic",
    "bottle", "quart", "falcon", "flask_restful", "flask_restx", "flask_restplus", "litestar",
    "ninja", "graphene", "strawberry", "ariadne", "cherrypy", "webapp2", "pyramid", "connexion",
    "robyn", "blacksheep"
})  # fmt: skip
# Packages of others whose functions are no helpers of the project.
FRAMEWORKS = _WEB | frozenset({
    "sqlalchemy", "werkzeug", "jinja2", "markupsafe", "requests", "httpx", "pydantic", "numpy",
    "pandas", "yaml", "jwt", "lxml", "flask_login", "flask_jwt_extended", "flask_sqlalchemy",
    "pymongo", "bson", "redis", "celery", "click", "rich"
})  # fmt: skip
_VERBS = frozenset(["get", "post", "put", "patch", "delete", "head", "options"])
_VIEW_METHODS = _VERBS | frozenset({
    "list", "retrieve", "create", "update", "partial_update", "destroy", "dispatch_request",
    "form_valid", "post_save", "perform_create", "perform_update", "perform_destroy",
    "get_queryset", "get_object", "get_context_data", "dispatch", "on_get", "on_post", "on_put",
    "on_delete", "on_patch", "prepare"
})  # fmt: skip
_VIEW_BASES = re.compile(
    r"(View|ViewSet|Resource|RequestHandler|HTTPEndpoint|APIView|MethodView|Endpoint|Handler"
    r"|ViewSet\(\)|BaseHTTPRequestHandler)$"
)
_CONVERTER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_MAX_ROUTE = 500
_BRACES = re.compile(r"\{(\w+)(?::(\w+))?\}")
_NUMERIC_CONVERTERS = frozenset({"int", "float", "uuid"})
_HARMLESS_TYPES = re.compile(
    r"^(int|float|bool|complex|UUID|uuid\.UUID|datetime(\.\w+)?|date|Decimal|UUID4"
    r"|EmailStr|HttpUrl|Request|Response|BackgroundTasks|Session|AsyncSession|WebSocket"
    r"|Optional\[(int|float|bool|UUID|date|datetime)\]|(int|float|bool) \| None"
    r"|PositiveInt|NonNegativeInt|[Cc]onint.*|SecurityScopes|HttpRequest|HTTPConnection"
    r"|Annotated\[(int|float|bool|UUID|\w*Session|AsyncSession)\b.*|Annotated\[.*Depends\(.*)$"
)


@dataclass(frozen=True, eq=False)
class Handler:
    """A function that a request runs. ``route`` is its path as written, "" where urls.py says it.

    ``methods`` are in capitals; empty where the framework decides. ``params`` are the parameters
    whose text the caller chooses; ``ids`` those that the path names, numbers too. ``guards`` name
    what lets only some callers in, in the words of the code.
    """

    module: Module
    function: Function
    framework: str
    route: str = ""
    methods: frozenset[str] = frozenset()
    params: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()  # of params: those that may hold any JSON
    ids: frozenset[str] = frozenset()
    guards: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.function.name

    @cached_property
    def says(self) -> str:
        """Route and name: by their words one tells what a handler is for."""
        return f"{self.route} {self.name}"


def find_handlers(modules: Iterable[Module]) -> tuple[Handler, ...]:
    """The handlers of all ``modules``; files without a web framework have none."""
    modules = tuple(modules)
    views = _url_names(modules)
    included = included_guards(modules)
    return tuple(
        handler
        for module in modules
        if module.roots & _WEB or _looks_like_views(module) or views.get(module.name)
        for handler in _of_module(module, views, included)
    )


def _looks_like_views(module: Module) -> bool:
    return module.path.rpartition("/")[2] in ("views.py", "api.py", "routes.py")


def _of_module(
    module: Module, views: Mapping[str, dict[str, str]], included: Mapping[str, tuple[str, ...]]
) -> Iterator[Handler]:
    whole = (name for place, given in included.items() if joins(module, place) for name in given)
    shared = (*shared_guards(module), *whole)
    for function in module.functions:
        handler = (
            _decorated(module, function)
            or _method_of_view(module, function)
            or _plain_view(module, function, views)
            or _resolver(module, function)
        )
        if handler is not None:
            guards = (*shared, *own_guards(module, handler.function))
            yield replace(handler, guards=guards)


# ---- how a function becomes a handler


def _decorated(module: Module, function: Function) -> Handler | None:
    for decorator in function.node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        name = module.resolve(call.func if call else decorator)
        if name.endswith("api_view"):
            return _handler(module, function, "drf", "", _listed(call.args[:1] if call else []))
        if name.endswith((".mcp.tool", "mcp.tool", "server.tool")):
            return _handler(module, function, "mcp", "", [])
        if call is None or not ROUTE.search(name) or not _is_router(module, call):
            continue
        path = string(call.args[0]) if call.args else string(keyword(call, "path", "rule", "uri"))
        verb = name.rpartition(".")[2]
        methods = _listed([keyword(call, "methods")])
        if verb in _VERBS:
            methods = [verb.upper()]
        elif not methods and _framework(module) in ("flask", "quart", "bottle"):
            methods = ["GET"]
        return _handler(module, function, _framework(module), path or "", methods)
    return None


def _is_router(module: Module, call: ast.Call) -> bool:
    """``@cache.get("x")`` is no route; ``@app.get("/x")`` is one, whatever app is called."""
    path = string(call.args[0]) if call.args else string(keyword(call, "path", "rule"))
    name = module.resolve(call.func)
    return bool(ROUTERS.search(name)) or (path is not None and path.startswith("/")) or path == ""


def _method_of_view(module: Module, function: Function) -> Handler | None:
    owner, name = function.owner, function.node.name
    if owner is None:
        return None
    bases = [module.resolve(base) for base in owner.bases]
    if not any(_VIEW_BASES.search(base) for base in bases):
        return None
    framework = _framework(module)
    if any("BaseHTTPRequestHandler" in base for base in bases):
        if name not in ("do_GET", "do_POST", "do_PUT", "do_DELETE"):
            return None
        return _handler(module, function, "http.server", "", [name[3:]])
    is_action = any(
        module.resolve(d.func if isinstance(d, ast.Call) else d).endswith("action")
        for d in function.node.decorator_list
    )
    if name not in _VIEW_METHODS and not is_action:
        return None
    verb = name.removeprefix("on_")
    methods = [verb.upper()] if verb in _VERBS else []
    route = next(filter(None, (string(d) for d in _route_arguments(module, owner))), "")
    return _handler(module, function, framework, route, methods)


def _route_arguments(module: Module, owner: ast.ClassDef) -> Iterator[ast.expr]:
    for decorator in owner.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        if call is not None and call.args and module.resolve(call.func).endswith("route"):
            yield call.args[0]


def _plain_view(
    module: Module, function: Function, views: Mapping[str, dict[str, str]]
) -> Handler | None:
    """Django and aiohttp: a function of a request, named in a table of routes or by its place."""
    if function.owner is not None or not function.params:
        return None
    first = function.params[0].arg
    named = views.get(module.name, {}).get(function.name) or views.get("", {}).get(function.name)
    framework = _framework(module)
    django_like = framework in ("django", "drf", "aiohttp")
    if named is None and (first not in ("request", "req") or not django_like):
        return None
    if named is None and not _stands_like_a_view(module, function, framework):
        return None
    return _handler(module, function, framework, named or "", [], skip=1)


def _stands_like_a_view(module: Module, function: Function, framework: str) -> bool:
    """No table of routes names it; its file, its shape and that nobody calls it do."""
    if function.node.decorator_list and any(
        "fixture" in ast.unparse(decorator) for decorator in function.node.decorator_list
    ):
        return False
    if framework == "aiohttp":
        likely = isinstance(function.node, ast.AsyncFunctionDef)
    else:
        answers = ("django.http.", "django.shortcuts.", "rest_framework.response.")
        likely = _looks_like_views(module) or "/views/" in f"/{module.path}"
        likely = likely or any(name.startswith(answers) for name in module.imports.values())
    called = function.name in module.called
    returns = ast.unparse(function.node.returns) if function.node.returns else "Response"
    likely = likely and ("Response" in returns or "Any" in returns)
    return likely and not called and not _returns_nothing(function)


def _returns_nothing(function: Function) -> bool:
    """A helper that takes the request: a view returns a response."""
    returns = [n for n in function.nodes if isinstance(n, ast.Return) and n.value is not None]
    return not returns or all(isinstance(n.value, ast.Constant | ast.Compare) for n in returns)


def _resolver(module: Module, function: Function) -> Handler | None:
    """GraphQL: what comes after ``info`` is the caller's."""
    names = [param.arg for param in function.params]
    if not module.roots & {"graphene", "strawberry", "ariadne"} or "info" not in names[:2]:
        return None
    if not function.node.name.startswith(("resolve_", "mutate", "resolve")):
        return None
    skip = names.index("info") + 1
    return _handler(module, function, "graphql", function.node.name, [], skip=skip)


def _handler(
    module: Module,
    function: Function,
    framework: str,
    route: str,
    methods: Iterable[str],
    skip: int = 0,
) -> Handler:
    route = route[:_MAX_ROUTE]
    numeric = {m[2] for m in _CONVERTER.finditer(route) if m[1] in _NUMERIC_CONVERTERS}
    ids = {m[2] for m in _CONVERTER.finditer(route)} | {m[1] for m in _BRACES.finditer(route)}
    params, objects = set(), set()
    for param in function.params[skip:]:
        name = param.arg
        if name in ("request", "req", "self", "websocket") or name in numeric:
            continue
        annotation = ast.unparse(param.annotation) if param.annotation else ""
        if _HARMLESS_TYPES.match(annotation) or is_injected(module, function.defaults.get(name)):
            continue
        params.add(name)
        if re.match(r"(dict|Dict|Any|list|List|Body)\b", annotation):
            objects.add(name)
    if framework in ("django", "aiohttp", "tornado", "drf", "flask_restful") or not route:
        names = {param.arg for param in function.params[skip:]}
        ids |= {n for n in names if re.search(r"(?i)(^|_)(id|pk|uuid|slug|key)$", n)}
    return Handler(
        module,
        function,
        framework,
        route,
        frozenset(method.upper() for method in methods),
        frozenset(params),
        frozenset(objects),
        frozenset(ids),
    )


def _framework(module: Module) -> str:
    order = (
        "fastapi",
        "flask_restful",
        "flask_restx",
        "rest_framework",
        "django",
        "flask",
        "quart",
    )
    more = ("aiohttp", "tornado", "sanic", "bottle", "starlette", "falcon", "ninja")
    found = next((name for name in (*order, *more) if name in module.roots), "")
    if not found and _looks_like_views(module):
        return "django" if module.path.endswith("views.py") else ""
    return {"rest_framework": "drf", "flask_restx": "flask_restful"}.get(found, found)


def _listed(nodes: Iterable[ast.expr | None]) -> list[str]:
    found = []
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            found += [text for element in node.elts if (text := string(element))]
    return found


# ---- urls.py


def _url_names(modules: Iterable[Module]) -> dict[str, dict[str, str]]:
    """Module name ("" where it is not told) -> view -> its path."""
    found: dict[str, dict[str, str]] = {}
    for module in modules:
        for dotted, node in module.calls:
            if len(node.args) < 2:
                continue
            name = dotted.rpartition(".")[2]
            if name in ("path", "re_path", "url") and (path := string(node.args[0])) is not None:
                _note(found, module, node.args[1], path)
            elif name in ("add_get", "add_post", "add_put", "add_delete"):
                _note(found, module, node.args[1], string(node.args[0]) or "")
            elif name == "add_route" and len(node.args) > 2:
                _note(found, module, node.args[2], string(node.args[1]) or "")
            elif name == "add_url_rule":
                view = keyword(node, "view_func") or (node.args[2] if len(node.args) > 2 else None)
                _note(found, module, view, string(node.args[0]) or "")
    return found


def _note(
    found: dict[str, dict[str, str]], module: Module, view: ast.expr | None, path: str
) -> None:
    while isinstance(view, ast.Call) and view.args:  # login_required(view)
        view = view.args[0]
    name = module.resolve(view) if view is not None else ""
    if not name or "()" in name:
        return
    place, _, last = name.rpartition(".")
    found.setdefault(place or module.name, {})[last] = path or "/"
    if place:
        found.setdefault("", {}).setdefault(last, path or "/")

"""Cookies and CORS headers that the program writes itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from synapse_bot.specialist.python.base import Application, Hit, hit
from synapse_bot.specialist.python.source import Module, is_constant, keyword, string

_SESSION = re.compile(r"(?i)(sess|token|auth|jwt|user|login|remember|sid|role|admin|account|id$)")


def find_cookie_faults(app: Application) -> Iterator[Hit]:
    for module in app.modules:
        for name, call in module.calls:
            if name.endswith(".set_cookie"):
                yield from _cookie(module, call)
            elif name.endswith(("CORS", "cross_origin")):
                yield from _flask_cors(module, call)
            elif name.endswith("add_middleware"):
                yield from _middleware(module, call)
        yield from _headers(module)


def _cookie(module: Module, call: ast.Call) -> Iterator[Hit]:
    words = {word.arg for word in call.keywords}
    if None in words:
        return
    name = string(call.args[0] if call.args else keyword(call, "key", "name")) or ""
    off = [flag for flag in ("secure", "httponly") if is_constant(keyword(call, flag), False)]
    lacking = [flag for flag in ("secure", "httponly") if flag not in words]
    if off:
        message = "The cookie is sent without TLS or can be read by scripts."
        yield hit("insecure-cookie", module, call, message, "medium", 0.85)
    elif lacking and _SESSION.search(name):
        message = f"A cookie that says who somebody is lacks {' and '.join(lacking)}."
        yield hit("insecure-cookie", module, call, message, "medium", 0.7)


def _flask_cors(module: Module, call: ast.Call) -> Iterator[Hit]:
    said = ast.unparse(call)
    star = "'*'" in said or keyword(call, "origins", "resources") is None
    if is_constant(keyword(call, "supports_credentials"), True) and star:
        message = "Every site may call this service with the visitor's cookies."
        yield hit("cors-any-origin-with-credentials", module, call, message, "high", 0.88)
    elif star and (call.args or call.keywords):
        message = "Every site may read what this service answers."
        yield hit("cors-any-origin", module, call, message, "medium", 0.5)


def _middleware(module: Module, call: ast.Call) -> Iterator[Hit]:
    origins = keyword(call, "allow_origins")
    star = isinstance(origins, ast.List) and any(string(e) == "*" for e in origins.elts)
    if not star and string(keyword(call, "allow_origin_regex")) not in (".*", "https?://.*"):
        return
    if is_constant(keyword(call, "allow_credentials"), True):
        message = "Every site may call this service with the visitor's cookies."
        yield hit("cors-any-origin-with-credentials", module, call, message, "high", 0.88)
    else:
        message = "Every site may read what this service answers."
        yield hit("cors-any-origin", module, call, message, "medium", 0.5)


def _headers(module: Module) -> Iterator[Hit]:
    """``response.headers["Access-Control-Allow-Origin"] = "*"``, or what the caller says it is."""
    for node in module.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Subscript):
            continue
        key = (string(node.targets[0].slice) or "").lower()
        said = module.resolve(node.value)
        if key == "access-control-allow-origin":
            if string(node.value) == "*":
                message = "Every site may read what this service answers."
                yield hit("cors-any-origin", module, node, message, "medium", 0.6)
            elif re.search(r"request\.headers(\.get\(\)|\[\])$", said):
                message = "Whatever site asks is allowed: the header is copied from the request."
                yield hit("cors-any-origin-with-credentials", module, node, message, "high", 0.75)

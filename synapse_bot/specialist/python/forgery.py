"""Requests that another site can make a visitor's browser send."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.access import writes
from synapse_bot.specialist.python.base import Application, Hit, hit

if TYPE_CHECKING:
    from synapse_bot.specialist.python.source import Module

_MACHINES = re.compile(
    r"(?i)(webhook|callback|hook|api|ipn|notify|stripe|paypal|github|ping|graphql)"
)
_EXEMPT = re.compile(r"(?i)(^|\.)(csrf_exempt|csrf\.exempt|csrf_protect\.exempt|exempt)$")
_STATE = re.compile(
    r"(?i)(^|[/_\s.-])(delete|remove|destroy|transfer|withdraw|purchase|buy|pay|approve|promote|reset_db"
    r"|change_password|update_email|disable|enable|toggle|logout_all)($|[/_\s.<-]|\b)"
)


def find_forgeable(app: Application) -> Iterator[Hit]:
    """Protection switched off for a route, and routes that change data when they are only read."""
    for module in app.modules:
        for function in module.functions:
            for decorator in function.node.decorator_list:
                if _is_exempt(module, decorator):
                    machine = _MACHINES.search(f"{function.name} {module.path}")
                    message = "The protection against forged requests is off for this view."
                    yield hit(
                        "csrf-off", module, decorator, message, "medium", 0.5 if machine else 0.8
                    )
    for handler in app.handlers:
        if handler.framework not in ("flask", "quart", "bottle"):
            continue
        reads = "GET" in handler.methods and not handler.methods - {"GET", "HEAD", "OPTIONS"}
        if reads and _STATE.search(handler.says) and writes(handler):
            message = "A GET request changes data: a link or an image of another site can send it."
            node = handler.function.node
            yield hit("state-change-by-get", handler.module, node, message, "medium", 0.65)


def _is_exempt(module: Module, decorator: ast.expr) -> bool:
    call = decorator if isinstance(decorator, ast.Call) else None
    name = module.resolve(call.func if call else decorator)
    if call is not None and call.args and name.endswith("method_decorator"):
        return bool(_EXEMPT.search(module.resolve(call.args[0])))
    return bool(_EXEMPT.search(name))

"""What gets out that should stay in: errors, tracebacks, passwords in logs and answers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.base import Application, Hit, hit
from synapse_bot.specialist.python.source import string

if TYPE_CHECKING:
    from synapse_bot.specialist.python.routes import Handler
    from synapse_bot.specialist.python.source import Function, Module

_LOG = re.compile(
    r"(?i)((^|\.)(log|logger|logging|_logger|_log)\.(debug|info|warning|warn|error|critical|exception|log)"
    r"|^print$)$"
)
_SECRET_VALUE = re.compile(
    r"(?i)^(.*_)?(password|passwd|pwd|secret|secret_key|api_?key|access_?token|auth_?token|private_?key"
    r"|credit_?card|card_?number|cvv|ssn|jwt_token|otp|token|session_?token|refresh_?token|pin)$"
)
_SENSITIVE_FIELD = re.compile(
    r"(?i)^(password(_hash)?|passwd|pwd|secret_key|ssn|cvv|card_number|credit_card|pin|api_key"
    r"|private_key|salary|otp|mfa_secret|totp_secret|security_answer)$"
)
_RESPONSE = re.compile(
    r"(?i)(jsonify|JsonResponse|HttpResponse|make_response|JSONResponse|PlainTextResponse|HTMLResponse"
    r"|json_response|web\.Response|self\.(write|finish)|Response|abort|HTTPException|render_template_string)$"
)


def find_exposures(app: Application) -> Iterator[Hit]:
    for module in app.modules:
        yield from _logged(module)
        for function in module.functions:
            yield from _error_pages(module, function)
    for handler in app.handlers:
        yield from _errors(handler)
        yield from _fields(handler)


def _logged(module: Module) -> Iterator[Hit]:
    for name, call in module.calls:
        if not _LOG.search(name):
            continue
        if any(_is_secret(arg) for arg in _printed(call)):
            message = "A secret is written to the log, which more people read than should know it."
            yield hit("secret-leak", module, call, message, "medium", 0.75)


def _printed(call: ast.Call) -> Iterator[ast.expr]:
    for arg in call.args:
        if isinstance(arg, ast.JoinedStr):
            yield from (p.value for p in arg.values if isinstance(p, ast.FormattedValue))
        elif isinstance(arg, ast.BinOp):
            yield from (n for n in ast.walk(arg) if isinstance(n, ast.expr))
        else:
            yield arg


def _is_secret(node: ast.expr) -> bool:
    match node:
        case ast.Name():
            return bool(_SECRET_VALUE.match(node.id))
        case ast.Attribute():
            return bool(_SECRET_VALUE.match(node.attr))
        case ast.Subscript():
            return bool(_SECRET_VALUE.match(string(node.slice) or ""))
        case ast.Call(func=ast.Attribute(attr="get"), args=[first, *_]):
            return bool(_SECRET_VALUE.match(string(first) or ""))
    return False


def _errors(handler: Handler) -> Iterator[Hit]:
    """The text of an error, or its traceback, in what the caller is answered."""
    module = handler.module
    for node in handler.function.nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        broad = node.type is None or module.resolve(node.type) in ("Exception", "BaseException")
        for inner in ast.walk(node):
            if not _answers(module, inner):
                continue
            if any(_is_traceback(module, n) for n in ast.walk(inner)):
                message = "The traceback is sent to the caller: paths, versions and data in it."
                yield hit("error-detail-exposed", module, inner, message, "medium", 0.85)
                break
            if node.name and broad and any(_is_text_of(n, node.name) for n in ast.walk(inner)):
                message = "The text of any error is sent to the caller, internal ones too."
                yield hit("error-detail-exposed", module, inner, message, "low", 0.55)
                break


def _error_pages(module: Module, function: Function) -> Iterator[Hit]:
    """A handler of every error that answers with its text."""
    for decorator in function.node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        if call is None or not call.args or not function.params:
            continue
        name = module.resolve(call.func).rpartition(".")[2]
        if name not in ("errorhandler", "app_errorhandler", "exception_handler"):
            continue
        if ast.unparse(call.args[0]) not in ("500", "Exception", "InternalServerError"):
            continue
        error = function.params[-1].arg
        for node in function.nodes:
            if isinstance(node, ast.Return) and any(_is_text_of(n, error) for n in ast.walk(node)):
                message = "The text of any error is sent to the caller, internal ones too."
                yield hit("error-detail-exposed", module, node, message, "low", 0.65)


def _answers(module: Module, node: ast.AST) -> bool:
    if isinstance(node, ast.Return | ast.Raise):
        return True
    return isinstance(node, ast.Call) and bool(_RESPONSE.search(module.resolve(node.func)))


def _is_traceback(module: Module, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and module.resolve(node.func).startswith(
        ("traceback.format", "sys.exc_info")
    )


def _is_text_of(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=given)]):
            return function in ("str", "repr") and given == name
        case ast.FormattedValue(value=ast.Name(id=given)):
            return given == name
        case ast.Attribute(value=ast.Name(id=given), attr="args" | "message"):
            return given == name
    return False


def _fields(handler: Handler) -> Iterator[Hit]:
    """``{"password": user.password}`` in an answer."""
    for node in handler.function.nodes:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if not _SENSITIVE_FIELD.match(string(key) or ""):
                    continue
                if isinstance(value, ast.Attribute) and _SENSITIVE_FIELD.match(value.attr):
                    message = "A secret field of a record is part of the answer."
                    yield hit("sensitive-response", handler.module, value, message, "high", 0.7)

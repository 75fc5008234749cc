"""Settings of Django and Flask that leave a door open."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.base import Application, Hit, hit
from synapse_bot.specialist.python.source import keyword, string

if TYPE_CHECKING:
    from synapse_bot.specialist.python.source import Module

_LOCAL = re.compile(
    r"(?i)(local|dev|develop|test|testing|ci|example|sample|conftest)(elopment)?(\.|_|/|$)"
)
_SECRET_NAME = re.compile(
    r"(?i)^(.*_)?(secret|secret_?key|jwt_?secret(_?key)?|signing_?key|encryption_?key|private_?key"
    r"|jwt_?key|token_?secret|session_?secret|security_password_salt|password_salt|hmac_?key|app_secret"
    r"|api_?key|api_?secret|access_?token|auth_?token|secret_access_key|fernet_?key|aes_?key|password"
    r"|db_?password|database_?password|admin_?password|passwd|db_?pass|smtp_?password|mail_?password)$"
)
_PLACEHOLDER = re.compile(
    r"(?i)^(\s*|none|null|changeme!?|change_me|your[-_ ].*|<.*>|\$\{.*|\{\{.*|x{3,}|\*+|\.\.\."
    r"|example.*|placeholder|dummy|test|password|token|secret|api_?key|username|string|todo.*|[a-z_]+\.[a-z_.]+)$"
)
_URL_PASSWORD = re.compile(r"^[a-z][a-z0-9+]*://[^:/@\s]+:([^@/\s{}$]+)@")


def find_open_settings(app: Application) -> Iterator[Hit]:
    """Assignments and updates of settings, in any file; files of a developer weigh less."""
    for module in app.modules:
        local = 0.25 if _LOCAL.search(module.path.rpartition("/")[2]) else 0.0
        for name, value, node in _settings(module):
            for found in _of_setting(app, module, name, value, node):
                yield Hit(
                    found.rule, found.path, found.line, found.message, found.severity,
                    round(max(found.confidence - local, 0.1), 2),
                )  # fmt: skip
        yield from _run_debug(module)


def _settings(module: Module) -> Iterator[tuple[str, ast.expr, ast.AST]]:
    """Every (NAME, value, place): NAME = x, app.config["NAME"] = x, config.update(NAME=x)."""
    for node in module.nodes:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                yield name, value, node
            case ast.Assign(targets=[ast.Subscript() as target], value=value):
                key = string(target.slice)
                if key and "config" in module.resolve(target.value).lower():
                    yield key, value, node
            case ast.Assign(targets=[ast.Attribute() as target], value=value):
                if target.attr in ("secret_key", "debug", "jwt_secret"):
                    yield target.attr.upper(), value, node
                elif re.search(r"(?i)(^|\.)(config|settings|self)$", module.resolve(target.value)):
                    yield target.attr, value, node
            case ast.Call() if module.resolve(node.func).endswith(
                ("config.update", "config.from_mapping")
            ):
                for word in node.keywords:
                    if word.arg:
                        yield word.arg, word.value, word.value
                for given in node.args:
                    if isinstance(given, ast.Dict):
                        yield from _entries(given)


def _entries(given: ast.Dict) -> Iterator[tuple[str, ast.expr, ast.AST]]:
    for key, value in zip(given.keys, given.values, strict=True):
        if name := string(key):
            yield name, value, value


def _of_setting(
    app: Application, module: Module, name: str, value: ast.expr, node: ast.AST
) -> Iterator[Hit]:
    row = app.settings.get(name)
    if row is not None and isinstance(value, ast.Constant):
        given = value.value
        if (type(given), given) == (type(row.value), row.value):
            yield hit(row.rule, module, node, row.message, row.severity, row.confidence)
    judge = _JUDGES.get(name)
    if judge is not None:
        yield from judge(module, value, node)
    elif _SECRET_NAME.match(name):
        yield from _secret(module, name, value, node)


def _hosts(module: Module, value: ast.expr, node: ast.AST) -> Iterator[Hit]:
    if isinstance(value, ast.List | ast.Tuple) and any(string(e) == "*" for e in value.elts):
        message = "Any Host header is believed, and links in mails and caches are built from it."
        yield hit("insecure-settings", module, node, message, "medium", 0.7)


def _hashers(module: Module, value: ast.expr, node: ast.AST) -> Iterator[Hit]:
    if isinstance(value, ast.List | ast.Tuple) and value.elts:
        first = string(value.elts[0]) or ""
        if re.search(r"(?i)(md5|sha1|unsalted|crypt)", first):
            message = "Passwords are kept by a hash that is fast to guess."
            yield hit("weak-password-hash", module, node, message, "high", 0.9)


def _validators(module: Module, value: ast.expr, node: ast.AST) -> Iterator[Hit]:
    if isinstance(value, ast.List) and not value.elts:
        message = "Any password is accepted, however short."
        yield hit("weak-password-policy", module, node, message, "medium", 0.75)


def _databases(module: Module, value: ast.expr, _: ast.AST) -> Iterator[Hit]:
    for inner in ast.walk(value):
        if isinstance(inner, ast.Dict):
            for key, given, place in _entries(inner):
                if key == "PASSWORD":
                    yield from _secret(module, "PASSWORD", given, place)


def _middleware(module: Module, value: ast.expr, node: ast.AST) -> Iterator[Hit]:
    if not isinstance(value, ast.List | ast.Tuple):
        return
    names = [string(element) or "" for element in value.elts]
    if not any("SessionMiddleware" in name for name in names):
        return
    if not any("csrf" in name.lower() for name in names):
        message = "No middleware protects forms against requests that other sites forge."
        yield hit("csrf-off", module, node, message, "high", 0.85)
    if not any("XFrameOptions" in name or "csp" in name.lower() for name in names):
        message = "No middleware forbids other sites to frame these pages."
        yield hit("insecure-settings", module, node, message, "low", 0.55)


def _rest_framework(module: Module, value: ast.expr, _: ast.AST) -> Iterator[Hit]:
    for key, given, place in _entries(value) if isinstance(value, ast.Dict) else ():
        if key == "DEFAULT_PERMISSION_CLASSES" and "AllowAny" in ast.unparse(given):
            message = "Every view is open to everybody unless it says otherwise."
            yield hit("missing-authentication", module, place, message, "high", 0.7)


def _secret(module: Module, name: str, value: ast.expr, node: ast.AST) -> Iterator[Hit]:
    literal = string(value)
    if literal is not None:
        if is_secret_text(literal) or (name.upper().endswith("SECRET_KEY") and literal):
            weak = name.upper() in ("PASSWORD", "PASSWD", "TOKEN") and len(literal) < 6
            message = "A secret is written into the source; who reads it can use it."
            yield hit("hardcoded-secret", module, node, message, "high", 0.5 if weak else 0.8)
        return
    default = _fallback(module, value)
    if default is not None and default.strip():
        message = "Without the variable a value from the source is used, which everybody knows."
        yield hit("hardcoded-secret", module, node, message, "medium", 0.6)


def is_secret_text(literal: str) -> bool:
    """Whether a literal may be a secret: no placeholder, no name, no sentence, no path."""
    if re.fullmatch(r"[a-z]+([_-][a-z]+)+", literal):  # the name of a thing, not a secret
        return False
    if len(literal) < 4 or " " in literal.strip() or _PLACEHOLDER.match(literal):
        return False
    return not literal.startswith(("/", "./", "http://", "https://")) and "%(" not in literal


def _fallback(module: Module, value: ast.expr) -> str | None:
    """The literal of os.environ.get("X", "literal") and of os.getenv("X") or "literal"."""
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        first = ast.unparse(value.values[0])
        return string(value.values[-1]) if "environ" in first or "getenv" in first else None
    if isinstance(value, ast.Call):
        name = module.resolve(value.func)
        if name in (
            "os.environ.get",
            "os.getenv",
            "decouple.config",
            "environ.get",
            "env",
            "config",
        ):
            given = value.args[1] if len(value.args) > 1 else keyword(value, "default")
            return string(given)
    return None


def _url(module: Module, value: ast.expr, node: ast.AST) -> Iterator[Hit]:
    literal = string(value) or _fallback(module, value) or ""
    found = _URL_PASSWORD.match(literal)
    if found and not _PLACEHOLDER.match(found[1]):
        message = "A database's password is written into its address."
        yield hit("hardcoded-secret", module, node, message, "high", 0.7)


_JUDGES: Mapping[str, Callable[[Module, ast.expr, ast.AST], Iterator[Hit]]] = {
    "ALLOWED_HOSTS": _hosts,
    "MIDDLEWARE": _middleware,
    "PASSWORD_HASHERS": _hashers,
    "AUTH_PASSWORD_VALIDATORS": _validators,
    "REST_FRAMEWORK": _rest_framework,
    "DATABASES": _databases,
    **dict.fromkeys(
        ("SQLALCHEMY_DATABASE_URI", "DATABASE_URL", "MONGO_URI", "REDIS_URL", "DB_URI"), _url
    ),
}


def _run_debug(module: Module) -> Iterator[Hit]:
    for name, call in module.calls:
        if name.endswith((".run", "run_app", "uvicorn.run", "Flask", "FastAPI", "Application")):
            flag = keyword(call, "debug")
            if isinstance(flag, ast.Constant) and flag.value is True:
                message = "Debug mode is on: error pages show source, and Flask's run code."
                yield hit("debug-enabled", module, call, message, "high", 0.85)

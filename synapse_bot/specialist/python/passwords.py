"""Passwords: kept or compared as they are, hashed too fast, guessed without a limit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.base import Application, Hit, hit
from synapse_bot.specialist.python.source import Function, is_constant, keyword, string

if TYPE_CHECKING:
    from synapse_bot.specialist.python.routes import Handler
    from synapse_bot.specialist.python.source import Module

_PASSWORD = re.compile(r"(?i)^(.*_)?(password|passwd|pwd|passphrase|pass|pw|user_?pass)\d?$")
_HASHED = re.compile(r"(?i)(hash|digest|crypt|encod|salt|checkpw|verify|derive|pbkdf|argon|scrypt)")
_FAST = re.compile(
    r"^(hashlib|Crypto\.Hash|cryptography)\.?.*(md5|sha1|sha224|sha256|sha384|sha512|MD5|SHA1|SHA256|MD4|sha3_\d+|blake2[bs])(\.new)?$"
)
_BROKEN = re.compile(r"(?i)(md5|sha1|md4)(\.new)?$")
_HARMLESS_USE = re.compile(
    r"(?i)(etag|cache|gravatar|checksum|fingerprint|filename|file_hash|dedup|content_?hash|avatar|color"
    r"|shard|bucket|version|key_prefix|cache_key|md5sum|hexdigest_of|identicon|integrity)"
)
_LOGIN = re.compile(
    r"(?i)(^|[/_\s.-])(log_?in|sign_?in|authenticate|auth|token|session|otp|verify_otp|2fa|mfa|verify_code|pin|reset_password|forgot_password|password_reset)($|[/_\s.>-])"
)
_LIMITED = re.compile(r"(?i)(limit|throttl|ratelimit|axes|lockout|attempts|captcha|defender|brute)")
_UNKNOWN_USER = re.compile(
    r"(?i)(user(name)?|account|email)\b.{0,20}(not found|does ?n[o']t exist|not exist|unknown"
    r"|not registered|no such)|(no (such )?(user|account))"
    r"|(unknown|invalid) (user(name)?|email)\b(?! or)"
)
_WRONG_PASSWORD = re.compile(
    r"(?i)((wrong|incorrect|invalid|bad) password)|password.{0,12}(incorrect|wrong)"
)
_MAX_STATEMENT = 2_000
_INSERT_PASSWORD = re.compile(r"(?is)insert\s+into\s.*\b(password|passwd|pwd)\b")
_SELECT_PASSWORD = re.compile(r"(?is)\bwhere\b.*\b(password|passwd|pwd)\s*=")


def find_password_faults(app: Application) -> Iterator[Hit]:
    for module in app.modules:
        yield from _fast_hashes(module)
        for function in module.functions:
            yield from _compared(module, function)
            yield from _kept(module, function)
    limited = any(_LIMITED.search(name) for m in app.modules for name in m.imports.values())
    for handler in app.handlers:
        yield from _guessable(handler, limited)
        yield from _enumerable(handler)


def _is_password(node: ast.expr | None) -> bool:
    """A name, an attribute or a key that says password: pw, user.password, form["password"]."""
    match node:
        case ast.Name():
            return bool(_PASSWORD.match(node.id))
        case ast.Attribute():
            if node.attr == "data":  # of a form's field
                return _is_password(node.value)
            return bool(_PASSWORD.match(node.attr))
        case ast.Subscript():
            return bool(_PASSWORD.match(string(node.slice) or ""))
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in ("get", "encode", "strip"):
            if attr == "get":
                return bool(node.args) and bool(_PASSWORD.match(string(node.args[0]) or ""))
            return _is_password(node.func.value)  # type: ignore[attr-defined]
    return False


def _fast_hashes(module: Module) -> Iterator[Hit]:
    for name, call in module.calls:
        if not _FAST.search(name) and not (name == "hashlib.new" and call.args):
            continue
        algorithm = string(call.args[0]) or "" if name == "hashlib.new" else name
        data = call.args[-1] if call.args else keyword(call, "data", "string")
        if data is not None and any(
            _is_password(n) for n in ast.walk(data) if isinstance(n, ast.expr)
        ):
            message = "A fast hash of a password can be guessed at billions of tries a second."
            yield hit("weak-password-hash", module, call, message, "high", 0.85)
        elif _BROKEN.search(algorithm) and not is_constant(keyword(call, "usedforsecurity"), False):
            line = module.lines[call.lineno - 1] if call.lineno <= len(module.lines) else ""
            harmless = _HARMLESS_USE.search(line)
            message = "Two inputs with one digest of this hash can be made."
            yield hit("weak-hash", module, call, message, "medium", 0.3 if harmless else 0.5)


def _compared(module: Module, function: Function) -> Iterator[Hit]:
    """``user.password == password``: what is stored is the password itself."""
    if function.node.name in ("__eq__", "__ne__"):
        return
    for node in function.nodes:
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            continue
        if not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        left, right = node.left, node.comparators[0]
        stored = [side for side in (left, right) if _is_stored(side)]
        if _is_password(left) and _is_password(right) and stored:
            message = "A stored password is compared as it is: it is kept in the clear."
            yield hit("plaintext-password", module, node, message, "high", 0.75)
        elif (_is_password(left) and _literal(right)) or (_is_password(right) and _literal(left)):
            message = "A password is compared with one that is written into the source."
            yield hit("hardcoded-secret", module, node, message, "high", 0.75)


def _literal(node: ast.expr) -> bool:
    return len(string(node) or "") >= 3


def _is_stored(node: ast.expr) -> bool:
    """user.password and row["password"], not request.form["password"] and not confirm."""
    if isinstance(node, ast.Attribute | ast.Subscript):
        said = ast.unparse(node)
        return not re.search(
            r"(?i)(request|form|data|args|json|body|payload|self\.|confirm|hash|crypt)", said
        )
    return False


def _kept(module: Module, function: Function) -> Iterator[Hit]:
    """A password of the request that goes into a record or a statement without a hash."""
    found = list(_unhashed(module, function))
    if found and not _hashes(module, function):  # writing every function out is what costs
        yield from found


def _hashes(module: Module, function: Function) -> bool:
    return any(
        isinstance(n, ast.Call) and _HASHED.search(module.resolve(n.func)) for n in function.nodes
    ) or bool(
        re.search(r"(?i)(set_password|make_password|create_user)", ast.unparse(function.node))
    )


def _unhashed(module: Module, function: Function) -> Iterator[Hit]:
    for node in function.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = module.resolve(node.func)
        if re.search(r"(?i)\.execute$", name) and node.args:
            statement = " ".join(
                n.value
                for n in ast.walk(node.args[0])
                if isinstance(n, ast.Constant) and isinstance(n.value, str)
            )
            statement = statement[:_MAX_STATEMENT]
            if _INSERT_PASSWORD.search(statement) or _SELECT_PASSWORD.search(statement):
                message = "The password goes into the database, or is looked for there, unhashed."
                yield hit("plaintext-password", module, node, message, "high", 0.65)
        elif name.rpartition(".")[2][:1].isupper() or name.endswith(".objects.create"):
            word = keyword(node, "password", "passwd", "pwd")
            if word is not None and _is_password(word) and _is_record(name):
                message = "The record gets the password itself, not its hash."
                yield hit("plaintext-password", module, node, message, "high", 0.55)


def _is_record(name: str) -> bool:
    return bool(
        re.search(r"(?i)(user|account|member|customer|admin|person|employee|\.create$)", name)
    )


def _guessable(handler: Handler, limited: bool) -> Iterator[Hit]:
    """A login that may be tried without end."""
    function = handler.function
    if limited or not _LOGIN.search(handler.says) or handler.methods == {"GET"}:
        return
    if any(_LIMITED.search(ast.unparse(d)) for d in function.node.decorator_list):
        return
    tries = any(
        isinstance(node, ast.expr) and _is_password(node) for node in function.nodes
    ) or bool(re.search(r"(?i)\b(otp|pin|code)\b", handler.says))
    if tries and not _LIMITED.search(ast.unparse(function.node)):
        message = "Nothing limits how often a password or code can be tried."
        yield hit("login-without-limit", handler.module, function.node, message, "medium", 0.5)


def _enumerable(handler: Handler) -> Iterator[Hit]:
    """A login that tells whether the name or the password was wrong."""
    if not _LOGIN.search(handler.says):
        return
    first = [n for n in handler.function.nodes if _UNKNOWN_USER.search(_said(n))]
    if first and any(
        _WRONG_PASSWORD.search(_said(n)) and n not in first for n in handler.function.nodes
    ):
        message = "The answer tells whether an account of that name exists."
        yield hit("user-enumeration", handler.module, first[0], message, "low", 0.65)


def _said(node: ast.AST) -> str:
    return (string(node) or "") if isinstance(node, ast.Constant) else ""

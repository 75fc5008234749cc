"""Tokens and other secrets: predictable, unverified, without an end, compared too plainly."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.base import Application, Hit, hit
from synapse_bot.specialist.python.settings import is_secret_text
from synapse_bot.specialist.python.source import is_constant, keyword, string

if TYPE_CHECKING:
    from synapse_bot.specialist.python.source import Function, Module

_SECRET = re.compile(
    r"(?i)(token|secret|password|passwd|otp|nonce|salt|api_?key|session_?id|sess_?id|csrf|reset|verif"
    r"|activation|invite|coupon|pin\b|auth|credential|private|recovery|key$|confirm|remember|voucher)"
)
_RANDOM = re.compile(
    r"^random\.(random|randint|randrange|choice|choices|sample|getrandbits|randbytes|uniform|shuffle"
    r"|triangular|gauss|normalvariate|betavariate|SystemRandom)$"
)
_TIME_BASED = re.compile(r"^(time\.time|datetime\.(datetime\.)?(now|utcnow)|uuid\.uuid1)$")
_COMPARED = re.compile(
    r"(?i)(^|_)(token|secret|api_?key|signature|sig|hmac|digest|mac|csrf|otp|auth_key|webhook_secret)$"
)
_FROM_OUTSIDE = re.compile(r"(?i)(request|req\b|headers|form|args|json|body|payload|data)")
_CIPHERS = re.compile(
    r"(?i)(^|\.)(DES|DES3|ARC2|ARC4|Blowfish|XOR|IDEA|CAST5|TripleDES|SEED)(\.new)?$"
)
_JWT = re.compile(r"(^|\.)(jwt|jose\.jwt|PyJWT\(\))\.(decode|encode)$")


def find_token_faults(app: Application) -> Iterator[Hit]:
    for module in app.modules:
        for name, call in module.calls:
            yield from _jwt(module, name, call)
            yield from _cipher(module, name, call)
        for function in module.functions:
            yield from _predictable(module, function)
            yield from _compared(module, function)
        yield from _predictable_globals(module)


def _predictable(module: Module, function: Function) -> Iterator[Hit]:
    """A random number of the wrong kind in a function, or under a name, that says secret."""
    named = bool(_SECRET.search(function.node.name))
    for node in function.nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return | ast.keyword | ast.Dict):
            yield from _within(module, node, named or _target_says_secret(node))


def _predictable_globals(module: Module) -> Iterator[Hit]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _within(module, node, _target_says_secret(node))


def _within(module: Module, node: ast.AST, secret: bool) -> Iterator[Hit]:
    if not secret:
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            name = module.resolve(inner.func)
            if _RANDOM.match(name) and not name.endswith("SystemRandom"):
                message = "A secret is made by a generator whose output can be predicted."
                yield hit("insecure-random-secret", module, inner, message, "high", 0.8)
                return
            if _TIME_BASED.match(name) and _hashed_around(module, node):
                message = "A secret is made from the time, which can be guessed."
                yield hit("insecure-random-secret", module, inner, message, "high", 0.65)
                return


def _hashed_around(module: Module, node: ast.AST) -> bool:
    return any(
        isinstance(n, ast.Call) and re.search(r"^(hashlib|base64)\.", module.resolve(n.func))
        for n in ast.walk(node)
    )


def _target_says_secret(node: ast.AST) -> bool:
    match node:
        case ast.Assign():
            names = [ast.unparse(target) for target in node.targets]
        case ast.AnnAssign():
            names = [ast.unparse(node.target)]
        case ast.keyword():
            names = [node.arg or ""]
        case _:
            return False
    return any(_SECRET.search(name.rpartition(".")[2]) for name in names)


def _compared(module: Module, function: Function) -> Iterator[Hit]:
    for node in function.nodes:
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            continue
        if not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        left, right = node.left, node.comparators[0]
        if isinstance(left, ast.Constant) or isinstance(right, ast.Constant):
            continue
        names = [_last_name(side) for side in (left, right)]
        outside = bool(_FROM_OUTSIDE.search(f"{ast.unparse(left)} {ast.unparse(right)}"))
        digest = any(name in ("hexdigest", "digest") for name in names)
        both = all(_COMPARED.search(name) for name in names)
        one = any(_COMPARED.search(name) for name in names)
        if digest or both or (one and outside):
            message = "Comparing a secret with == tells by its duration how much of it was right."
            confidence = 0.65 if digest or both else 0.55
            yield hit("timing-unsafe-compare", module, node, message, "low", confidence)


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case ast.Subscript():
            return string(node.slice) or ""
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr if attr != "get" else (string(node.args[0]) or "" if node.args else "")
    return ""


def _jwt(module: Module, name: str, call: ast.Call) -> Iterator[Hit]:
    if name.endswith(("get_unverified_claims", "get_unverified_payload")):
        message = "The token's signature is not checked; anyone can write a token."
        yield hit("jwt-unverified", module, call, message, "high", 0.8)
    if not _JWT.search(name):
        return
    said = ast.unparse(call)
    if name.endswith("decode"):
        unverified = (
            re.search(r"['\"]verify_signature['\"]: (False|0)", said)
            or is_constant(keyword(call, "verify"), False)
            or re.search(r"algorithms=\[[^\]]*['\"]none['\"]", said, re.IGNORECASE)
        )
        if unverified:
            message = "The token's signature is not checked; anyone can write a token."
            yield hit("jwt-unverified", module, call, message, "critical", 0.92)
        elif re.search(r"['\"]verify_exp['\"]: False", said):
            message = "Expired tokens are believed."
            yield hit("token-without-expiry", module, call, message, "medium", 0.85)
    elif re.search(r"(?i)algorithm=['\"]none['\"]", said):
        yield hit("jwt-unverified", module, call, "The token is not signed.", "high", 0.92)
    elif call.args and isinstance(claims := _claims(module, call), ast.Dict):
        keys = {string(key) for key in claims.keys}
        if None not in claims.keys and "exp" not in keys and "exp" not in module.texts:
            message = "The token never expires: a stolen one is good for ever."
            yield hit("token-without-expiry", module, call, message, "medium", 0.65)
    key = call.args[1] if len(call.args) > 1 else keyword(call, "key")
    if (literal := string(key)) and is_secret_text(literal):
        message = "The key that signs tokens is written into the source."
        yield hit("hardcoded-secret", module, call, message, "high", 0.8)
    elif literal:
        message = "The key that signs tokens is written into the source, and easy to guess."
        yield hit("hardcoded-secret", module, call, message, "high", 0.8)


def _claims(module: Module, call: ast.Call) -> ast.expr | None:
    """The dict of claims, also where it was given a name just before."""
    claims = call.args[0]
    if not isinstance(claims, ast.Name):
        return claims
    given = [n for n in module.assigned.get(claims.id, ()) if n.lineno <= call.lineno]
    return max(given, key=lambda node: node.lineno).value if given else None


def _cipher(module: Module, name: str, call: ast.Call) -> Iterator[Hit]:
    if not name.startswith(("Crypto.", "Cryptodome.", "cryptography.")):
        return
    if _CIPHERS.search(name):
        yield hit("weak-cipher", module, call, "This cipher is broken.", "high", 0.85)
    elif (name.endswith("AES.new") and "MODE_ECB" in ast.unparse(call)) or name.endswith(
        "modes.ECB"
    ):
        message = "In this mode equal blocks of text are equal blocks of cipher."
        yield hit("weak-cipher", module, call, message, "high", 0.85)
    elif name.endswith((".generate", "generate_private_key")) and "RSA" in name.upper():
        size = (
            call.args[0] if name.endswith(".generate") and call.args else keyword(call, "key_size")
        )
        if isinstance(size, ast.Constant) and isinstance(size.value, int) and size.value < 2048:
            yield hit("weak-key", module, call, "A key of this size can be broken.", "high", 0.9)

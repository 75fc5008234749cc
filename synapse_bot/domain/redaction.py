"""Secrets masked in text, before it is shown, stored or logged.

Every pattern is linear in the text: repetitions are bounded or possessive, and no match may
start inside a run that another start already scanned. A pattern runs only where one of its
literal ``needles`` occurs, so that text without secrets costs a few substring searches.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STARS = "****"
_MASKED = re.compile(r".{0,4}\*{4}", re.DOTALL)
_SHORTEST = 10  # no pattern below matches fewer characters


def mask(secret: str) -> str:
    """``secret`` with at most its first 4 characters left, and none of a short one's."""
    if _MASKED.fullmatch(secret):
        return secret
    return secret[:4] + STARS if len(secret) >= 16 else STARS


def redact(text: str) -> str:
    """``text`` with every secret in it masked; the same text where there is none. Idempotent."""
    if len(text) < _SHORTEST:
        return text
    lowered = text.lower()
    for rule in _RULES:
        if any(needle in lowered for needle in rule.needles):
            text = rule.pattern.sub(rule.replace, text)
    return text


_LITERAL = re.compile(r"""(["'`])((?:(?!\1)[^\\\n]|\\[^\n]){4,2000})\1""")

# Hard-coded credentials: password (259), cryptographic key (321), any credential (798).
_SECRET_CWES = frozenset({259, 321, 798})


def is_secret(cwes: Iterable[int]) -> bool:
    """Whether a finding of these CWEs has a secret for its evidence."""
    return not _SECRET_CWES.isdisjoint(cwes)


def without_literals(text: str) -> str:
    """``text`` with every quoted literal masked: one of them is the secret. Idempotent."""
    return _LITERAL.sub(lambda match: f"{match[1]}{mask(match[2])}{match[1]}", text)


@dataclass(frozen=True)
class _Rule:
    """``needles`` are in lower case; ``pattern`` runs only where one of them occurs."""

    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    replace: Callable[[re.Match[str]], str]


def _whole(match: re.Match[str]) -> str:
    return mask(match[0])


def _token(needles: str, pattern: str) -> _Rule:
    """A token that its own shape gives away."""
    return _Rule(tuple(needles.split()), re.compile(pattern), _whole)


def _secret_group(match: re.Match[str]) -> str:
    """Mask the group "secret" and keep what stands around it."""
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    return match[0][:start] + mask(match["secret"]) + match[0][end:]


def _assigned(match: re.Match[str]) -> str:
    return _secret_group(match) if _looks_secret(match) else match[0]


def _looks_secret(match: re.Match[str]) -> bool:
    """Whether a value assigned to a secret's name is a literal rather than code or a reference."""
    value, after = match["secret"], match.string[match.end() : match.end() + 1]
    if _MASKED.fullmatch(value) or value.startswith(("$", "{{", "<", "%(")):
        return False
    if match["quote"] and after not in (match["quote"], "\\", ""):
        return False  # a sentence in quotes
    if not match["quote"] and after in ("(", "["):
        return False  # a call or a look-up
    has_digit = any(map(str.isdigit, value))
    if match["name"].lower().startswith(("pass", "pwd")):
        if match["quote"]:
            return kinds(value, _JOINTS) >= 2 or len(value) >= 16
        if match["sep"] == "=":  # `NAME=value` in a .env file, a shell or a connection string
            return has_digit and kinds(value, _JOINTS) >= 2
    return _looks_random(value, 12 if match["quote"] else 16) and has_digit


def _looks_random(value: str, shortest: int) -> bool:
    if "://" in value or value.startswith(("./", "../")) or (value[0] == "/" and value.islower()):
        return False  # where the secret is to be had
    return len(value) >= shortest and kinds(value, _JOINTS) >= 2 and entropy(value) >= 3.0


_JOINTS = "_-. "  # between words, and no sign of a secret


def kinds(value: str, joints: str = "") -> int:
    """How many of: small letters, capitals, digits, anything else but ``joints``."""
    tests = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum() and c not in joints)
    return sum(any(test(char) for char in value) for test in tests)


def entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    total = len(value)
    return -sum(n / total * log2(n / total) for n in Counter(value).values())


_NAMES = (
    r"passwords?|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|account[_-]?key|auth[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?"
)
_START = r"(?<![A-Za-z0-9_-])"  # for shapes that could be part of an ordinary word
_APART = r"(?<![A-Za-z0-9])"  # for those that could not, yet may follow "-" or "_" in a branch name

_RULES = (
    _Rule(
        ("private key",),
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
            r".*?(?:-----END [A-Z0-9 ]{0,40}-----|\Z)",
            re.DOTALL,
        ),
        lambda _: f"[private key {STARS}]",
    ),
    _token(
        "akia asia agpa aida aroa aipa anpa anva abia acca a3t",
        _APART + r"(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16}"
        r"(?![A-Za-z0-9])",
    ),
    _token("ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{20,}"),
    _token("github_pat_", r"github_pat_[A-Za-z0-9_]{20,}"),
    _token(
        "glpat- gldt- glrt- glrtr- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct-",
        r"gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[A-Za-z0-9_.-]{20,}",
    ),
    _token("gr1348941", r"GR1348941[A-Za-z0-9_-]{20,}"),
    _token("xox xapp-", r"(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}"),
    _Rule(
        ("hooks.slack.com",),
        re.compile(r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Za-z0-9/_-]{12,})"),
        _secret_group,
    ),
    # OpenAI and Anthropic; a digit tells them from a hyphenated name.
    _token("sk-", _START + r"sk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{20,}"),
    _token(
        "sk-",
        _APART + r"sk-(?:(?:ant|proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{20,}"
        r"|(?=[A-Za-z]{0,60}[0-9])[A-Za-z0-9]{32,})",
    ),
    _token("aiza", r"AIza[A-Za-z0-9_-]{30,}"),
    _token("ya29.", r"ya29\.[A-Za-z0-9_-]{20,}"),
    _token("gocspx-", r"GOCSPX-[A-Za-z0-9_-]{20,}"),
    _token("k_live_ k_test_", r"[srp]k_(?:live|test)_[A-Za-z0-9]{10,}"),
    _token("whsec_", r"whsec_[A-Za-z0-9+/=]{20,}"),
    _token("npm_", r"npm_[A-Za-z0-9]{30,}"),
    _token("pypi-", r"pypi-[A-Za-z0-9_-]{30,}"),
    _token("hf_", _APART + r"hf_[A-Za-z0-9]{30,}"),
    _token("sg.", _START + r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}"),
    _token("dop_v1_ doo_v1_ dckr_pat_", r"(?:do[op]_v1|dckr_pat)_[A-Za-z0-9_-]{20,}"),
    _token("eyj", _APART + r"eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}"),
    _Rule(
        ("authorization",),
        re.compile(
            r"""(?i)authorization\\{0,3}+["']?\s{0,8}+[:=]\s{0,8}+\\{0,3}+["']?"""
            r"""(?:(?:bearer|basic|token|digest|negotiate)\s{1,8}+)?+(?P<secret>[^\s"',;\\]{8,})"""
        ),
        _secret_group,
    ),
    _Rule(
        ("bearer",),
        re.compile(
            r"(?i)(?<![a-z0-9])bearer\s{1,8}+"
            r"(?P<secret>(?=[a-z_.~+/-]{0,64}[0-9])[\w.~+/-]{16,}={0,2})"
        ),
        _secret_group,
    ),
    _Rule(
        ("://",),
        re.compile(r"""://[^\s/@:?#"'<>]{0,256}:(?P<secret>[^\s/@"'<>]{1,1024})@"""),
        _secret_group,
    ),
    _Rule(
        ("://",),
        re.compile(r"""://(?P<secret>[^\s/@:?#"'<>]{16,256})@"""),
        _secret_group,
    ),
    _Rule(
        ("pass", "pwd", "secret", "token", "key", "credential"),
        re.compile(
            rf"""(?i)(?P<name>{_NAMES})[\w.-]{{0,32}}+\\{{0,3}}+["']?\]?"""
            r"""(?P<sep>\s{0,8}+(?::=|=>|==?|:)\s{0,8}+)(?:[rbuf]{1,2}(?=["']))?\\{0,3}+(?P<quote>["'`])?+"""
            r"""(?P<secret>(?(quote)[^"'`\s\\]{6,}+|[\w+/=.~!@$%^*-]{8,}+))"""
        ),
        _assigned,
    ),
)

"""Takes the power from comments that silence a tool which has no switch to ignore them.

ruff, bandit, semgrep, zizmor and kingfisher have such a switch and are run with it. ast-grep,
oxlint, ShellCheck, lizard, yamllint and betterleaks have none: a change could hide its own
defects from them. So the copies that tools read have these comments broken, byte for byte of the
same length, that every line and column stays true. Findings quote the untouched text.
"""

from __future__ import annotations

import re

_BROKEN: tuple[tuple[re.Pattern[bytes], bytes], ...] = (
    (re.compile(rb"\b(ast-grep|oxlint|eslint|biome)-(?=ignore|disable)", re.IGNORECASE), rb"\1_"),
    (re.compile(rb"\b(gitleaks|betterleaks|kingfisher):(?=allow|ignore)", re.IGNORECASE), rb"\1_"),
    (re.compile(rb"(#[ \t]*yamllint)[ \t](?=[ \t]*disable)"), rb"\1_"),
    (re.compile(rb"\b(lizard)[ \t](?=[ \t]*forgive)", re.IGNORECASE), rb"\1_"),
    (re.compile(rb"\b(GENERATED) (?=CODE)"), rb"\1_"),  # lizard stops reading there
)
_SHELLCHECK = re.compile(rb"#[ \t]*shellcheck[ \t][^\n]*")
_DISABLED = re.compile(rb"(?<=disable=)[^\s]+")
_SIGNS = re.compile(rb"gnore|isable|leaks|fisher|forgive|GENERATED", re.IGNORECASE)


def disarm(content: bytes) -> bytes:
    """``content`` with such comments broken: of the same length, the same lines."""
    if not _SIGNS.search(content):
        return content
    for pattern, broken in _BROKEN:
        content = pattern.sub(broken, content)
    return _SHELLCHECK.sub(_of_shellcheck, content)


def _of_shellcheck(directive: re.Match[bytes]) -> bytes:
    # A directive that ShellCheck cannot parse is an error of its own, so only the codes change:
    # to SC0000, which no check has.
    return _DISABLED.sub(_no_codes, directive[0])


def _no_codes(codes: re.Match[bytes]) -> bytes:
    return re.sub(rb"\d", b"0", re.sub(rb"\ball\b", b"SC0", codes[0]))

"""Untrusted text made harmless where it is shown: in Markdown, on a terminal, in a CI log.

The rule for Markdown: a word with any character that could mean something to a renderer, a
forge or another bot (HTML, images, links, @mentions, #references, /commands) becomes inline
code, where none of them acts; plain words stay plain. Nothing is escaped with backslashes or
entities, so cleaning twice equals cleaning once.
"""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import quote, urlsplit

from synapse_bot.domain.visible import visible

ELLIPSIS = "…"
_MAX_URL = 2_000  # characters; a longer one would crowd out what others found

_ODD_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_RUNS = re.compile(r"`+")
_CLOSING = re.compile(r"(?i)(?:clos|fix|resolv|implement)[a-z]*:?")
_RISKY = re.compile(
    r"[`<\[\]|\\*_~@$^{}]"  # structure of Markdown, mentions, mathematics
    r"|[#!%&][\w(\[\"]"  # references and entities
    r"|://|^\(*/[^\W\d_]|(?i:www\.|mailto:|xmpp:|javascript:|data:|gh-\d)"
)
_STRUCTURAL = re.compile(r"(?:[-+=#>:.!/~]+|\d+[.)])$|[>#!/:]")
_COMMAND = re.compile(r"(?m)^((?:\x1b\[[0-9;]*m|[^\S\n])*):(?=:)")
_LEGACY_COMMAND = re.compile(r"##(?=(?:vso)?\[)")
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][!-~]*)?")

RULE_DOC_HOSTS = frozenset(
    {
        "bandit.readthedocs.io",
        "biomejs.dev",
        "cwe.mitre.org",
        "docs.astral.sh",
        "docs.zizmor.sh",
        "eslint.org",
        "oxc.rs",
        "semgrep.dev",
        "www.shellcheck.net",
        "yamllint.readthedocs.io",
    }
)


def one_line(text: str, limit: int = 0) -> str:
    """Visible, on one line, runs of white space as one space, cut to ``limit`` characters."""
    line = " ".join(visible(_ODD_SPACES.sub(" ", text)).split())
    return clip(line, limit) if limit else line


def clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def code(text: str, limit: int = 0) -> str:
    """``text`` as inline code on one line, whatever backticks it holds; "" stays ""."""
    inner = one_line(text, limit)
    if not inner:
        return ""
    ticks = "`" * (_longest_run(inner) + 1)
    pad = " " if inner[0] == "`" or inner[-1] == "`" else ""
    return f"{ticks}{pad}{inner}{pad}{ticks}"


def prose(text: str, limit: int = 0) -> str:
    """``text`` as one line of Markdown that is nothing but words and inline code. Idempotent.

    ``limit`` counts characters of ``text``; what is longer is cut after a word.
    """
    line = one_line(text[: 4 * limit] if limit else text)
    if limit and len(line) > limit:
        line = line[: limit - 1].rpartition(" ")[0] + ELLIPSIS
    out = ""
    for is_code, part in _spans(line):
        cleaned = code(part) if is_code else _words(part.replace("`", "'"), first=not out)
        # Two spans that touch would read as one longer run of backticks.
        gap = " " if out.endswith("`") and cleaned.startswith("`") else ""
        out += gap + cleaned
    return out.strip()


def fence(lines: list[str], info: str = "") -> str:
    """A fenced block, its fence longer than any run of backticks in ``lines``."""
    body = [visible(line) for line in lines]
    ticks = "`" * max(3, max((_longest_run(line) for line in body), default=0) + 1)
    return "\n".join([f"{ticks}{info}", *body, ticks])


def plain(text: str, limit: int = 0) -> str:
    """For fields that a viewer shows as text but may scan for ``[text](link)``."""
    return one_line(text, limit).replace("](", "] (")


def safe_url(url: str) -> str | None:
    """``url`` fit for the target of a Markdown link; None for one too long or not http(s)."""
    # Brackets and white space would end the target.
    encoded = quote(utf8(url), safe=":/?#@!$&'*+,;=%-._~")
    fits = len(encoded) <= _MAX_URL and _SAFE_URL.fullmatch(encoded)
    return encoded if fits else None


def utf8(text: str) -> bytes:
    """``text`` in UTF-8: a name read from bytes that are not UTF-8 gives those bytes back."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that no decoder made
        return text.encode("utf-8", "surrogatepass")


def rule_doc(url: str) -> str | None:
    """``url`` when it is https at one of RULE_DOC_HOSTS exactly, else None."""
    clean = safe_url(url)
    if clean is None:
        return None
    parts = urlsplit(clean)
    return clean if parts.scheme == "https" and parts.netloc in RULE_DOC_HOSTS else None


def without_commands(output: str) -> str:
    """``output`` with no line that a CI runner takes for a command (``::``, ``##[``, ``##vso[``).

    The runner trims a line first and colour codes may stand before, so both are looked through.
    """
    return _LEGACY_COMMAND.sub("# #", _COMMAND.sub(r"\1: ", output))


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUNS.findall(text)), default=0)


def _spans(line: str) -> list[tuple[bool, str]]:
    """``line`` in (is code, content) parts, matching backtick runs as CommonMark does."""
    runs = list(_RUNS.finditer(line))
    later: dict[int, deque[int]] = {}
    for index, run in enumerate(runs):
        later.setdefault(len(run[0]), deque()).append(index)
    parts: list[tuple[bool, str]] = []
    at = index = 0
    while index < len(runs):
        opener, same = runs[index], later[len(runs[index][0])]
        while same and same[0] <= index:
            same.popleft()
        if not same:
            index += 1
            continue
        closer = runs[same[0]]
        parts.append((False, line[at : opener.start()]))
        parts.append((True, line[opener.end() : closer.start()]))
        at, index = closer.end(), same[0] + 1
    parts.append((False, line[at:]))
    return parts


def _words(text: str, *, first: bool) -> str:
    """``text`` with every run of risky words as one span of code; its spaces stay."""
    out: list[str] = []
    risky: list[str] = []
    keyword = False
    for index, word in enumerate(text.split(" ")):
        if first and index == 0 and _STRUCTURAL.match(word):
            out.append(code(word))  # whole: what is left of the code would still start the line
        elif _RISKY.search(word) or (keyword and any(map(str.isdigit, word))):
            risky.append(word)
        else:
            _flush(risky, out)
            out.append(word)
        keyword = bool(_CLOSING.fullmatch(word))
    _flush(risky, out)
    return " ".join(out)


def _flush(risky: list[str], out: list[str]) -> None:
    """Move ``risky`` to ``out`` as code, the punctuation around it left outside."""
    if not risky:
        return
    run = " ".join(risky)
    risky.clear()
    core = run.strip("\"',.;:?") or run
    if core[0] == "(" and (core[-1] == ")" or ")" not in core):
        core = core[1:].removesuffix(")") or core
    elif core[-1] == ")" and "(" not in core:
        core = core[:-1] or core
    before, _, after = run.partition(core)
    if not out and _STRUCTURAL.match(before):
        before, core = "", before + core
    out.append(f"{before}{code(core)}{after}")

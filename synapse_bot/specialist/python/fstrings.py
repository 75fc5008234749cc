"""F-strings of Python 3.12 and later, rewritten so that 3.11 parses them too.

Since 3.12 an f-string may hold its own quotes and backslashes inside its braces (PEP 701). Such a
string gets triple quotes here, and its braces lose their backslashes; no line moves.
"""

from __future__ import annotations

import re

_START = re.compile(
    r"#[^\n]*|(?<![\w])(?P<prefix>[rRbBuUfF]{0,3})(?P<quote>'''|\"\"\"|'|\")",
)
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_MAX_NESTING = 8


def rewritten(text: str) -> str:
    """``text`` with every f-string in a form that older parsers read."""
    out: list[str] = []
    place = 0
    while (start := _START.search(text, place)) is not None:
        out.append(text[place : start.start()])
        quote = start["quote"]
        if quote is None:
            out.append(start[0])
            place = start.end()
            continue
        if "f" in start["prefix"].lower():
            body, place = _formatted(text, start.end(), quote)
            out.append(f"{start['prefix']}{quote[0] * 3}{body}{quote[0] * 3}")
        else:
            place = _end_of_plain(text, start.end(), quote)
            out.append(text[start.start() : place])
    out.append(text[place:])
    return "".join(out)


def _end_of_plain(text: str, place: int, quote: str) -> int:
    """The place after the string that is open at ``place``."""
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif text.startswith(quote, place):
            return place + len(quote)
        elif text[place] == "\n" and len(quote) == 1:
            return place  # it was never closed: the parser will say so
        else:
            place += 1
    return len(text)


def _formatted(text: str, place: int, quote: str, nesting: int = 0) -> tuple[str, int]:
    """The body of the f-string that is open at ``place``, and the place after it."""
    body: list[str] = []
    depth = 0
    while place < len(text):
        char = text[place]
        if depth == 0:
            if char == "\\":
                body.append(text[place : place + 2])
                place += 2
                continue
            if text.startswith(quote, place):
                return "".join(body), place + len(quote)
            if text.startswith(("{{", "}}"), place):
                body.append(char * 2)
                place += 2
                continue
        elif char in "'\"":
            inner, place = _inner(text, place, nesting)
            body.append(inner)
            continue
        depth += (char == "{") - (char == "}" and depth > 0)
        body.append("/" if char == "\\" and depth else char)
        place += 1
    return "".join(body), place


def _inner(text: str, place: int, nesting: int) -> tuple[str, int]:
    """A string inside braces, without backslashes, and the place after it."""
    quote = text[place] * 3 if text.startswith(text[place] * 3, place) else text[place]
    formatted = text[place - 1] in "fF" or text[place - 2 : place].lower() in ("rf", "fr")
    if formatted and nesting < _MAX_NESTING:
        body, end = _formatted(text, place + len(quote), quote, nesting + 1)
    else:
        end = _end_of_plain(text, place + len(quote), quote)
        body = text[place + len(quote) : max(end - len(quote), place + len(quote))]
    return quote + _ESCAPE.sub("/", body) + quote, end

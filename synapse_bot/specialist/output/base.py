"""What every reader shares: the raw finding, the fault, and bounded, tolerant values.

A tool's output is untrusted: its input was the change. Nothing here trusts a type, a depth, a
length or an encoding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synapse_bot.domain.spec import OutputSpec

MAX_RESULTS = 20_000  # of one action; a review of more would be read by nobody
MAX_TEXT = 4_000
MAX_WORD = 300
_MAX_LINE_NUMBER = 1 << 31
_NUMBER = re.compile(r"\s*(\d{1,10})")


@dataclass(frozen=True, slots=True)
class RawEdit:
    """``text`` for what stands from one place up to another, 1-based; columns count characters.

    ``end_column`` 0 is the end of the line.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class RawFinding:
    """One result in the tool's own words, not yet placed. 0 and "" where it does not say.

    ``line`` and ``end_line`` are 1-based, columns too. ``severity`` and ``confidence`` are the
    tool's words or numbers as text. ``code`` is what the tool quotes (of a secret: the secret).
    """

    path: str
    line: int = 0
    end_line: int = 0
    column: int = 0
    end_column: int = 0
    rule: str = ""
    message: str = ""
    severity: str = ""
    confidence: str = ""
    url: str = ""
    code: str = ""
    fix: str = ""
    cwe: tuple[int, ...] = ()
    symbol: str = ""  # the function that it is about
    amounts: tuple[float, ...] = ()  # what the tool measured of it
    edits: tuple[RawEdit, ...] = ()  # how the tool itself would mend it, in this very file


class OutputGarbage(Exception):
    """What a tool printed is not in the format that its action declares."""


class TooManyResults(Exception):
    """More results than MAX_RESULTS."""


Reader = Callable[[bytes, "OutputSpec"], tuple[RawFinding, ...]]


def decode(data: bytes) -> str:
    """``data`` as text: UTF-8, UTF-16 or 32 by their signs, and U+FFFD for what is neither."""
    encoding = json.detect_encoding(data)
    return data.decode(encoding, errors="replace").removeprefix("\ufeff")


def parse_json(text: str) -> Any:
    """``text`` as one JSON value. Raises OutputGarbage: also when it is too deep to be held."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise OutputGarbage("JSON nested too deeply") from error
    except ValueError as error:
        start = text.strip()
        why = f"not JSON: {shorten(start, 80)!r}" if start else "it printed nothing"
        raise OutputGarbage(why) from error


def bounded(findings: list[RawFinding]) -> tuple[RawFinding, ...]:
    if len(findings) > MAX_RESULTS:
        raise TooManyResults(f"more than {MAX_RESULTS} results")
    return tuple(findings)


def shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def as_text(value: Any, length: int = MAX_TEXT) -> str:
    """A string, number or list of those as one bounded text; "" for anything else."""
    match value:
        case None | bool() | dict():
            return ""
        case list():
            return shorten(
                ", ".join(filter(None, (as_text(v, length) for v in value[:20]))), length
            )
        case str():
            return shorten(value, length)
        case _:
            return shorten(str(value), length)


def as_number(value: Any) -> int:
    """A line or column number from a number or its text; 0 for anything else."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, float):
        value = int(value) if 0 <= value < _MAX_LINE_NUMBER else 0
    if isinstance(value, str):
        found = _NUMBER.match(value)
        value = int(found[1]) if found else 0
    return value if isinstance(value, int) and 0 <= value < _MAX_LINE_NUMBER else 0


def as_amounts(value: Any) -> tuple[float, ...]:
    """Every number in a text, in order: "30 NLOC, 20 CCN" is (30, 20)."""
    return tuple(float(word) for word in re.findall(r"\b\d{1,9}(?:\.\d{1,6})?", as_text(value)))


_CWE = re.compile(r"cwe[-_/ :]{0,3}(\d{1,5})|^(\d{1,5})$", re.IGNORECASE)


def as_cwe(value: Any) -> tuple[int, ...]:
    """CWE numbers from 89, "CWE-89: ...", "external/cwe/cwe-089", or a list of such."""
    values = value[:20] if isinstance(value, list) else [value]
    texts = (as_text(v, MAX_WORD) for v in values)
    found = (_CWE.search(text) for text in texts)
    return tuple(sorted({int(m[1] or m[2]) for m in found if m}))

"""A finding's identity across pushes: rule family, path and normalised code.

Never its line number, never its wording: a finding that moves down ten lines, or that its tool
words anew, is the same one.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = "v1"  # goes into the hash: a change of the recipe below changes every fingerprint
LENGTH = 32  # hex digits; 128 bits, so that a hostile change cannot grind two equal ones

_RUN = re.compile(r"[ \t\r\n\f\v]+")  # no wider: a no-break space is not the space it imitates
_LOOSE = re.compile(r"(?<!\w) | (?!\w)")


def fingerprint(family: str, path: str, code: str, ordinal: int = 0) -> str:
    """32 hex digits that name the claim "``family`` at ``code`` in ``path``".

    ``code`` is the verbatim source of the finding's lines, masked where it is secret (the hash is
    published, and a short password could be guessed from it). ``ordinal`` tells the exact
    repetitions of one line apart: see ``ordinal_of``, and give it the same masked lines.
    """
    # The code comes last and no other part can hold a NUL, so no two inputs join to one text.
    parts = (VERSION, family, path, str(ordinal), normalise(code))
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]


def normalise(code: str) -> str:
    """``code`` without the white space that a formatter may change.

    White space stays, as one space, only where it separates two words. Comments, quotes and
    letter case stay: without the language's grammar nobody can tell a comment from a string.
    """
    return _LOOSE.sub("", _RUN.sub(" ", code))


def ordinal_of(lines: Sequence[str], line_number: int) -> int:
    """How many of the lines before the 1-based ``line_number`` have the same normalised text.

    0 for a number outside of ``lines``. One pass over the earlier lines; for many findings of one
    file take ``ordinals``.
    """
    if not 1 <= line_number <= len(lines):
        return 0
    wanted = lines[line_number - 1]
    bare, text = _bare(wanted), normalise(wanted)
    earlier = [line for line in lines[: line_number - 1] if _may_equal(line, bare)]
    return sum(
        line == wanted or (_bare(line) == bare and normalise(line) == text) for line in earlier
    )


def ordinals(lines: Sequence[str]) -> tuple[int, ...]:
    """``ordinal_of`` for every line at once, in one pass: ``ordinals(lines)[n - 1]``."""
    seen: dict[str, int] = {}
    result = []
    for line in lines:
        text = normalise(line)
        count = seen.get(text, 0)
        seen[text] = count + 1
        result.append(count)
    return tuple(result)


def _may_equal(line: str, bare: str) -> bool:
    """Cheap, and never wrong in saying no: both ends outlive any white space."""
    near = line.strip()
    return near[:1] == bare[:1] and near[-1:] == bare[-1:]


def _bare(line: str) -> str:
    """Equal for all lines of one normal form, and cheaper to make than that form."""
    return "".join(line.split())

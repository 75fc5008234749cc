"""Commands in comments: the first line of somebody's comment as a value.

``/synapse review [full]``, ``/synapse explain ID``, ``/synapse ignore ID reason``,
``/synapse false-positive ID reason``, ``/synapse help``. Only the first line counts, and of that
what the command takes: a footer that a mail program appends changes nothing. There are no options
and no paths, so that nobody configures the bot by a comment.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from synapse_bot.domain.fingerprint import LENGTH
from synapse_bot.domain.severity import Severity

if TYPE_CHECKING:
    from synapse_bot.domain.negotiation import Claim

PREFIX = "/synapse"
MIN_ID = 6  # hex digits of a fingerprint; a reply shows 12
MAX_REASON = 200  # characters
SECRET_FAMILY = "hardcoded-secret"  # noqa: S105 - the name of a rule family

_LOOKED_AT = 2_000  # characters of a body: a longer first line is no command
_LINE_END = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")
_ID = re.compile(rf"[0-9a-f]{{{MIN_ID},{LENGTH}}}")
_OPTION = re.compile(r"--?[A-Za-z]")


class Word(StrEnum):
    """What can be asked for; also what a reply's marker says that it answers."""

    REVIEW = "review"
    EXPLAIN = "explain"
    IGNORE = "ignore"
    FALSE_POSITIVE = "false-positive"
    HELP = "help"


DISMISSING = (Word.IGNORE, Word.FALSE_POSITIVE)


@dataclass(frozen=True, slots=True)
class Command:
    """``id`` is the beginning of a fingerprint, lower case; ``reason`` one line without controls.

    Both are "" where the word takes none. ``full`` asks for a review that takes nothing over.
    """

    word: Word
    id: str = ""
    reason: str = ""
    full: bool = False


@dataclass(frozen=True, slots=True)
class Malformed:
    """A command for us that says too little or too much. ``why`` is in our own words alone."""

    why: str


def parse_command(body: str) -> Command | Malformed | None:
    """The command that ``body`` begins with. None where it is not addressed to us."""
    line = _LINE_END.split(body[:_LOOKED_AT], maxsplit=1)[0]
    head, *words = line.split() or [""]
    if head != PREFIX or not body.startswith(PREFIX):
        return None
    name, *rest = words or [""]
    if name not in tuple(Word):
        return Malformed("This is no command that I know." if name else "Say what to do.")
    if any(map(_OPTION.match, rest[:2])):
        return Malformed("Commands take no options: they cannot configure anything.")
    match Word(name):
        case Word.REVIEW:
            return Command(Word.REVIEW, full=rest[:1] == ["full"])
        case Word.HELP:
            return Command(Word.HELP)
        case Word.EXPLAIN | Word.IGNORE | Word.FALSE_POSITIVE as word:
            return _about_one(word, rest)


def _about_one(word: Word, rest: list[str]) -> Command | Malformed:
    """A command that names one finding, and perhaps has to give a reason."""
    given = rest[0].strip("`").lower() if rest else ""
    if not _ID.fullmatch(given):
        return Malformed(f"Name the finding by at least {MIN_ID} hex digits of its id.")
    if word is Word.EXPLAIN:
        return Command(word, given)
    reason = clean_reason(" ".join(rest[1:]))
    if not reason:
        return Malformed("Give a reason, for whoever reads this later.")
    return Command(word, given, reason)


def clean_reason(text: str) -> str:
    """``text`` on one line, without invisible characters, of at most MAX_REASON characters."""
    seen = "".join(char if not _invisible(char) else " " for char in text)
    line = " ".join(seen.split())
    return line if len(line) <= MAX_REASON else f"{line[: MAX_REASON - 1].rstrip()}…"


def _invisible(char: str) -> bool:
    """Controls, marks that reorder or join text, surrogates. No more: Python's tables grow."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs")


def must_stay(claim: Claim) -> bool:
    """Whether no command takes ``claim`` out of sight: a critical secret is still leaked."""
    said = claim.findings or (claim.finding,)
    is_secret = any(finding.family == SECRET_FAMILY for finding in said)
    return is_secret and claim.finding.severity is Severity.CRITICAL

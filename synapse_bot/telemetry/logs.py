"""Logs: the standard library's, on stderr, with secrets masked and controls made visible."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from synapse_bot.domain.redaction import redact

if TYPE_CHECKING:
    from typing import TextIO

ROOT = "synapse_bot"


def set_up_logs(stream: TextIO, *, verbose: bool = False) -> None:
    """Send our logs to ``stream``: warnings, or with ``verbose`` everything. Again replaces it."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeFormatter())
    logger = logging.getLogger(ROOT)
    logger.handlers[:] = [handler]
    logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
    logger.propagate = False  # a library's root handler would print the text unmasked


class SafeFormatter(logging.Formatter):
    """``warning: message``; tracebacks and further lines behind a bar.

    The text may hold a hostile change's words, and CI runners obey what is printed: a line that
    begins with ``::`` (GitHub, on stderr too) or holds ``##[`` is a command. So no line of ours
    begins with foreign text, and neither it nor an escape sequence gets through.
    """

    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record))  # before the split: a key has many lines
        first, *more = text.split("\n")
        lines = [f"{record.levelname.lower()}: {first}", *(f"  | {line}" for line in more)]
        return "\n".join(_harmless(line) for line in lines)


def _harmless(line: str) -> str:
    printable = "".join(
        char if char.isprintable() or char == "\t" else f"<U+{ord(char):04X}>" for char in line
    )
    return printable.replace("##[", "# #[")

"""Text on its way to a model: secrets masked, invisible characters shown, lines cut."""

from __future__ import annotations

from synapse_bot.domain.redaction import redact
from synapse_bot.domain.visible import visible

MAX_LINE = 500


def clean_line(text: str) -> str:
    """One line, or a name."""
    return visible(redact(text))[:MAX_LINE]


def clean_lines(text: str) -> tuple[str, ...]:
    """The lines of a file, each with its number: secrets over several lines are masked too."""
    masked = redact(text)
    if masked.count("\n") != text.count("\n"):
        masked = "\n".join(map(redact, text.split("\n")))
    return tuple(line[:MAX_LINE] for line in visible(masked).split("\n"))


def clean_text(text: str, most: int) -> str:
    """A text of at most ``most`` characters; what was cut is marked."""
    shown = "\n".join(clean_lines(text.strip()))
    return shown if len(shown) <= most else f"{shown[:most].rstrip()}\n⋯"

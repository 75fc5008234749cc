"""How an analysis of the change tells what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.specialist.output.base import RawFinding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.diff import FileDiff


def finding(
    file: FileDiff, line: int, rule: str, message: str, severity: str, confidence: float
) -> RawFinding:
    """A finding at one line of the head."""
    return RawFinding(
        path=file.path,
        line=line,
        end_line=line,
        rule=rule,
        message=message,
        severity=severity,
        confidence=str(confidence),
    )


def listed(names: Sequence[str], most: int) -> str:
    """The first ``most`` of ``names``: "a, b and 3 more"."""
    text, more = ", ".join(names[:most]), len(names) - most
    return f"{text} and {more} more" if more > 0 else text

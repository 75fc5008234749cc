"""The life of one review as lines of text, from the entries of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.redaction import redact
from synapse_bot.report.sanitise import one_line, without_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.ledger import Entry

_LIMIT = 160  # characters of a line


def render_timeline(entries: Iterable[Entry]) -> str:
    """One line an entry: the time, seconds since the first, what happened. "" without any.

    An entry that became known later than it happened says when.
    """
    lines, began = [], None
    for entry in entries:
        began = entry.happened_at if began is None else began
        at = datetime.fromtimestamp(entry.happened_at, UTC)
        late = entry.known_at - entry.happened_at
        known = f" (known {late:.0f} s later)" if late >= 1 else ""
        words = one_line(redact(_words(entry.data)), _LIMIT)
        since = entry.happened_at - began
        lines.append(f"{at:%H:%M:%S} {since:+8.2f} s  {entry.type:<17} {words}{known}".rstrip())
    return without_commands("\n".join(lines) + "\n") if lines else ""


def _words(data: Mapping[str, Any]) -> str:
    """``data`` in one line: what is empty is left out."""
    parts = []
    for key, value in data.items():
        if value in ("", None, 0, 0.0) or value in ({}, []):
            continue
        if isinstance(value, dict):
            shown = ", ".join(f"{name} {_short(item)}" for name, item in value.items())
        elif isinstance(value, list):
            shown = ", ".join(map(str, value))
        else:
            shown = _short(value)
        parts.append(f"{key}: {shown}")
    return "; ".join(parts)


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)

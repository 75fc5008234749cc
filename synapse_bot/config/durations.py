"""Durations as people write them: ``90s``, ``8m``, ``1h30m``, ``500ms``."""

from __future__ import annotations

import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_WHOLE = re.compile(r"(?:\d{1,6}(?:\.\d{1,3})?(?:h|ms|m|s)){1,4}")
_PART = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(h|ms|m|s)")


def parse_duration(text: object) -> float:
    """Seconds. A bare number is refused: 8 could be minutes. Raises ValueError."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError('must be a duration such as "90s", "8m" or "1h"')
    word = str(text).strip()
    if re.fullmatch(r"\d+(\.\d+)?", word):
        raise ValueError(f'needs a unit: "{word}s", "{word}m" or "{word}h"')
    if not _WHOLE.fullmatch(word):
        raise ValueError(f'{word[:40]!r} is not a duration such as "90s", "8m" or "1h30m"')
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(word))


def render_duration(seconds: float) -> str:
    """The shortest exact spelling: 480 is "8m", 5400 is "1h30m", 0.5 is "500ms"."""
    left = round(seconds * 1000)
    text = ""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"

"""Reading what a server sent: JSON of any shape, so nothing of it is taken on trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MOST = 1_000_000_000  # tokens; what is larger is no count


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def tokens(value: object) -> int:
    """A count of tokens; 0 for anything else."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return min(max(0, int(value)), _MOST) if whole and isinstance(value, int) else 0

"""What `doctor` says of one thing that it has checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked; ``advice`` is what to do about it."""

    health: Health
    what: str
    advice: str = ""

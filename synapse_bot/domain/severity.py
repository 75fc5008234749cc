"""One ordered severity scale for every tool, model and person."""

from __future__ import annotations

from enum import IntEnum


class Severity(IntEnum):
    """info < low < medium < high < critical, so the strictest is ``max()``."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Severity:
        """The severity named ``text``, in any case. Raises ValueError for an unknown name."""
        try:
            return cls[text.strip().upper()]
        except KeyError:
            names = ", ".join(str(s) for s in cls)
            raise ValueError(f"unknown severity {text!r}; one of {names}") from None

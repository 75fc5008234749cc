"""What would be sent to a model, word for word but for what is drawn anew in each call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """One call of ``specialist``. ``input`` has the words KEY and CANARY for what is drawn.

    ``tokens`` are those of both texts, estimated on the high side.
    """

    specialist: str
    system: str
    input: str
    tokens: int
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()  # what a model is not told, and why

"""What a check of this package gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """``rule`` is a rule of rules/taxonomy.yaml, ``line`` 1-based, ``confidence`` 0..1."""

    rule: str
    line: int
    message: str
    severity: str
    confidence: float

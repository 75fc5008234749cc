"""Opinions that disagree, how they were settled, and the questions left for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.finding import Finding
from synapse_bot.domain.severity import Severity

if TYPE_CHECKING:
    from synapse_bot.domain.debate import Debate


@dataclass(frozen=True, slots=True)
class Stance:
    """One specialist's severity for one claim. ``weight`` is its weight in rules/negotiation."""

    by: str
    severity: Severity
    confidence: float
    weight: float = 1.0
    rule: str = ""
    tool: str = ""  # whose words they are, where one specialist runs several tools


@dataclass(frozen=True, slots=True)
class Negotiation:
    """The record of one conflict: who said what, which strategy settled it, and why."""

    stances: tuple[Stance, ...]  # sorted by specialist id, so arrival order leaves no trace
    strategy: str
    severity: Severity
    why: str
    margin: float = 1.0  # 0..1: how clearly the strategy decided
    stalemate: bool = False  # the named strategy could not decide; the tie-break did
    debate: Debate | None = None  # of voices too far apart to be settled by weight alone


@dataclass(frozen=True, slots=True)
class Escalation:
    """A question put to a person, with the reason."""

    question: str
    reason: str
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """All findings that say the same, as one: ``finding`` carries the settled severity."""

    finding: Finding
    findings: tuple[Finding, ...]  # every opinion behind it, in canonical order
    negotiation: Negotiation | None = None
    escalation: Escalation | None = None

    @property
    def said_by(self) -> tuple[str, ...]:
        return tuple(sorted({finding.by for finding in self.findings}))

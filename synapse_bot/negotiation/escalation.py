"""What becomes of a dispute that no debate has settled: the table type x severity x spread."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from synapse_bot.domain.redaction import is_secret
from synapse_bot.domain.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_bot.domain.finding import Finding

WIDEST = 5  # steps from "does not stand" to critical


class DisputeType(StrEnum):
    """What a disputed claim is about, the gravest first; but for SECRET a specialist's domain."""

    SECRET = "secret"  # noqa: S105 - a type, not a secret
    SECURITY = "security"
    CORRECTNESS = "correctness"
    COMPATIBILITY = "compatibility"
    PERFORMANCE = "performance"
    TESTS = "tests"
    MAINTAINABILITY = "maintainability"
    DOCUMENTATION = "documentation"
    STYLE = "style"
    OTHER = "other"  # every domain without a name here


class Action(StrEnum):
    ESCALATE = "escalate"  # the tie-break holds, and a person is asked
    HOLD = "hold"  # the tie-break holds, and nobody is asked
    DROP_SILENTLY = "drop_silently"  # the lowest that was given; nobody is asked


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """One row: it serves a dispute of one of ``types`` (none: every type) that is at least so
    severe and so wide. ``min_spread`` counts steps; what "does not stand" is one below info."""

    id: str
    action: Action
    types: frozenset[DisputeType] = field(default_factory=frozenset)
    min_severity: Severity = Severity.INFO
    min_spread: int = 0
    why: str = ""

    def serves(self, kind: DisputeType, severity: Severity, spread: int) -> bool:
        fits = not self.types or kind in self.types
        return fits and severity >= self.min_severity and spread >= self.min_spread


HELD = EscalationRow("default", Action.HOLD, why="No row says more.")
_INTEGRITY = "integrity"  # who weakens the checks themselves: a matter of security
_GRAVEST = tuple(DisputeType)


def row_for(
    rows: Sequence[EscalationRow], kind: DisputeType, severity: Severity, spread: int
) -> EscalationRow:
    """The first of ``rows`` that serves; HELD where none does."""
    return next((row for row in rows if row.serves(kind, severity, spread)), HELD)


def type_of(findings: Iterable[Finding], domains: Mapping[str, str]) -> DisputeType:
    """The gravest type of ``findings``; ``domains`` are those of the specialists, by id."""
    types = {
        DisputeType.SECRET if is_secret(finding.cwe) else _of_domain(domains.get(finding.by, ""))
        for finding in findings
    }
    return min(types, key=_GRAVEST.index, default=DisputeType.OTHER)


def _of_domain(domain: str) -> DisputeType:
    if domain == _INTEGRITY:
        return DisputeType.SECURITY
    try:
        return DisputeType(domain)
    except ValueError:
        return DisputeType.OTHER

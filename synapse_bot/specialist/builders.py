"""Result builders: the named last step from an action's findings to the specialist's opinion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from synapse_bot.domain.severity import Severity

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Finding

Builder = Callable[["Sequence[Finding]", "Mapping[str, object]"], "tuple[Finding, ...]"]


def findings(found: Sequence[Finding], params: Mapping[str, object]) -> tuple[Finding, ...]:
    """All of them at or above ``min_confidence`` and ``min_severity``."""
    confidence = _number(params, "min_confidence")
    severity = Severity.parse(str(params.get("min_severity", "info")))
    return tuple(f for f in found if f.confidence >= confidence and f.severity >= severity)


def worst_per_line(found: Sequence[Finding], params: Mapping[str, object]) -> tuple[Finding, ...]:
    """As ``findings``, and of each line only the one of highest severity, then confidence."""
    worst: dict[tuple[str, int], Finding] = {}
    for finding in findings(found, params):
        key = (finding.location.path, finding.location.start_line)
        if key not in worst or _weight(finding) > _weight(worst[key]):
            worst[key] = finding
    return tuple(worst.values())


def first_per_rule(found: Sequence[Finding], params: Mapping[str, object]) -> tuple[Finding, ...]:
    """As ``findings``, and at most ``limit`` (default 3) of each rule in each file."""
    limit = _number(params, "limit", 3)
    counts: dict[tuple[str, str], int] = {}
    kept = []
    for finding in findings(found, params):
        key = (finding.rule, finding.location.path)
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= limit:
            kept.append(finding)
    return tuple(kept)


BUILDERS: Mapping[str, Builder] = {
    "findings": findings,
    "first_per_rule": first_per_rule,
    "worst_per_line": worst_per_line,
}


def _weight(finding: Finding) -> tuple[Severity, float]:
    return finding.severity, finding.confidence


def _number(params: Mapping[str, object], name: str, default: float = 0.0) -> float:
    value = params.get(name, default)
    return float(value) if isinstance(value, int | float) else default

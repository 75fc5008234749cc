"""Result builders: the named last step from an action's findings to the specialist's opinion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from synapse_bot.domain.severity import Severity

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.pathkinds import PathKinds

_DOUBT = 0.5

Builder = Callable[
    ["Sequence[Finding]", "Mapping[str, object]", "PathKinds"], "tuple[Finding, ...]"
]


def findings(
    found: Sequence[Finding], params: Mapping[str, object], kinds: PathKinds
) -> tuple[Finding, ...]:
    """All of them at or above ``min_confidence`` and ``min_severity``.

    In files that ``doubted_in`` names a finding is half as sure: by a glob, or by one of the words
    ``tests`` and ``docs``, which stand for the lists of rules/filekinds.yaml. With ``doubted``,
    globs of a tool's own rule ids, only what they name is.
    """
    confidence = _number(params, "min_confidence")
    severity = Severity.parse(str(params.get("min_severity", "info")))
    weighed = _doubted(found, params, kinds)
    return tuple(f for f in weighed if f.confidence >= confidence and f.severity >= severity)


def _doubted(
    found: Sequence[Finding], params: Mapping[str, object], kinds: PathKinds
) -> Sequence[Finding]:
    where, rules = _texts(params, "doubted_in"), _texts(params, "doubted", ("*",))
    return [
        replace(f, confidence=round(f.confidence * _DOUBT, 4))
        if any(fnmatchcase(f.tool_rule, rule) for rule in rules)
        and kinds.named(where, f.location.path)
        else f
        for f in found
    ]


def worst_per_line(
    found: Sequence[Finding], params: Mapping[str, object], kinds: PathKinds
) -> tuple[Finding, ...]:
    """As ``findings``, and of each line only the one of highest severity, then confidence."""
    worst: dict[tuple[str, int], Finding] = {}
    for finding in findings(found, params, kinds):
        key = (finding.location.path, finding.location.start_line)
        if key not in worst or _weight(finding) > _weight(worst[key]):
            worst[key] = finding
    return tuple(worst.values())


def first_per_rule(
    found: Sequence[Finding], params: Mapping[str, object], kinds: PathKinds
) -> tuple[Finding, ...]:
    """As ``findings``, and at most ``limit`` (default 3) of each rule in each file."""
    limit = _number(params, "limit", 3)
    counts: dict[tuple[str, str], int] = {}
    kept = []
    for finding in findings(found, params, kinds):
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


def _texts(
    params: Mapping[str, object], name: str, default: tuple[str, ...] = ()
) -> tuple[str, ...]:
    value = params.get(name, default)
    return tuple(map(str, value)) if isinstance(value, list) else default


def _number(params: Mapping[str, object], name: str, default: float = 0.0) -> float:
    value = params.get(name, default)
    return float(value) if isinstance(value, int | float) else default

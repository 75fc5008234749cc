"""Small builders of findings and opinions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synapse_bot.domain.finding import Finding, Location, Placement
from synapse_bot.domain.fingerprint import fingerprint
from synapse_bot.domain.opinion import Opinion
from synapse_bot.domain.severity import Severity


def _found(said: str = "security high 0.9", **other: object) -> Finding:
    """``said`` is "specialist[/tool] severity confidence"; the rest are a Finding's fields,
    ``line``, ``end_line`` and ``path`` among them."""
    who, severity, confidence = said.split()
    by, _, tool = who.partition("/")
    line = int(other.pop("line", 3))
    path = str(other.pop("path", "app.py"))
    family = str(other.pop("family", "injection-sql"))
    end_line = int(other.pop("end_line", line))
    fields: dict[str, object] = {
        "rule": family,
        "message": f"{family}, says {who}",
        "location": Location(path, line, end_line),
        "severity": Severity.parse(severity),
        "confidence": float(confidence),
        "by": by,
        "tool": tool,
        "tool_rule": f"{tool}-{family}",
        "family": family,
        "code": f"line {line} to {end_line}",
        "fingerprint": fingerprint(family, path, f"line {line} to {end_line}"),
        "placement": Placement.ADDED,
    }
    return Finding(**(fields | other))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def found() -> Callable[..., Finding]:
    return _found


@pytest.fixture(scope="session")
def opinions() -> Callable[..., list[Opinion]]:
    """Findings as one Opinion for each specialist."""

    def make(*findings: Finding) -> list[Opinion]:
        ids = sorted({finding.by for finding in findings})
        return [Opinion(by, tuple(f for f in findings if f.by == by)) for by in ids]

    return make

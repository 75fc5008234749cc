"""GitLab Code Quality: gl-code-quality-report.json.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.severity import Severity
from synapse_bot.domain.visible import visible
from synapse_bot.report import wording
from synapse_bot.report.base import DEFAULTS, RenderOptions
from synapse_bot.report.jsontext import dump
from synapse_bot.report.redacted import redacted
from synapse_bot.report.sanitise import plain, prose

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.review import Review

_SEVERITIES = {
    Severity.INFO: "info",
    Severity.LOW: "minor",
    Severity.MEDIUM: "major",
    Severity.HIGH: "critical",
    Severity.CRITICAL: "blocker",
}


def render_codequality(review: Review, _options: RenderOptions = DEFAULTS) -> str:
    """A JSON array, one entry a finding, worst first."""
    review = redacted(review)
    used: Counter[str] = Counter()
    return dump([_entry(c.finding, used) for c in wording.ranked(review.claims)]) + "\n"


def _entry(finding: Finding, used: Counter[str]) -> dict[str, Any]:
    place = finding.location
    first = max(place.start_line, 1)
    return {
        "description": prose(finding.message, 500) or plain(wording.title_of(finding), 200),
        "check_name": plain(finding.rule, 200),
        "fingerprint": _unique(finding, used),
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": relative(place.path),
            "lines": {"begin": first, "end": max(place.end_line, first)},
        },
    }


def relative(path: str) -> str:
    """``path`` as GitLab wants it: no ``./``, no leading slash, nothing invisible."""
    cleaned = visible(path).replace("\n", "<U+000A>")
    while cleaned.startswith(("./", "/")):
        cleaned = cleaned.removeprefix("./").lstrip("/")
    return cleaned or "."


def _unique(finding: Finding, used: Counter[str]) -> str:
    """GitLab shows one finding per fingerprint: a repetition gets one of its own, still stable."""
    place = finding.location
    base = finding.fingerprint
    if not base:
        text = f"{finding.rule}\0{place.path}\0{finding.code}"
        base = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    used[base] += 1
    if used[base] == 1:
        return base
    return sha256(f"{base}:{used[base]}".encode()).hexdigest()[:32]

"""What one specialist knows to be a secret, no other's evidence shows.

A scanner masks the secret that it finds. Another tool may speak of the same line for another
reason, and quote it whole. So the line as the first one masked it stands for the line everywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Failed, Outcome, Skipped
from synapse_bot.domain.redaction import is_secret, without_literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.finding import Finding, Location
    from synapse_bot.domain.remark import Remark

Lines = dict[tuple[str, int], str]  # (path, line number) -> the line, masked


def keep_secrets(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """``outcomes`` with every line that holds a known secret as the one who knows it shows it."""
    known = tuple(outcomes)
    masked = masked_lines(known)
    return tuple(_discreet(outcome, masked) for outcome in known) if masked else known


def masked_lines(outcomes: Iterable[Outcome]) -> Lines:
    """Every line that holds a known secret, as the one who knows it shows it."""
    lines: Lines = {}
    for outcome in outcomes:
        for finding in () if isinstance(outcome, Skipped) else outcome.findings:
            if is_secret(finding.cwe):
                for key, line in _lines(finding.location, finding.code):
                    # More than one may know it: the shorter line has more of it masked.
                    lines[key] = min(lines.get(key, line), line, key=lambda text: (len(text), text))
    return lines


def _lines(place: Location, code: str) -> Iterable[tuple[tuple[str, int], str]]:
    for offset, line in enumerate(code.split("\n")):
        yield (place.path, place.start_line + offset), line


def _discreet(outcome: Outcome, masked: Mapping[tuple[str, int], str]) -> Outcome:
    if isinstance(outcome, Skipped):
        return outcome
    findings = tuple(_said(finding, masked) for finding in outcome.findings)
    if isinstance(outcome, Failed):
        return replace(outcome, findings=findings)
    remarks = tuple(_remarked(remark, masked) for remark in outcome.remarks)
    return replace(outcome, findings=findings, remarks=remarks)


def _said(finding: Finding, masked: Mapping[tuple[str, int], str]) -> Finding:
    code = _shown(finding.location, finding.code, masked)
    if code is None:
        return finding
    return replace(finding, code=code, message=without_literals(finding.message))


def _remarked(remark: Remark, masked: Mapping[tuple[str, int], str]) -> Remark:
    quote = _shown(remark.evidence, remark.quote, masked)
    if quote is None:
        return remark
    return replace(remark, quote=quote, reason=without_literals(remark.reason))


def _shown(place: Location, code: str, masked: Mapping[tuple[str, int], str]) -> str | None:
    """``code`` with its known secrets masked; None where it holds none."""
    lines = list(_lines(place, code))
    if not any(key in masked for key, _ in lines):
        return None
    return "\n".join(masked.get(key, line) for key, line in lines)

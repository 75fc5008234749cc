"""What one specialist knows to be a secret, no other's evidence shows.

A scanner masks the secret that it finds. Another tool may speak of the same line for another
reason, and quote it whole. So the line as the first one masked it stands for the line everywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Outcome, Skipped
from synapse_bot.domain.redaction import is_secret, without_literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.finding import Finding

Lines = dict[tuple[str, int], str]  # (path, line number) -> the line, masked


def keep_secrets(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """``outcomes`` with every line that holds a known secret as the one who knows it shows it."""
    known = tuple(outcomes)
    masked = _masked_lines(known)
    return tuple(_discreet(outcome, masked) for outcome in known) if masked else known


def _masked_lines(outcomes: Iterable[Outcome]) -> Lines:
    lines: Lines = {}
    for outcome in outcomes:
        for finding in () if isinstance(outcome, Skipped) else outcome.findings:
            if is_secret(finding.cwe):
                for key, line in _lines(finding):
                    # More than one may know it: the shorter line has more of it masked.
                    lines[key] = min(lines.get(key, line), line, key=lambda text: (len(text), text))
    return lines


def _lines(finding: Finding) -> Iterable[tuple[tuple[str, int], str]]:
    place = finding.location
    for offset, line in enumerate(finding.code.split("\n")):
        yield (place.path, place.start_line + offset), line


def _discreet(outcome: Outcome, masked: Mapping[tuple[str, int], str]) -> Outcome:
    if isinstance(outcome, Skipped):
        return outcome
    return replace(outcome, findings=tuple(_said(f, masked) for f in outcome.findings))


def _said(finding: Finding, masked: Mapping[tuple[str, int], str]) -> Finding:
    lines = list(_lines(finding))
    if not any(key in masked for key, _ in lines):
        return finding
    code = "\n".join(masked.get(key, line) for key, line in lines)
    return replace(finding, code=code, message=without_literals(finding.message))

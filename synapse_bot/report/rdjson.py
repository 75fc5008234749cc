"""Reviewdog Diagnostic Format, one JSON object a line.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_bot.domain.diff import Side
from synapse_bot.domain.severity import Severity
from synapse_bot.report import wording
from synapse_bot.report.base import DEFAULTS, RenderOptions
from synapse_bot.report.codequality import relative
from synapse_bot.report.evidence import whole_line_suggestion
from synapse_bot.report.jsontext import dump
from synapse_bot.report.redacted import redacted
from synapse_bot.report.sanitise import plain, prose, rule_doc

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.review import Review

Json = dict[str, Any]

_SEVERITIES = {
    Severity.CRITICAL: "ERROR",
    Severity.HIGH: "ERROR",
    Severity.MEDIUM: "WARNING",
    Severity.LOW: "INFO",
    Severity.INFO: "INFO",
}


def render_rdjsonl(review: Review, _options: RenderOptions = DEFAULTS) -> str:
    """One line a finding at the head, worst first; "" where there is none."""
    review = redacted(review)
    claims = (c for c in wording.ranked(review.claims) if c.finding.location.side is Side.NEW)
    return "".join(f"{dump(_diagnostic(claim), indent=None)}\n" for claim in claims)


def _diagnostic(claim: Claim) -> Json:
    """``message`` becomes a Markdown comment on the forge, so it is cleaned as Markdown."""
    finding = claim.finding
    code: Json = {"value": plain(finding.rule, 200)}
    if url := rule_doc(finding.url):
        code["url"] = url
    said = wording.listed(prose(by, 60) for by in claim.said_by)
    message = f"{prose(finding.message, 600)} ({wording.weight_of(finding)}; said by {said})"
    if finding.fix:
        message += f" Fix: {prose(finding.fix, 400)}"
    diagnostic: Json = {
        "message": message,
        "location": {"path": relative(finding.location.path), "range": _range(finding)},
        "severity": _SEVERITIES[finding.severity],
        "source": {"name": wording.PRODUCT},
        "code": code,
    }
    if suggestion := whole_line_suggestion(finding):
        whole = {"start": {"line": finding.location.start_line}}
        whole["end"] = {"line": finding.location.end_line}
        diagnostic["suggestions"] = [{"range": whole, "text": suggestion.new}]
    return diagnostic


def _range(finding: Finding) -> Json:
    """Lines, and columns where they equal the UTF-8 byte offsets that the format counts."""
    place = finding.location
    start: Json = {"line": max(place.start_line, 1)}
    end: Json = {"line": max(place.end_line, place.start_line, 1)}
    if place.start_column > 0 and place.end_column > 0 and finding.code.isascii():
        start["column"] = place.start_column
        end["column"] = place.end_column
    return {"start": start, "end": end}

"""SARIF 2.1.0 within the limits that GitHub code scanning states.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from synapse_bot.domain.review import Verdict
from synapse_bot.domain.severity import Severity
from synapse_bot.report import wording
from synapse_bot.report.base import DEFAULTS, RenderOptions
from synapse_bot.report.evidence import source_lines, whole_line_suggestion
from synapse_bot.report.jsontext import dump
from synapse_bot.report.redacted import redacted
from synapse_bot.report.sanitise import plain, rule_doc, utf8

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.review import Review

Json = dict[str, Any]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MAX_RESULTS = 5_000  # GitHub keeps the top 5,000 of a run; ours are chosen worst first
MAX_TAGS = 20  # a rule
_MAX_NOTIFICATIONS = 1_000
_TEXT = 1_000  # characters

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# GitHub reads over 9.0 as critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below that low.
_SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "1.0",
}


def render_sarif(review: Review, _options: RenderOptions = DEFAULTS) -> str:
    """One run with driver synapse-bot; results worst first."""
    review = redacted(review)
    claims = wording.ranked(review.claims)
    kept = claims[:MAX_RESULTS]
    rules = _rules(kept, _security_specialists(review))
    index = {rule["id"]: position for position, rule in enumerate(rules)}
    run: Json = {
        "tool": {"driver": _driver(review, rules)},
        "automationDetails": {"id": f"{wording.PRODUCT}/{plain(review.id)}"},
        "invocations": [_invocation(review, len(claims) - len(kept))],
        "columnKind": "unicodeCodePoints",
        "results": _results(kept, index),
        "properties": {
            "verdict": review.verdict.value,
            "route": review.plan.route.value,
            "base": review.change.base,
            "head": review.change.head,
        },
    }
    return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def artifact_uri(path: str) -> str:
    """``path`` as a relative URI reference; a path that is not UTF-8 keeps its bytes."""
    return quote(utf8(path), safe="/")


def is_security(finding: Finding, security_specialists: frozenset[str]) -> bool:
    return bool(finding.cwe) or finding.by in security_specialists


def _security_specialists(review: Review) -> frozenset[str]:
    specs = (assignment.spec for assignment in review.plan.assignments)
    return frozenset(spec.id for spec in specs if spec.domain == "security")


def _driver(review: Review, rules: list[Json]) -> Json:
    driver: Json = {"name": wording.PRODUCT, "rules": rules}
    if review.version:
        driver["version"] = plain(review.version)
    return driver


def _rules(claims: Iterable[Claim], security: frozenset[str]) -> list[Json]:
    by_id: dict[str, list[Finding]] = {}
    for claim in claims:
        by_id.setdefault(plain(claim.finding.rule, 200), []).append(claim.finding)
    return [_rule(rule, findings, security) for rule, findings in sorted(by_id.items())]


def _rule(rule: str, findings: list[Finding], security: frozenset[str]) -> Json:
    severity = max(finding.severity for finding in findings)
    cwe = sorted({number for finding in findings for number in finding.cwe})
    fix = next((finding.fix for finding in findings if finding.fix), "")
    url = next((url for finding in findings if (url := rule_doc(finding.url))), None)
    title = plain(next((f.title for f in findings if f.title), wording.title(rule)), 200)
    why = next((finding.why for finding in findings if finding.why), "")
    help_text = plain(fix or f"Review the places that {title} names.", _TEXT)
    described: Json = {
        "id": rule,
        "name": "".join(word[:1].upper() + word[1:] for word in wording.title(rule).split()),
        "shortDescription": {"text": title},
        "fullDescription": {"text": plain(f"{title}. {why} {fix}".strip(), _TEXT)},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": _LEVELS[severity]},
    }
    if url:
        described["helpUri"] = url
    properties: Json = {"problem.severity": _problem(severity), "tags": ["synapse-bot"]}
    if any(is_security(finding, security) for finding in findings):
        tags = ["security", *(f"external/cwe/cwe-{number}" for number in cwe)]
        properties["tags"] = [*tags[: MAX_TAGS - 1], "synapse-bot"]
        properties["security-severity"] = _SECURITY_SEVERITY[severity]
    properties["precision"] = _precision(max(finding.confidence for finding in findings))
    described["properties"] = properties
    return described


def _problem(severity: Severity) -> str:
    return "recommendation" if _LEVELS[severity] == "note" else _LEVELS[severity]


def _precision(confidence: float) -> str:
    steps = ((0.9, "very-high"), (0.7, "high"), (0.4, "medium"))
    return next((word for floor, word in steps if confidence >= floor), "low")


def _results(claims: list[Claim], index: dict[str, int]) -> list[Json]:
    repeats: Counter[str] = Counter()
    results = []
    for claim in claims:
        fingerprint = claim.finding.fingerprint
        repeats[fingerprint] += 1
        results.append(_result(claim, index, repeats[fingerprint]))
    return results


def _result(claim: Claim, index: dict[str, int], repeat: int) -> Json:
    finding = claim.finding
    rule = plain(finding.rule, 200)
    properties: Json = {
        "severity": str(finding.severity),
        "confidence": finding.confidence,
        "saidBy": [plain(by, 200) for by in claim.said_by],
        "placement": finding.placement.value,
    }
    if claim.negotiation:
        properties["settledBy"] = plain(claim.negotiation.strategy, 200)
    result: Json = {
        "ruleId": rule,
        "ruleIndex": index[rule],
        "level": _LEVELS[finding.severity],
        "rank": round(100 * finding.confidence, 1),
        "message": {"text": plain(finding.message, _TEXT) or plain(wording.title_of(finding))},
        "locations": [{"physicalLocation": _physical(finding)}],
        "properties": properties,
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {
            "primaryLocationLineHash": f"{finding.fingerprint[:16]}:{repeat}",
            "synapseFingerprint/v1": finding.fingerprint,
        }
    if fix := _fix(finding):
        result["fixes"] = [fix]
    return result


def _physical(finding: Finding) -> Json:
    place = finding.location
    region: Json = {"startLine": max(place.start_line, 1)}
    if place.start_column > 0:
        region["startColumn"] = place.start_column
    region["endLine"] = max(place.end_line, place.start_line, 1)
    one_line = place.end_line == place.start_line
    if place.end_column > (place.start_column if one_line else 0):
        region["endColumn"] = place.end_column
    if finding.code:
        region["snippet"] = {"text": "\n".join(source_lines(finding.code)[:40])}
    return {"artifactLocation": {"uri": artifact_uri(place.path)}, "region": region}


def _fix(finding: Finding) -> Json | None:
    """The suggestion as the fix that viewers offer to apply."""
    suggestion, place = whole_line_suggestion(finding), finding.location
    if suggestion is None:
        return None
    change = {
        "artifactLocation": {"uri": artifact_uri(place.path)},
        "replacements": [
            {
                "deletedRegion": {"startLine": place.start_line, "endLine": place.end_line},
                "insertedContent": {"text": suggestion.new},
            }
        ],
    }
    text = plain(finding.fix or "Apply the suggestion.", _TEXT)
    return {"description": {"text": text}, "artifactChanges": [change]}


def _invocation(review: Review, dropped: int) -> Json:
    notes = list(_notifications(review, dropped))
    if len(notes) > _MAX_NOTIFICATIONS:
        more = len(notes) - _MAX_NOTIFICATIONS
        notes = [*notes[:_MAX_NOTIFICATIONS], _note("note", f"{more} more in the audit")]
    invocation: Json = {"executionSuccessful": review.verdict is not Verdict.INCOMPLETE}
    if notes:
        invocation["toolExecutionNotifications"] = notes
    return invocation


def _notifications(review: Review, dropped: int) -> Iterable[Json]:
    if dropped:
        yield _note("warning", f"{dropped} results more than {MAX_RESULTS}: see the audit")
    for failed in review.failed:
        yield _note("error", f"{failed.by} failed ({failed.kind.value}): {failed.why}")
    for skipped in review.skipped:
        level = "warning" if skipped.matters else "note"
        yield _note(level, f"{skipped.by} was skipped: {skipped.why}")
    for file in wording.gaps(review):
        level = "warning" if file.unread else "note"
        text = f"{file.state.value}: {file.reason.value} {file.detail}".strip()
        yield _note(level, f"{file.path} {text}", file.path)
    for suppression in review.suppressions:
        text = f"{suppression.rule} suppressed at line {suppression.line}: {suppression.reason}"
        yield _note("note", text, suppression.path)
    for notice in wording.notices(review):
        yield _note("note", notice)
    for hidden in wording.kept_back(review)[: 1 if review.hidden else 0]:
        yield _note("note", hidden)


def _note(level: str, text: str, path: str = "") -> Json:
    note: Json = {"level": level, "message": {"text": plain(text, _TEXT)}}
    if path:
        place = {"physicalLocation": {"artifactLocation": {"uri": artifact_uri(path)}}}
        note["locations"] = [place]
    return note

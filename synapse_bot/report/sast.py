"""GitLab SAST: gl-sast-report.json, schema 15.x. Security findings only.

https://gitlab.com/gitlab-org/security-products/security-report-schemas
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from synapse_bot.domain.review import Verdict
from synapse_bot.report import wording
from synapse_bot.report.base import DEFAULTS, RenderOptions
from synapse_bot.report.codequality import relative
from synapse_bot.report.evidence import source_lines
from synapse_bot.report.jsontext import dump
from synapse_bot.report.redacted import redacted
from synapse_bot.report.sanitise import fence, plain, prose, rule_doc

if TYPE_CHECKING:
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.review import Review

Json = dict[str, Any]

VERSION = "15.2.1"
_HOME = "https://github.com/synapse-bot/synapse-bot"
_MAX_MESSAGES = 200


def render_sast(review: Review, _options: RenderOptions = DEFAULTS) -> str:
    """The findings that have a CWE or come from a specialist of the domain "security"."""
    review = redacted(review)
    specs = (assignment.spec for assignment in review.plan.assignments)
    security = frozenset(spec.id for spec in specs if spec.domain == "security")
    claims = [
        claim
        for claim in wording.ranked(review.claims)
        if claim.finding.cwe or claim.finding.by in security
    ]
    used: Counter[str] = Counter()
    report = {
        "version": VERSION,
        "scan": _scan(review),
        "vulnerabilities": [_vulnerability(claim, used) for claim in claims],
    }
    return dump(report) + "\n"


def _scan(review: Review) -> Json:
    version = plain(review.version) or "0"
    tool = {"id": wording.PRODUCT, "name": wording.PRODUCT, "version": version}
    tool |= {"url": _HOME, "vendor": {"name": wording.PRODUCT}}  # type: ignore[dict-item]
    start, end = _times(review)
    scan: Json = {
        "analyzer": tool,
        "scanner": tool,
        "type": "sast",
        "start_time": start,
        "end_time": end,
        "status": "failure" if review.verdict is Verdict.INCOMPLETE else "success",
    }
    if messages := _messages(review)[:_MAX_MESSAGES]:
        scan["messages"] = messages
    return scan


def _times(review: Review) -> tuple[str, str]:
    """Start and end as yyyy-mm-ddThh:mm:ss in UTC, as the schema demands."""
    try:
        start = datetime.fromisoformat(review.started_at).astimezone(UTC)
    except ValueError:
        start = datetime.fromtimestamp(0, UTC)
    end = start + timedelta(seconds=review.seconds)
    return start.strftime("%Y-%m-%dT%H:%M:%S"), end.strftime("%Y-%m-%dT%H:%M:%S")


def _messages(review: Review) -> list[Json]:
    lines = [("warn", f"{f.by} failed ({f.kind.value}): {f.why}") for f in review.failed]
    lines += [("warn", f"{s.by} was skipped: {s.why}") for s in wording.missed(review)]
    lines += [("info", f"{g.path} {g.state.value}: {g.reason.value}") for g in wording.gaps(review)]
    return [{"level": level, "value": plain(text, 500)} for level, text in lines]


def _vulnerability(claim: Claim, used: Counter[str]) -> Json:
    finding, place = claim.finding, claim.finding.location
    first = max(place.start_line, 1)
    key = plain(finding.fingerprint or f"{finding.rule}:{place}")
    used[key] += 1
    described: Json = {
        "id": str(uuid5(NAMESPACE_URL, f"{wording.PRODUCT}:{key}:{used[key]}")),
        "name": plain(wording.title_of(finding), 250),
        "description": _description(claim),
        "severity": str(finding.severity).capitalize(),
        "identifiers": _identifiers(claim),
        "location": {
            "file": relative(place.path),
            "start_line": first,
            "end_line": max(place.end_line, first),
        },
    }
    if finding.fix:
        described["solution"] = prose(finding.fix, 1_000)
    if url := rule_doc(finding.url):
        described["links"] = [{"url": url}]
    if finding.fingerprint:
        signature = {"algorithm": "scope_offset", "value": finding.fingerprint}
        item = {"file": relative(place.path), "start_line": first, "signatures": [signature]}
        item["end_line"] = max(place.end_line, first)
        described["tracking"] = {"type": "source", "items": [item]}
    return described


def _description(claim: Claim) -> str:
    """GitLab renders this as Markdown, hence the fence and the cleaned words."""
    finding = claim.finding
    said = wording.listed(prose(by, 100) for by in claim.said_by)
    parts = [prose(finding.message, 1_000), f"{wording.weight_of(finding)}; said by {said}."]
    if finding.code:
        parts.append(fence(source_lines(finding.code)[:40]))
    return "\n\n".join(part for part in parts if part)


def _identifiers(claim: Claim) -> list[Json]:
    """Our own rule first: GitLab tracks by the first identifier."""
    finding = claim.finding
    rule = plain(finding.rule, 200) or "finding"
    entries: list[Json] = [{"type": "synapse_bot_rule", "name": rule, "value": rule}]
    entries += [
        {
            "type": "cwe",
            "name": f"CWE-{number}",
            "value": str(number),
            "url": f"https://cwe.mitre.org/data/definitions/{number}.html",
        }
        for number in finding.cwe
    ]
    if finding.tool and finding.tool_rule:
        name = plain(f"{finding.tool} {finding.tool_rule}", 200)
        value = plain(finding.tool_rule, 200)
        kind = plain(finding.tool, 60).replace("-", "_")
        entries.append({"type": f"{kind}_rule_id", "name": name, "value": value})
    return entries

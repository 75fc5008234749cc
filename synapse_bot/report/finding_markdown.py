"""One finding as Markdown: in full, as one folded line, and the record of its negotiation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.diff import Side
from synapse_bot.report import wording
from synapse_bot.report.evidence import numbered
from synapse_bot.report.remarked import remark_rows
from synapse_bot.report.sanitise import code, fence, prose, rule_doc, safe_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.finding import Location, Suggestion
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.remark import Remark
    from synapse_bot.report.base import Link

_MESSAGE = 600  # characters
_CELL = 160


def full_finding(
    claim: Claim, number: int, link: Link | None, remarks: Sequence[Remark] = ()
) -> str:
    """Place, what, evidence, why it matters, how it is rated, who says so and how to fix."""
    finding = claim.finding
    level = str(finding.severity).capitalize()
    blocks = [
        f"### {number}. {level}: {prose(wording.title_of(finding), 100)}",
        f"{place(finding.location, link)}: {prose(finding.message, _MESSAGE)}",
    ]
    if finding.code:
        blocks.append(fence(numbered(finding.code, finding.location.start_line)))
    blocks.append("\n".join((*facts(claim), *remark_rows(remarks))))
    if finding.suggestion:
        blocks.append(suggested(finding.suggestion))
    return "\n\n".join(blocks)


def facts(claim: Claim) -> list[str]:
    """Why it matters, how it is rated, who says so and how to fix it; one list item each."""
    finding = claim.finding
    items = [f"- **Why:** {prose(finding.why, _MESSAGE)}"] if finding.why else []
    items += [f"- **Rated:** {_rated(claim)}", f"- **Said by:** {_said_by(claim)}"]
    if finding.fix:
        items.append(f"- **Fix:** {prose(finding.fix, _MESSAGE)}")
    return items


def folded_finding(claim: Claim, link: Link | None) -> str:
    """The same on one line, with the first line of the evidence."""
    finding = claim.finding
    parts = [
        f"**{finding.severity}** {place(finding.location, link)}"
        f" {prose(wording.title_of(finding), 100)}: "
        f"{wording.sentence(prose(finding.message, 240))}"
    ]
    if evidence := next((line for line in finding.code.split("\n") if line.strip()), ""):
        parts.append(f"Evidence: {code(evidence, 120)}")
    parts.append(f"Said by {_said_by(claim)}.")
    if finding.fix:
        parts.append(f"Fix: {prose(finding.fix, 160)}")
    return " ".join(parts)


def negotiated(claim: Claim, link: Link | None) -> str:
    """Who said what, which strategy settled it, and why; one line."""
    negotiation = claim.negotiation
    assert negotiation is not None, "the caller chose claims that were negotiated"
    stances = "; ".join(
        f"{code(wording.speaker(stance), 80)} said {stance.severity} ({stance.confidence:.2f})"
        for stance in negotiation.stances[:8]
    )
    settled = f"{code(negotiation.strategy, 40)} settled {negotiation.severity}"
    why = wording.sentence(prose(negotiation.why, 300))
    return f"{place(claim.finding.location, link)}: {stances}. {settled}: {why}"


def place(location: Location, link: Link | None) -> str:
    """``path:lines`` as inline code, linked where ``link`` knows a permalink."""
    text = code(str(location), _CELL)
    side = " (removed)" if location.side is Side.OLD else ""
    url = safe_url((link(location) if link else None) or "")
    return f"[{text}]({url}){side}" if url else f"{text}{side}"


def _rated(claim: Claim) -> str:
    finding = claim.finding
    parts = [wording.weight_of(finding)]
    parts += [f"[CWE-{n}](https://cwe.mitre.org/data/definitions/{n}.html)" for n in finding.cwe]
    if claim.negotiation:
        strategy = code(claim.negotiation.strategy, 40)
        parts.append(f"settled from {wording.given(claim.negotiation)} by {strategy}")
    if url := rule_doc(finding.url):
        parts.append(f"[about the rule]({url})")
    return ", ".join(parts)


def _said_by(claim: Claim) -> str:
    said = []
    for by, names in list(wording.tools_of(claim).items())[:6]:
        tools = ", ".join(code(name, 60) for name in names[:4])
        said.append(f"{code(by, 60)} ({tools})" if tools else code(by, 60))
    return wording.listed(said)


def suggested(suggestion: Suggestion) -> str:
    """The suggestion to read, not to click: a short diff."""
    lines = [f"-{line}" for line in suggestion.old.rstrip("\n").split("\n")]
    lines += [f"+{line}" for line in suggestion.new.rstrip("\n").split("\n")]
    return fence([line[:_CELL] for line in lines[:24]], "diff")

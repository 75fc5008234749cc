"""One claim explained: the evidence, who said what, how it is rated and why it is where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.command import must_stay
from synapse_bot.domain.finding import Placement
from synapse_bot.domain.posting import AnchorKind
from synapse_bot.report import wording
from synapse_bot.report.addenda import ID_DIGITS
from synapse_bot.report.debate_markdown import debate_rows
from synapse_bot.report.evidence import numbered
from synapse_bot.report.finding_markdown import place
from synapse_bot.report.redacted import redacted
from synapse_bot.report.remarked import remark_rows
from synapse_bot.report.sanitise import code, fence, prose, rule_doc, safe_url, without_commands

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.negotiation import Claim, Negotiation
    from synapse_bot.domain.posting import Anchor, Dismissal
    from synapse_bot.domain.remark import Remark
    from synapse_bot.report.base import Link

_MESSAGE = 600  # characters
_MOST_VOICES = 12
_PLACEMENTS = {
    Placement.ADDED: "on a line that the change adds or edits",
    Placement.CONTEXT: "on an unchanged line that the diff shows",
    Placement.FILE: "elsewhere in a changed file",
    Placement.OUTSIDE: "in a file that the change does not touch",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a claim is told: its place in the diff, and what is on the forge about it.

    ``url`` is its comment, "" for none; ``max_inline`` how many comments a review may make.
    """

    anchor: Anchor
    url: str = ""
    max_inline: int = 0
    dismissal: Dismissal | None = None


def render_explanation(
    claim: Claim,
    standing: Standing,
    link: Link | None = None,
    remarks: Iterable[Remark] = (),
) -> str:
    """Markdown of less than 30,000 UTF-16 code units. ``remarks`` are what models say of the claim.
    All of both is untrusted."""
    claim = redacted(claim)
    finding = claim.finding
    level = str(finding.severity).capitalize()
    blocks = [
        f"**{level}: {prose(wording.title_of(finding), 100)}** "
        f"({code(finding.fingerprint[:ID_DIGITS])}), {place(finding.location, link)}: "
        f"{wording.sentence(prose(finding.message, _MESSAGE))}",
        *_evidence(finding),
        *_reasons(finding),
        "**Who said what**\n\n"
        + "\n".join((*_voices(claim), *remark_rows(map(redacted, remarks)))),
        f"**How it is rated**\n\n{_rating(claim)}",
        *_debated(claim),
        f"**Why it is where it is**\n\n{_standing(claim, standing)}",
    ]
    return without_commands("\n\n".join(blocks))


def _evidence(finding: Finding) -> list[str]:
    if not finding.code:
        return []
    return [fence(numbered(finding.code, finding.location.start_line))]


def _reasons(finding: Finding) -> list[str]:
    rows = [f"- **Why it matters:** {prose(finding.why, _MESSAGE)}"] if finding.why else []
    rows += [f"- **Fix:** {prose(finding.fix, _MESSAGE)}"] if finding.fix else []
    known = [f"[CWE-{n}](https://cwe.mitre.org/data/definitions/{n}.html)" for n in finding.cwe]
    if url := rule_doc(finding.url):
        known.append(f"[about the rule]({url})")
    rows += [f"- **Known as:** {code(finding.rule, 80)} {', '.join(known)}".rstrip()]
    return ["\n".join(rows)]


def _voices(claim: Claim) -> list[str]:
    said = claim.findings or (claim.finding,)
    rows = [_voice(finding) for finding in said[:_MOST_VOICES]]
    if len(said) > _MOST_VOICES:
        rows.append(f"- and {wording.plural(len(said) - _MOST_VOICES, 'more opinion')}")
    return rows


def _voice(finding: Finding) -> str:
    tool = f"{finding.tool} {finding.tool_rule}".strip()
    by = f"{code(finding.by, 60)} ({code(tool, 80)})" if tool else code(finding.by, 60)
    words = wording.sentence(prose(finding.message, 240))
    return f"- {by}: {wording.weight_of(finding)}. {words}"


def _rating(claim: Claim) -> str:
    """The settled severity and how it came about; the question where a person is asked."""
    if claim.negotiation:
        text = _settled(claim.negotiation)
    elif len(claim.findings) > 1:
        text = f"All agree on {claim.finding.severity}."
    else:
        text = f"One voice, so nothing was negotiated: {wording.weight_of(claim.finding)}."
    if claim.escalation:
        question = wording.sentence(prose(claim.escalation.question, 300))
        text += f" For a person to decide: {question}"
    return text


def _settled(negotiation: Negotiation) -> str:
    stances = "; ".join(
        f"{code(wording.speaker(stance), 80)} {stance.severity} "
        f"(confidence {stance.confidence:.2f}, weight {stance.weight:g})"
        for stance in negotiation.stances[:_MOST_VOICES]
    )
    tie = " It was a tie, which the policy's tie-break decided." if negotiation.stalemate else ""
    why = wording.sentence(prose(negotiation.why, 300))
    strategy = code(negotiation.strategy, 40)
    return f"{stances}. The strategy {strategy} settled {negotiation.severity}: {why}{tie}"


def _debated(claim: Claim) -> list[str]:
    debate = claim.negotiation.debate if claim.negotiation else None
    if debate is None:
        return []
    return ["**What was argued**\n\n" + "\n".join(f"- {row}" for row in debate_rows(debate))]


def _standing(claim: Claim, standing: Standing) -> str:
    finding = claim.finding
    text = f"It is {_PLACEMENTS[finding.placement]}."
    if url := safe_url(standing.url):
        text += f" It has [its comment]({url})."
    elif standing.anchor.kind is AnchorKind.SUMMARY:
        text += " The diff does not show that line, so only the summary tells it."
    else:
        text += (
            f" It has no comment: a review makes at most {standing.max_inline}, for what ranks "
            "first by severity and confidence. The summary tells it."
        )
    if standing.dismissal and not must_stay(claim):
        who, word = code(standing.dismissal.who, 80), code(standing.dismissal.word)
        text += f" {who} dismissed it ({word}): {prose(standing.dismissal.reason, 240)}"
    return text

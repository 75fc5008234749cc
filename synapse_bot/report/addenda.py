"""Below the summary's review: what people dismissed by commands, and ids to name findings by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.report import wording
from synapse_bot.report.finding_markdown import place
from synapse_bot.report.markdown import units
from synapse_bot.report.redacted import redacted
from synapse_bot.report.sanitise import code, prose, without_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.posting import Delta, Dismissal
    from synapse_bot.domain.review import Review
    from synapse_bot.report.base import Link

ID_DIGITS = 12  # of a fingerprint: what people see and type
_MOST_ROWS = 50
_REASON = 240  # characters


def without_waived(review: Review, waived: Sequence[Dismissal]) -> Review:
    """``review`` without the claims that people dismissed. Its verdict still counts them."""
    gone = {dismissal.fingerprint for dismissal in waived}
    kept = tuple(claim for claim in review.claims if claim.finding.fingerprint not in gone)
    return replace(review, claims=kept) if gone else review


def addenda(review: Review, delta: Delta, link: Link | None, room: int) -> Iterator[str]:
    """Folded lists of at most ``room`` UTF-16 code units together; what does not fit is counted."""
    claims = {claim.finding.fingerprint: claim for claim in redacted(review).claims}
    said = [
        _dismissed(claims[d.fingerprint], d, link) for d in delta.waived if d.fingerprint in claims
    ]
    found = wording.plural(len(said), "finding")
    title = f"{found} dismissed by people; the verdict still counts them"
    for block in _folded(title, said, room):
        room -= units(block) + 2
        yield block
    named = [
        _named(claims[comment.fingerprint], link)
        for comment in delta.overflow
        if comment.fingerprint in claims
    ]
    title = "Ids of what is told only here, for <code>/synapse explain ID</code>"
    yield from _folded(title, named, room)


def _dismissed(claim: Claim, dismissal: Dismissal, link: Link | None) -> str:
    return (
        f"{_named(claim, link)}: {code(dismissal.word)} by {code(dismissal.who, 80)}:"
        f" {prose(dismissal.reason, _REASON)}"
    )


def _named(claim: Claim, link: Link | None) -> str:
    finding = claim.finding
    id_ = code(finding.fingerprint[:ID_DIGITS])
    return f"{id_} {place(finding.location, link)} {prose(wording.title_of(finding), 100)}"


def _folded(title: str, rows: Iterable[str], room: int) -> Iterator[str]:
    """``title`` holds our own words and numbers only: it stands inside HTML."""
    lines = [f"- {without_commands(row)}" for row in rows]
    head, foot = f"<details><summary>{title}</summary>\n", "\n</details>"
    room -= units(head) + units(foot) + 60
    kept: list[str] = []
    for line in lines[:_MOST_ROWS]:
        room -= units(line) + 1
        if room < 0:
            break
        kept.append(line)
    if not kept:
        return
    if len(kept) < len(lines):
        kept.append(f"- {wording.plural(len(lines) - len(kept), 'more finding')} in the artefact.")
    yield "\n".join([head, *kept, foot])

"""One claim as one inline comment, and all of a review's comments with their places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.anchors import resolver_of
from synapse_bot.domain.finding import Location
from synapse_bot.domain.markers import encode
from synapse_bot.domain.posting import (
    AnchorKind,
    Comment,
    Marker,
    MarkerKind,
    speakers,
)
from synapse_bot.report import wording
from synapse_bot.report.evidence import numbered
from synapse_bot.report.finding_markdown import facts, place, suggested
from synapse_bot.report.redacted import redacted
from synapse_bot.report.sanitise import code, fence, prose, without_commands
from synapse_bot.report.suggestion import Dialect, block, replacement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.posting import Anchor
    from synapse_bot.domain.review import Review
    from synapse_bot.report.base import Link
    from synapse_bot.report.suggestion import Replacement

LIMIT = 60_000  # UTF-16 code units; what is bounded below adds up to less than half
_MESSAGE = 600  # characters
_MOST_SPEAKERS = 32


@dataclass(frozen=True, slots=True)
class InlineOptions:
    """``instance`` goes into every marker. ``heads`` are the files' texts at the head."""

    instance: str
    dialect: Dialect
    link: Link | None = None
    heads: Mapping[str, str] | None = None
    suggestions: bool = True


def inline_comments(review: Review, diff: Diff, options: InlineOptions) -> tuple[Comment, ...]:
    """A Comment for every claim of ``review``, the ones to read first in front.

    Those without a place in ``diff`` have the SUMMARY anchor: they keep a thread that they had.
    """
    resolve = resolver_of(diff)
    comments = []
    for claim in wording.ranked(redacted(review).claims):
        location, made = claim.finding.location, _replacement(claim, diff, options)
        if made:
            location = Location(location.path, made.first, made.last)
        anchor = resolve(location)
        body = inline_body(claim, anchor, options, made)
        comments.append(Comment(claim.finding.fingerprint, body, anchor, claim))
    return tuple(comments)


def inline_body(
    claim: Claim, anchor: Anchor, options: InlineOptions, made: Replacement | None = None
) -> str:
    """Marker, what and why, how it is rated, who says so, how to fix. Secrets are masked.

    Less than LIMIT units. Where the comment does not stand on the finding's lines, it says which
    they are and shows them. ``made`` becomes the block that a click applies.
    """
    claim = redacted(claim)
    finding = claim.finding
    level = str(finding.severity).capitalize()
    blocks = [
        f"**{level}: {prose(wording.title_of(finding), 100)}**",
        wording.sentence(prose(finding.message, _MESSAGE)),
    ]
    if not _stands_on(anchor, finding.location):
        blocks.append(f"About {place(finding.location, options.link)}:")
        if finding.code:
            blocks.append(fence(numbered(finding.code, finding.location.start_line)))
    blocks.append("\n".join([*facts(claim), f"- **Id:** {code(finding.fingerprint[:12])}"]))
    if made:
        blocks.append(block(made, options.dialect))
    elif finding.suggestion:
        blocks.append(suggested(finding.suggestion))
    text = without_commands("\n\n".join(part for part in blocks if part))
    return f"{encode(marker_of(claim, options.instance))}\n\n{text}\n"


def marker_of(claim: Claim, instance: str) -> Marker:
    """What finds the comment again. Who said it is left out where it is a crowd."""
    by = speakers(claim)
    marker = Marker(MarkerKind.FINDING, instance, claim.finding.fingerprint)
    return replace(marker, by=by) if len(by) <= _MOST_SPEAKERS else marker


def _replacement(claim: Claim, diff: Diff, options: InlineOptions) -> Replacement | None:
    finding = claim.finding
    file = diff.by_path.get(finding.location.path)
    if not options.suggestions or finding.suggestion is None or file is None:
        return None
    head = (options.heads or {}).get(file.path)
    return replacement(finding.suggestion, finding.location, file, head)


def _stands_on(anchor: Anchor, location: Location) -> bool:
    """Whether a reader sees the lines of ``location`` right above the comment."""
    if anchor.kind is not AnchorKind.LINE or anchor.line is None:
        return False
    if anchor.side is not location.side:
        return False
    first = anchor.start_line or anchor.line
    return first <= location.start_line <= location.end_line <= anchor.line

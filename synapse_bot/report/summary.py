"""The summary comment: the consolidated review with a marker on top and what became of it below."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.domain.markers import encode
from synapse_bot.domain.posting import Checkpoint, Marker, MarkerKind, digest_of
from synapse_bot.domain.review import Verdict
from synapse_bot.report import wording
from synapse_bot.report.addenda import addenda, without_waived
from synapse_bot.report.base import DEFAULTS, RenderOptions
from synapse_bot.report.markdown import LIMIT, render_markdown, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.finding import Location
    from synapse_bot.domain.posting import Delta, Dismissal
    from synapse_bot.domain.review import Review
    from synapse_bot.report.base import Link

_ID = re.compile(r"[0-9a-f]{7,64}")


def render_summary(
    review: Review,
    delta: Delta,
    instance: str,
    *,
    urls: Mapping[str, str] | None = None,
    options: RenderOptions = DEFAULTS,
    checkpoint: bool = True,
) -> str:
    """Less than markdown.LIMIT units, the marker first.

    ``urls`` maps fingerprints to inline comments: a finding that has one links there, another to
    the permalink of ``options.link``. ``delta`` is what this run changed. Without ``checkpoint``
    the next run takes nothing for done, and the text is the same however often it is posted.
    """
    shown = without_waived(review, delta.waived)
    known = dict(urls or {})
    for pair in (*delta.kept, *delta.moved, *delta.dismissed):
        if pair.existing.url:
            known.setdefault(pair.wanted.fingerprint, pair.existing.url)
    linked = replace(options, link=_link(review, known, options.link))
    marker = summary_marker(review, instance, delta.waived)
    marker = marker if checkpoint else replace(marker, checkpoint=None)
    parts = [encode(marker), render_markdown(shown, linked).rstrip("\n")]
    if checkpoint:
        parts += filter(None, [_told(delta)])
        parts += addenda(review, delta, linked.link, LIMIT - units("\n\n".join(parts)) - 8)
    return "\n\n".join(parts) + "\n"


def summary_marker(review: Review, instance: str, waived: Iterable[Dismissal] = ()) -> Marker:
    """With a checkpoint, unless something was left unread: the next run has to start anew.

    What was dismissed by commands is in it: a summary that does not tell of it is out of date.
    """
    change = review.change
    named = all(map(_ID.fullmatch, (change.head, change.base, review.config_digest)))
    whole = named and review.verdict is not Verdict.INCOMPLETE
    checkpoint = Checkpoint(change.head, change.base, review.config_digest) if whole else None
    told = "\n".join(sorted(f"{d.fingerprint} {d.word} {d.who} {d.reason}" for d in waived))
    digest = digest_of(told) if told else ""
    return Marker(MarkerKind.SUMMARY, instance, checkpoint=checkpoint, waived=digest)


def _link(review: Review, urls: Mapping[str, str], otherwise: Link | None) -> Link:
    """The inline comment of a finding, else its permalink."""
    places = {claim.finding.location: claim.finding.fingerprint for claim in review.claims}

    def link(location: Location) -> str | None:
        url = urls.get(places.get(location, ""))
        return url or (otherwise(location) if otherwise else None)

    return link


def _told(delta: Delta) -> str:
    """What this run changed, in our own words and numbers only."""
    open_ = len(delta.kept) + len(delta.moved)
    counts = (
        (len(delta.new), "new"),
        (open_, "known"),
        (len(delta.fixed), "fixed"),
        (len(delta.dismissed), "resolved or dismissed by a person"),
    )
    told = [f"{count} {word}" for count, word in counts if count]
    lines = [f"Inline: {wording.listed(told)}."] if told else []
    if delta.overflow and told:
        verb = "is" if len(delta.overflow) == 1 else "are"
        lines.append(f"{wording.plural(len(delta.overflow), 'finding')} {verb} told only here.")
    return " ".join(lines)

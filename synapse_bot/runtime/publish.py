"""From a finished review to the forge: what stands there is read, and only the rest is written.

The gate was computed from the review before this runs. Nothing that is read from the forge goes
into the verdict, and a forge that refuses costs the comments, never the review.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ForgeDenied, SynapseError
from synapse_bot.domain.posting import Delta, MarkerKind, Posted
from synapse_bot.domain.review import Verdict
from synapse_bot.domain.severity import Severity
from synapse_bot.forge.posting import (
    Annotation,
    AnnotationLevel,
    LabelingForge,
    PostingForge,
    Status,
)
from synapse_bot.report.base import RenderOptions
from synapse_bot.report.inline import InlineOptions, inline_comments
from synapse_bot.report.sanitise import plain
from synapse_bot.report.summary import render_summary, summary_marker
from synapse_bot.runtime.reconcile import Owner, Scope, reconcile, reconcile_summary, scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.config.settings import Posting
    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.posting import Existing, SummaryDelta
    from synapse_bot.domain.review import Review
    from synapse_bot.forge.base import Forge
    from synapse_bot.report.base import Link
    from synapse_bot.report.suggestion import Dialect
    from synapse_bot.runtime.review import Parts

_LEVELS = {
    Severity.CRITICAL: AnnotationLevel.FAILURE,
    Severity.HIGH: AnnotationLevel.FAILURE,
    Severity.MEDIUM: AnnotationLevel.WARNING,
    Severity.LOW: AnnotationLevel.NOTICE,
    Severity.INFO: AnnotationLevel.NOTICE,
}
_MOST_ANNOTATIONS = 100  # two requests; a check that shows more is not read


@dataclass(frozen=True, slots=True)
class Outlet:
    """How one forge wants to be written to: its suggestions, and its permalinks.

    ``hearsay`` is for a review that somebody else may have written: it is shown, and vouches for
    nothing. It offers no suggestion to click, resolves no thread, sets no status and no label, and
    leaves no checkpoint.
    """

    dialect: Dialect
    link: Link | None = None
    hearsay: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """``why_not`` says what kept the comments away; ``denied`` that the forge does not allow them,
    which is a state of the token and no failure of the review."""

    posted: Posted | None = None
    status_url: str = ""
    why_not: str = ""
    hint: str = ""
    denied: bool = False


async def publish(review: Review, parts: Parts, outlet: Outlet) -> Published:
    """Bring the comments and the status of the change up to date. Never raises for a forge."""
    forge = parts.forge
    if not isinstance(forge, PostingForge):
        return Published(why_not="there is nowhere to post to", denied=True)
    try:
        access = await forge.access(review.change)
        if access.why_not:
            return Published(why_not=access.why_not, hint=access.hint, denied=True)
        owner = Owner(access.author_id, parts.settings.post.instance)
        return await _published(review, parts, outlet, forge, owner)
    except ForgeDenied as error:
        return Published(why_not=str(error), hint=error.hint, denied=True)
    except SynapseError as error:
        return Published(why_not=str(error), hint=error.hint)


async def _published(
    review: Review, parts: Parts, outlet: Outlet, forge: PostingForge, owner: Owner
) -> Published:
    existing = await forge.existing(review.change)
    diff = await parts.forge.diff(review.change)
    heads = {} if outlet.hearsay else await _heads(review, parts.forge)
    delta = _delta(review, diff, existing, owner, parts.settings.post, outlet, heads)
    posted = Posted()
    if delta.new:
        # Apart from the summary, which links to what is only now made.
        posted = await forge.post(review.change, delta, None, key=review.change.key)
    urls = dict(posted.urls)
    summary = _summary(review, delta, existing, owner, parts, outlet, urls)
    rest = Delta() if delta.new else delta
    last = await forge.post(review.change, rest, summary, key=review.change.key)
    posted = posted.and_then(last)
    if outlet.hearsay:
        return Published(posted)
    url = posted.summary_url or _standing_url(existing, owner)
    status_url = await forge.set_status(review.change, status_of(review, url))
    refused = await _label(review, forge, parts.settings.post)
    return Published(posted.and_then(Posted(summary_url=url, refused=refused)), status_url)


async def _heads(review: Review, forge: Forge) -> dict[str, str]:
    """The texts in which suggestions have to fit, and to parse once they are applied."""
    paths = {c.finding.location.path for c in review.claims if c.finding.suggestion}
    texts = await forge.head_texts(review.change, sorted(paths)) if paths else {}
    return {
        path: text.content.decode("utf-8", "replace")
        for path, text in texts.items()
        if text.complete and not text.error
    }


def _delta(
    review: Review,
    diff: Diff,
    existing: Iterable[Existing],
    owner: Owner,
    post: Posting,
    outlet: Outlet,
    heads: Mapping[str, str],
) -> Delta:
    options = InlineOptions(
        post.instance, outlet.dialect, outlet.link, heads, suggestions=not outlet.hearsay
    )
    return reconcile(
        existing,
        inline_comments(review, diff, options),
        owner,
        scope=Scope(whole=False) if outlet.hearsay else scope_of(review),
        resolve_outdated=post.resolve_outdated,
        max_inline=post.max_inline if post.inline else 0,
    )


def _summary(
    review: Review,
    delta: Delta,
    existing: Iterable[Existing],
    owner: Owner,
    parts: Parts,
    outlet: Outlet,
    urls: Mapping[str, str],
) -> SummaryDelta | None:
    """None where the summary tells of this very review already, as its checkpoint says."""
    post, marker = parts.settings.post, summary_marker(review, owner.instance, delta.waived)
    ours = [found for found in existing if owner.owns(found, MarkerKind.SUMMARY)]
    if delta.idle and marker.checkpoint and len(ours) == 1 and ours[0].marker == marker:
        return None
    shown = RenderOptions(parts.settings.show.max_findings, outlet.link, color=False)
    body = render_summary(
        review, delta, post.instance, urls=urls, options=shown, checkpoint=not outlet.hearsay
    )
    return reconcile_summary(existing, body, owner, post.summary)


def _standing_url(existing: Iterable[Existing], owner: Owner) -> str:
    return next((e.url for e in existing if owner.owns(e, MarkerKind.SUMMARY)), "")


async def _label(review: Review, forge: object, post: Posting) -> tuple[str, ...]:
    """Add the labels that the settings name for this review; what kept them away, if anything."""
    wanted = labels_of(review, post.labels)
    if not wanted or not isinstance(forge, LabelingForge):
        return ()
    try:
        await forge.add_labels(review.change, wanted)
    except SynapseError as error:
        return (f"labels: {error}",)
    return ()


def labels_of(review: Review, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Those of ``labels`` whose word the review says: verdict, route, worst severity shown."""
    said = {str(review.verdict), str(review.plan.route)}
    if review.claims:
        said.add(str(max(claim.finding.severity for claim in review.claims)))
    return tuple(dict.fromkeys(label for word, label in labels.items() if word in said))


def status_of(review: Review, url: str = "") -> Status:
    """The verdict as a check: an incomplete review is neutral, with the reason in its title.

    It holds nothing that differs between two runs on one head, so that the same is set once.
    """
    reason = review.reasons[0] if review.reasons else ""
    title = "Not fully reviewed: " if review.verdict is Verdict.INCOMPLETE else ""
    return Status(
        verdict=review.verdict,
        title=plain(f"{title}{reason}", 200),
        summary="\n".join(f"- {plain(reason, 500)}" for reason in review.reasons),
        annotations=tuple(_annotations(review)),
        url=url,
    )


def _annotations(review: Review) -> Iterable[Annotation]:
    for claim in review.claims[:_MOST_ANNOTATIONS]:
        finding = claim.finding
        yield Annotation(
            path=finding.location.path,
            start_line=finding.location.start_line,
            end_line=finding.location.end_line,
            level=_LEVELS[finding.severity],
            message=plain(finding.message, 1000),
            title=plain(finding.title or finding.rule, 200),
        )

"""From a finished review to the forge: what stands there is read, and only the rest is written.

The gate was computed from the review before this runs. Nothing that is read from the forge goes
into the verdict, and a forge that refuses costs the comments, never the review.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ForgeDenied, SynapseError
from synapse_bot.domain.posting import MarkerKind
from synapse_bot.domain.review import Verdict
from synapse_bot.domain.severity import Severity
from synapse_bot.forge.posting import Annotation, AnnotationLevel, PostingForge, Status
from synapse_bot.report.base import RenderOptions
from synapse_bot.report.inline import InlineOptions, inline_comments
from synapse_bot.report.sanitise import plain
from synapse_bot.report.summary import render_summary, summary_marker
from synapse_bot.runtime.reconcile import Owner, reconcile, reconcile_summary, scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.config.settings import Posting
    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.posting import Delta, Existing, Posted, SummaryDelta
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
    """How one forge wants to be written to: its suggestions, and its permalinks."""

    dialect: Dialect
    link: Link | None = None


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
        existing = await forge.existing(review.change)
        diff = await forge.diff(review.change)
        owner = Owner(access.author_id, parts.settings.post.instance)
        heads = await _heads(review, forge)
        delta = _delta(review, diff, existing, owner, parts.settings.post, outlet, heads)
        summary = _summary(review, delta, existing, owner, parts, outlet)
        posted = await forge.post(review.change, delta, summary, key=review.change.key)
        url = posted.summary_url or _standing_url(existing, owner)
        status_url = await forge.set_status(review.change, status_of(review, url))
    except ForgeDenied as error:
        return Published(why_not=str(error), hint=error.hint, denied=True)
    except SynapseError as error:
        return Published(why_not=str(error), hint=error.hint)
    return Published(posted, status_url)


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
    options = InlineOptions(post.instance, outlet.dialect, outlet.link, heads)
    return reconcile(
        existing,
        inline_comments(review, diff, options),
        owner,
        scope=scope_of(review),
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
) -> SummaryDelta | None:
    """None where the summary tells of this very review already, as its checkpoint says."""
    post, marker = parts.settings.post, summary_marker(review, owner.instance)
    ours = [found for found in existing if owner.owns(found, MarkerKind.SUMMARY)]
    if delta.idle and marker.checkpoint and len(ours) == 1 and ours[0].marker == marker:
        return None
    shown = RenderOptions(parts.settings.show.max_findings, outlet.link, color=False)
    body = render_summary(review, delta, post.instance, options=shown)
    return reconcile_summary(existing, body, owner, post.summary)


def _standing_url(existing: Iterable[Existing], owner: Owner) -> str:
    return next((e.url for e in existing if owner.owns(e, MarkerKind.SUMMARY)), "")


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

"""What is on the forge against what should be there. Pure: a forge applies the Delta.

Findings meet their comments by fingerprint, so a finding that moves keeps its thread. A comment is
ours only by its author's id and by the instance in its marker together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.choices import ResolveOutdated, SummaryMode
from synapse_bot.domain.command import DISMISSING, must_stay
from synapse_bot.domain.coverage import SkipReason
from synapse_bot.domain.posting import (
    AnchorKind,
    Delta,
    Dismissal,
    Existing,
    MarkerKind,
    Pair,
    SummaryDelta,
    speaker,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_bot.domain.posting import Comment
    from synapse_bot.domain.review import Review

MAX_INLINE = 8


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose comments are ours: both the forge's author id and the marker's instance."""

    author_id: str
    instance: str

    def owns(self, existing: Existing, kind: MarkerKind) -> bool:
        marker = existing.marker
        return (
            existing.author_id == self.author_id != ""
            and marker is not None
            and (marker.kind, marker.instance) == (kind, self.instance)
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run did look at: only there does a finding's absence prove that it is fixed.

    ``examined`` holds (speaker, path) for everyone who read a file to the end. ``present`` are
    the paths that still have content in the change. ``whole`` is False for a run that saw a part
    of the change only. ``hidden`` are fingerprints that were found and not shown.
    """

    examined: frozenset[tuple[str, str]] = frozenset()
    present: frozenset[str] = frozenset()
    whole: bool = True
    hidden: frozenset[str] = frozenset()

    def proves_fixed(self, existing: Existing) -> bool:
        """Whether everybody who said this looked again where it stood."""
        marker, path = existing.marker, existing.anchor.path if existing.anchor else ""
        if marker is None or not path or marker.fingerprint in self.hidden:
            return False
        if path not in self.present:
            return self.whole
        return bool(marker.by) and all((by, path) in self.examined for by in marker.by)


def reconcile(
    existing: Iterable[Existing],
    wanted: Sequence[Comment],
    owner: Owner,
    *,
    scope: Scope,
    resolve_outdated: ResolveOutdated = ResolveOutdated.ON,
    max_inline: int = MAX_INLINE,
) -> Delta:
    """``wanted`` is every finding of the run, worst first; the order of ``existing`` is no matter.

    Only the first ``max_inline`` that have a place may get a comment, however many there are
    already: so a second run has nothing to add. A thread with a person's reply is never resolved
    or deleted, and what a person resolved, or dismissed by a command, stays as it is.
    """
    existing = tuple(existing)
    threads = _threads(existing, owner)
    everything = _once(wanted)
    waived = _waived(everything, dismissals(existing, owner))
    placed = [c for c in everything if c.anchor.kind is not AnchorKind.SUMMARY]
    inline = {comment.fingerprint for comment in placed[: max(max_inline, 0)]}
    pairs = [
        Pair(threads[comment.fingerprint][0], comment)
        for comment in everything
        if comment.fingerprint in threads
    ]
    said = {*threads, *waived}
    unsaid = [comment for comment in everything if comment.fingerprint not in said]

    def is_dismissed(pair: Pair) -> bool:
        return pair.wanted.fingerprint in waived or _dismissed(pair.existing, owner)

    dismissed = tuple(pair for pair in pairs if is_dismissed(pair))
    live = [pair for pair in pairs if not is_dismissed(pair)]
    fixed = _fixed(threads, everything, scope)
    return Delta(
        new=tuple(comment for comment in unsaid if comment.fingerprint in inline),
        kept=tuple(pair for pair in live if not _moved(pair)),
        moved=tuple(pair for pair in live if _moved(pair)),
        fixed=fixed,
        dismissed=dismissed,
        resolve=tuple(filter(_resolvable, fixed)) if resolve_outdated is ResolveOutdated.ON else (),
        reopen=tuple(pair for pair in live if pair.existing.resolved),
        duplicates=tuple(
            copy
            for fingerprint in sorted(threads)
            for copy in threads[fingerprint][1:]
            if not copy.has_human_reply
        ),
        overflow=tuple(comment for comment in unsaid if comment.fingerprint not in inline),
        waived=tuple(waived.values()),
    )


def dismissals(existing: Iterable[Existing], owner: Owner) -> dict[str, Dismissal]:
    """By fingerprint: what people dismissed by a command, as our own replies to them say.

    The newest reply about a finding counts. A copy of one in somebody else's name is nothing.
    """
    found: dict[str, Dismissal] = {}
    for reply in sorted((e for e in existing if owner.owns(e, MarkerKind.REPLY)), key=_age):
        marker = reply.marker
        if marker and marker.answer and marker.fingerprint and marker.answer.word in DISMISSING:
            answer = marker.answer
            found[marker.fingerprint] = Dismissal(
                marker.fingerprint, answer.word, answer.who, answer.reason
            )
    return found


def reconcile_summary(
    existing: Iterable[Existing],
    body: str,
    owner: Owner,
    mode: SummaryMode = SummaryMode.EDIT,
) -> SummaryDelta:
    """The one summary: the oldest of ours edited in place, or a new one for all of ours.

    A repost needs a reason: where the newest of ours says ``body`` already, it stays.
    """
    ours = sorted((e for e in existing if owner.owns(e, MarkerKind.SUMMARY)), key=_age)
    if not ours:
        return SummaryDelta(body)
    if mode is SummaryMode.EDIT:
        return SummaryDelta(body, ours[0], _unanswered(ours[1:]))
    if not SummaryDelta(body, ours[-1]).stale:
        return SummaryDelta(body, ours[-1], _unanswered(ours[:-1]))
    return SummaryDelta(body, None, _unanswered(ours))


def scope_of(review: Review, *, whole: bool = True) -> Scope:
    """What ``review`` did look at. An opinion counts, a specialist that failed does not.

    ``whole`` is False where only new commits were reviewed; also then the filter that chose the
    findings has to be over the whole change, or what is old would look fixed.
    """
    return Scope(
        examined=frozenset(
            (speaker(opinion.by, run.tool), path)
            for opinion in review.opinions
            for run in opinion.runs
            for path in opinion.examined
        ),
        present=frozenset(f.path for f in review.coverage if f.reason is not SkipReason.DELETED),
        whole=whole,
        hidden=frozenset(s.fingerprint for s in review.suppressions if s.fingerprint),
    )


def _waived(wanted: Iterable[Comment], told: Mapping[str, Dismissal]) -> dict[str, Dismissal]:
    """Those of ``told`` that are about a finding of this run, in its order."""
    return {
        comment.fingerprint: told[comment.fingerprint]
        for comment in wanted
        if comment.fingerprint in told and not (comment.claim and must_stay(comment.claim))
    }


def _threads(existing: Iterable[Existing], owner: Owner) -> dict[str, list[Existing]]:
    """Our comments by fingerprint, the one that stays first."""
    threads: dict[str, list[Existing]] = {}
    for found in existing:
        if owner.owns(found, MarkerKind.FINDING) and found.marker and found.marker.fingerprint:
            threads.setdefault(found.marker.fingerprint, []).append(found)
    for copies in threads.values():
        # To delete the copy that a person resolved would bring the finding back.
        copies.sort(key=lambda copy: (not _dismissed(copy, owner), _age(copy)))
    return threads


def _fixed(
    threads: Mapping[str, Sequence[Existing]], wanted: Sequence[Comment], scope: Scope
) -> tuple[Existing, ...]:
    still = {comment.fingerprint for comment in wanted}
    gone = (threads[fingerprint][0] for fingerprint in sorted(threads) if fingerprint not in still)
    return tuple(found for found in gone if not found.resolved and scope.proves_fixed(found))


def _moved(pair: Pair) -> bool:
    there = pair.existing.anchor
    return there is None or not there.same_place(pair.wanted.anchor)


def _dismissed(existing: Existing, owner: Owner) -> bool:
    return existing.resolved and existing.resolved_by != owner.author_id


def _resolvable(existing: Existing) -> bool:
    return existing.thread_id != "" and not existing.has_human_reply


def _unanswered(comments: Iterable[Existing]) -> tuple[Existing, ...]:
    return tuple(comment for comment in comments if not comment.has_human_reply)


def _once(comments: Iterable[Comment]) -> list[Comment]:
    """The first of each fingerprint."""
    first: dict[str, Comment] = {}
    for comment in comments:
        first.setdefault(comment.fingerprint, comment)
    return list(first.values())


def _age(existing: Existing) -> tuple[str, bool, int, str]:
    """Oldest first; ids that are numbers in the order of their value."""
    digits = existing.id if re.fullmatch(r"[0-9]{1,30}", existing.id) else ""
    return existing.created_at, not digits, int(digits or 0), existing.id

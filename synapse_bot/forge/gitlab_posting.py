"""A Delta onto a merge request, each write at most once.

Nothing is written that a fresh reading shows to be there: a repetition, a death at any point and
an answer that was lost all end with one comment a finding. New findings go through draft notes,
published together (one notification), else through discussions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ForgeDenied, ForgeFailed
from synapse_bot.domain.markers import parse
from synapse_bot.domain.posting import MarkerKind, Posted, digest_of
from synapse_bot.forge.gitlab_calls import GitLabMissing, GitLabRejected
from synapse_bot.forge.gitlab_notes import existing_in, with_place
from synapse_bot.forge.gitlab_positions import position_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.domain.posting import (
        Comment,
        Delta,
        Existing,
        Marker,
        Pair,
        SummaryDelta,
    )
    from synapse_bot.forge.gitlab_calls import Calls, Row
    from synapse_bot.forge.gitlab_positions import DiffRefs


@dataclass
class Tally:
    """What was done, while it is being done."""

    created: int = 0
    edited: int = 0
    resolved: int = 0
    deleted: int = 0
    refused: list[str] = field(default_factory=list)


class Poster:
    """Writes to the merge request at ``path`` as the user with the id ``author_id``."""

    def __init__(
        self, calls: Calls, path: str, refs: DiffRefs, author_id: str, web_url: str
    ) -> None:
        self._calls = calls
        self._path = path
        self._refs = refs
        self._author_id = author_id
        self._web_url = web_url
        self._tally = Tally()
        self._placed: set[str] = set()  # notes that have a position

    def existing(self) -> tuple[Existing, ...]:
        """Every comment with a marker, of any author."""
        rows = self._calls.pages(f"{self._path}/discussions")
        notes = [note for row in rows for note in row.get("notes") or ()]
        self._placed = {str(note.get("id")) for note in notes if note.get("position")}
        return tuple(existing_in(rows, self._refs.head, self._web_url))

    def post(self, delta: Delta, summary: SummaryDelta | None) -> Posted:
        """Findings first; the summary last, since its checkpoint vouches for them."""
        self._tally = Tally()
        found = self.existing()
        if missing := self._missing(delta.new, found):
            found = self._create_all(missing, found)
        self._edit_all(delta.edits, found)
        self._settle_threads(delta, found)
        for duplicate in delta.duplicates:
            self._delete(duplicate)
        summary_url = self._summary(summary, found) if summary else ""
        tally = self._tally
        return Posted(
            summary_url=summary_url,
            urls=self._urls(delta, found),
            created=tally.created,
            edited=tally.edited,
            resolved=tally.resolved,
            deleted=tally.deleted,
            refused=tuple(tally.refused),
        )

    def _ours(self, marker: Marker | None, author_id: str, wanted: Marker | None) -> bool:
        """Whether a comment says the same thing as ``wanted`` would, in our own name."""
        return (
            marker is not None
            and wanted is not None
            and author_id == self._author_id
            and (marker.kind, marker.instance, marker.fingerprint)
            == (wanted.kind, wanted.instance, wanted.fingerprint)
        )

    def _find(self, body: str, found: Iterable[Existing]) -> Existing | None:
        """The oldest comment of ours with the marker of ``body``."""
        wanted = parse(body)
        mine = [e for e in found if self._ours(e.marker, e.author_id, wanted)]
        return min(mine, key=lambda e: (e.created_at, int(e.id)), default=None)

    def _missing(
        self, comments: Iterable[Comment], found: tuple[Existing, ...]
    ) -> tuple[Comment, ...]:
        return tuple(c for c in comments if self._find(c.body, found) is None)

    def _create_all(
        self, missing: tuple[Comment, ...], found: tuple[Existing, ...]
    ) -> tuple[Existing, ...]:
        before = len(missing)
        if self._publish_drafts(missing):
            found = self.existing()
            missing = self._missing(missing, found)
        for comment in missing:
            self._open_thread(comment)
        if missing:
            found = self.existing()
            missing = self._missing(missing, found)
        self._tally.created += before - len(missing)
        self._tally.refused += [f"GitLab lost the comment on {c.anchor.path}" for c in missing]
        return found

    def _publish_drafts(self, comments: tuple[Comment, ...]) -> bool:
        """Whether drafts of ``comments`` were published; then some may still be missing."""
        try:
            drafts = self._drafts()
        except (GitLabMissing, ForgeDenied):
            return False  # a version without draft notes, or one that hides them
        instances = {marker.instance for c in comments if (marker := parse(c.body))}
        if any(not _is_left_behind(draft, instances) for draft in drafts):
            # A person's token, with drafts of that person: publishing ours would publish theirs.
            for draft in drafts:
                if _is_left_behind(draft, instances):
                    self._calls.delete(f"{self._path}/draft_notes/{draft['id']}")
            return False
        wanted = {digest_of(comment.body) for comment in comments}
        kept = set()
        for draft in drafts:
            digest = digest_of(str(draft.get("note") or ""))
            if digest not in wanted or digest in kept:
                self._calls.delete(f"{self._path}/draft_notes/{draft['id']}")
            kept.add(digest)
        for comment in comments:
            if digest_of(comment.body) not in kept:
                self._draft(comment)
        return self._publish()

    def _drafts(self) -> list[Row]:
        return self._calls.pages(f"{self._path}/draft_notes")

    def _draft(self, comment: Comment) -> None:
        """A draft at the comment's place. What GitLab refuses there becomes a thread later."""
        path = f"{self._path}/draft_notes"
        position = position_of(comment.anchor, self._refs, draft=True)
        if position is None:
            return
        try:
            self._calls.post(
                path,
                {"note": comment.body, "position": position},
                lambda: self._landed_draft(comment.body),
            )
        except GitLabRejected:
            return

    def _landed_draft(self, body: str) -> Row | None:
        digest = digest_of(body)
        same = (d for d in self._drafts() if digest_of(str(d.get("note") or "")) == digest)
        return next(same, None)

    def _publish(self) -> bool:
        if not self._drafts():
            return False
        path = f"{self._path}/draft_notes/bulk_publish"
        self._calls.post(path, {}, lambda: None if self._drafts() else {})
        return True

    def _open_thread(self, comment: Comment) -> None:
        """A thread at the comment's place, else one that names the place in words."""
        path = f"{self._path}/discussions"
        position = position_of(comment.anchor, self._refs, draft=False)

        def landed() -> Row | None:
            found = self._find(comment.body, self.existing())
            return {"id": found.thread_id} if found else None

        if position is not None:
            try:
                self._calls.post(path, {"body": comment.body, "position": position}, landed)
                return
            except GitLabRejected:
                pass
        self._calls.post(path, {"body": with_place(comment.body, comment.anchor)}, landed)

    def _edit_all(self, pairs: Iterable[Pair], found: tuple[Existing, ...]) -> None:
        now = {existing.id: existing for existing in found}
        for pair in pairs:
            current = now.get(pair.existing.id)
            bodies = (pair.wanted.body, with_place(pair.wanted.body, pair.wanted.anchor))
            if current is None or current.digest in map(digest_of, bodies):
                continue
            if self._edit(current, bodies[0] if current.id in self._placed else bodies[1]):
                self._tally.edited += 1

    def _edit(self, existing: Existing, body: str) -> bool:
        try:
            self._calls.put(f"{self._path}/notes/{existing.id}", {"body": body})
        except GitLabMissing:
            return False  # somebody deleted it meanwhile: the next run posts it anew
        return True

    def _settle_threads(self, delta: Delta, found: tuple[Existing, ...]) -> None:
        """Resolve what is fixed and reopen what is back: best effort, people's threads never."""
        now = {existing.id: existing for existing in found}
        wanted = [(existing, True) for existing in delta.resolve]
        wanted += [(pair.existing, False) for pair in delta.reopen]
        for existing, resolved in wanted:
            current = now.get(existing.id)
            if current is None or current.resolved is resolved or not current.thread_id:
                continue
            if resolved and current.has_human_reply:
                continue
            try:
                self._calls.put(
                    f"{self._path}/discussions/{current.thread_id}", {"resolved": resolved}
                )
            except (ForgeDenied, GitLabMissing, GitLabRejected):
                verb = "resolve" if resolved else "reopen"
                self._tally.refused.append(
                    f"the token may not {verb} threads (it takes the role Developer)"
                )
                return
            self._tally.resolved += resolved

    def _delete(self, existing: Existing) -> None:
        if existing.author_id != self._author_id:
            return
        self._calls.delete(f"{self._path}/notes/{existing.id}")
        self._tally.deleted += 1

    def _summary(self, delta: SummaryDelta, found: tuple[Existing, ...]) -> str:
        """Create or edit the one summary; what it replaces goes after that, never before."""
        gone = {existing.id for existing in delta.remove}
        current = delta.edit
        if current is None:
            rest = [existing for existing in found if existing.id not in gone]
            current = self._find_summary(delta.body, rest)
        if current is None:
            url = self._create_summary(delta.body, gone)
        else:
            fresh = next((e for e in found if e.id == current.id), current)
            url = fresh.url
            if fresh.digest != digest_of(delta.body):
                url = self._replace_summary(fresh, delta.body, gone)
        for existing in delta.remove:
            self._delete(existing)
        return url

    def _replace_summary(self, current: Existing, body: str, gone: set[str]) -> str:
        if self._edit(current, body):
            self._tally.edited += 1
            return current.url
        if any(existing.id == current.id for existing in self.existing()):
            raise ForgeFailed("GitLab does not find the summary that it shows", "Run again.")
        return self._create_summary(body, gone | {current.id})

    def _find_summary(self, body: str, found: Iterable[Existing]) -> Existing | None:
        kinds = (e for e in found if e.marker and e.marker.kind is MarkerKind.SUMMARY)
        return self._find(body, kinds)

    def _create_summary(self, body: str, gone: set[str]) -> str:
        def landed() -> Row | None:
            rest = [existing for existing in self.existing() if existing.id not in gone]
            found = self._find_summary(body, rest)
            return {"id": int(found.id)} if found else None

        row = self._calls.post(f"{self._path}/notes", {"body": body}, landed)
        self._tally.created += 1
        return f"{self._web_url}#note_{row.get('id')}"

    def _urls(self, delta: Delta, found: tuple[Existing, ...]) -> tuple[tuple[str, str], ...]:
        urls = {
            pair.wanted.fingerprint: pair.existing.url
            for pair in (*delta.kept, *delta.moved, *delta.dismissed)
        }
        for comment in delta.new:
            if existing := self._find(comment.body, found):
                urls[comment.fingerprint] = existing.url
        return tuple(sorted(urls.items()))


def _is_left_behind(draft: Row, instances: set[str]) -> bool:
    """Whether a draft is of an earlier run of ours that died before it published."""
    marker = parse(str(draft.get("note") or ""))
    return marker is not None and marker.instance in instances

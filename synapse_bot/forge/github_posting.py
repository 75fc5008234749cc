"""Writing to a pull request: at most once each, however often it is asked.

Before anything is written, what stands there is read again: a Delta may come from a run that
died half-way. A write whose answer was lost is looked for before it is repeated. The summary
comes last, since its checkpoint vouches for the findings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from synapse_bot.domain.diff import Side
from synapse_bot.domain.errors import ForgeDenied
from synapse_bot.domain.markers import parse
from synapse_bot.domain.posting import AnchorKind, MarkerKind, Posted, digest_of
from synapse_bot.forge.github_calls import Missing, write_once
from synapse_bot.forge.github_comments import read_bare_findings, read_summaries
from synapse_bot.forge.http import AnswerLost, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from synapse_bot.domain.posting import Anchor, Comment, Delta, Existing, SummaryDelta
    from synapse_bot.forge.github_calls import Calls, PullPlace, Row

BATCH = 30  # comments of one review: users report time-outs and failures with more
MAX_BODY = 65_536  # characters of any body, as GitHub counts them
_ATTEMPTS = 3
_T = TypeVar("_T")
_Place = tuple[str, str]  # instance and fingerprint
_CUT = "\n\n*Cut here: GitHub takes 65,536 characters. The whole is in the run's files.*\n"
RESOLVE = """mutation($id: ID!) {
  resolveReviewThread(input: {threadId: $id}) { thread { id } } }"""
UNRESOLVE = """mutation($id: ID!) {
  unresolveReviewThread(input: {threadId: $id}) { thread { id } } }"""


@dataclass
class Poster:
    """One posting. ``author_id`` is whose comments are ours."""

    calls: Calls
    place: PullPlace
    head: str
    author_id: str
    created: int = 0
    edited: int = 0
    resolved: int = 0
    deleted: int = 0
    refused: list[str] = field(default_factory=list)
    _held: dict[_Place, Existing] = field(default_factory=dict)

    def post(self, delta: Delta, summary: SummaryDelta | None) -> Posted:
        """Apply both. Raises ForgeDenied and ForgeBusy with the rest left for the next run."""
        if not delta.idle:
            self._held = self._ours(read_bare_findings(self.calls, self.place))
            self._create(delta.new)
            self._edit(delta)
            self._threads(delta)
            for gone in delta.duplicates:
                self._delete(f"{self.place.repo}/pulls/comments/{gone.id}")
        url = self._summary(summary) if summary else ""
        urls = {key[1]: held.url for key, held in self._held.items()}
        for pair in (*delta.kept, *delta.moved, *delta.dismissed):
            urls.setdefault(pair.wanted.fingerprint, pair.existing.url)
        return Posted(
            url,
            tuple(sorted(urls.items())),
            self.created,
            self.edited,
            self.resolved,
            self.deleted,
            tuple(self.refused),
        )

    def _ours(self, found: Iterable[Existing]) -> dict[_Place, Existing]:
        """Comments of our author, the oldest of each finding."""
        ours = [e for e in found if e.marker and e.author_id == self.author_id]
        ours.sort(key=lambda e: (e.created_at, int(e.id)), reverse=True)
        return {(e.marker.instance, e.marker.fingerprint): e for e in ours if e.marker}

    # Findings

    def _create(self, wanted: Sequence[Comment]) -> None:
        missing = self._missing(wanted)
        if not missing:
            return
        self._drop_pending_review()
        in_lines = [c for c in missing if c.anchor.kind is AnchorKind.LINE]
        for at in range(0, len(in_lines), BATCH):
            self._review(in_lines[at : at + BATCH])
        for comment in missing:
            if comment.anchor.kind is AnchorKind.FILE:
                self._file_comment(comment)
        self._held = self._ours(read_bare_findings(self.calls, self.place))

    def _missing(self, wanted: Iterable[Comment]) -> list[Comment]:
        return [c for c in wanted if _place_of(c) not in self._held]

    def _review(self, batch: list[Comment]) -> None:
        """One review. GitHub refuses it whole for one comment, so a refused one is halved."""

        def landed() -> bool | None:
            """Reviews appear whole or not at all."""
            self._held = self._ours(read_bare_findings(self.calls, self.place))
            return True if not self._missing(batch) else None

        body = {
            "commit_id": self.head,
            "event": "COMMENT",  # never APPROVE; without one the review stays pending
            "comments": [_review_comment(comment) for comment in batch],
        }
        try:
            self._once(lambda: self.calls.write("POST", f"{self.place.pull}/reviews", body), landed)
            self.created += len(batch)
        except Rejected:
            if len(batch) == 1:
                self._file_comment(batch[0])
                return
            middle = len(batch) // 2
            self._review(batch[:middle])
            self._review(batch[middle:])

    def _file_comment(self, comment: Comment) -> None:
        def landed() -> bool | None:
            self._held = self._ours(read_bare_findings(self.calls, self.place))
            return True if not self._missing([comment]) else None

        body = {
            "body": fit(comment.body),
            "commit_id": self.head,
            "path": comment.anchor.path,
            "subject_type": "file",
        }
        path = f"{self.place.pull}/comments"
        try:
            self._once(lambda: self.calls.write("POST", path, body), landed)
            self.created += 1
        except Rejected as why:
            self.refused.append(f"A comment on {comment.anchor.path} was refused: {why}")

    def _drop_pending_review(self) -> None:
        """A pending review of ours, left by a crash of another tool, would block the next one."""
        for row in self.calls.pages(f"{self.place.pull}/reviews"):
            author = str((row.get("user") or {}).get("id") or "")
            if row.get("state") == "PENDING" and author == self.author_id:
                self._delete(f"{self.place.pull}/reviews/{row['id']}")

    def _edit(self, delta: Delta) -> None:
        for pair in delta.edits:
            body = fit(pair.wanted.body)
            held = self._held.get(_place_of(pair.wanted))
            if held is not None and held.digest == digest_of(body):
                continue
            path = f"{self.place.repo}/pulls/comments/{pair.existing.id}"
            try:
                self._repeat(lambda p=path, b=body: self.calls.write("PATCH", p, {"body": b}))  # type: ignore[misc]
                self.edited += 1
            except (Missing, Rejected) as why:
                self.refused.append(f"A comment could not be edited: {why}")

    def _threads(self, delta: Delta) -> None:
        changes = [(RESOLVE, existing) for existing in delta.resolve]
        changes += [(UNRESOLVE, pair.existing) for pair in delta.reopen]
        for mutation, existing in changes:
            if not existing.thread_id or not self._turn(mutation, existing.thread_id):
                self.refused.append(
                    "The token may not resolve threads; they stay as they are "
                    "(GitHub ties it to `contents: write`)."
                )
                return

    def _turn(self, mutation: str, thread_id: str) -> bool:
        try:
            self._repeat(lambda: self.calls.graphql(mutation, {"id": thread_id}, writes=True))
        except (ForgeDenied, Missing, Rejected):
            return False
        self.resolved += 1
        return True

    # The summary

    def _summary(self, summary: SummaryDelta) -> str:
        body = fit(summary.body)
        if summary.edit is None:
            url = self._new_summary(body)
        else:
            url = self._edited_summary(summary.edit, body)
        for gone in summary.remove:
            self._delete(f"{self.place.repo}/issues/comments/{gone.id}")
        return url

    def _new_summary(self, body: str) -> str:
        marker = parse(body)

        def standing() -> str | None:
            """A summary that says this very text, whoever of our runs wrote it."""
            for held in read_summaries(self.calls, self.place):
                same = held.marker == marker and held.digest == digest_of(body)
                if same and held.author_id == self.author_id:
                    return held.url
            return None

        def write() -> str:
            row: Row = self.calls.write("POST", f"{self.place.issue}/comments", {"body": body})
            self.created += 1
            return str(row.get("html_url") or "")

        found = standing()
        return found if found is not None else self._once(write, standing)

    def _edited_summary(self, there: Existing, body: str) -> str:
        if there.digest == digest_of(body):
            return there.url
        path = f"{self.place.repo}/issues/comments/{there.id}"
        try:
            self._repeat(lambda: self.calls.write("PATCH", path, {"body": body}))
        except Missing:  # deleted in the meantime
            return self._new_summary(body)
        self.edited += 1
        return there.url

    # Writing

    def _delete(self, path: str) -> None:
        try:
            self._repeat(lambda: self.calls.write("DELETE", path))
        except Missing:
            return
        self.deleted += 1

    def _once(self, write: Callable[[], _T], landed: Callable[[], _T | None]) -> _T:
        return write_once(self.calls, write, landed)

    def _repeat(self, write: Callable[[], object]) -> None:
        """``write``, which may be applied twice without harm."""
        for attempt in range(_ATTEMPTS):
            try:
                write()
                return
            except AnswerLost as lost:
                self.calls.rest(2.0**attempt, str(lost))
        write()


def fit(body: str) -> str:
    """``body`` within GitHub's limit. The last resort: whoever made it cuts whole findings."""
    if len(body) <= MAX_BODY:
        return body
    kept = body[: MAX_BODY - len(_CUT) - 16]
    kept = kept[: kept.rfind("\n") + 1] or kept
    fences = [line.strip() for line in kept.split("\n") if line.lstrip().startswith("```")]
    closing = fences[-1][: len(fences[-1]) - len(fences[-1].lstrip("`"))] if fences else ""
    return f"{kept}{closing if len(fences) % 2 else ''}{_CUT}"


def _place_of(comment: Comment) -> _Place:
    marker = parse(comment.body)
    is_finding = marker is not None and marker.kind is MarkerKind.FINDING
    return (marker.instance if marker and is_finding else "", comment.fingerprint)


def _review_comment(comment: Comment) -> Row:
    """``position`` is deprecated; a removed line counts on the LEFT, by its old number."""
    anchor: Anchor = comment.anchor
    side = "LEFT" if anchor.side is Side.OLD else "RIGHT"
    row: Row = {
        "path": anchor.path,
        "body": fit(comment.body),
        "line": anchor.line,
        "side": side,
    }
    if anchor.start_line is not None:
        row |= {"start_line": anchor.start_line, "start_side": side}
    return row

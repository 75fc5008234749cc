"""What is posted to a forge and what is found there: anchors, markers, comments and their delta.

A forge file turns these values into its API calls and back; it decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import LineKind, Side

if TYPE_CHECKING:
    from synapse_bot.domain.negotiation import Claim

_ODD = re.compile(r"[^A-Za-z0-9._/:-]")


class AnchorKind(StrEnum):
    LINE = "line"  # a line, or several lines of one hunk
    FILE = "file"  # a file of the diff as a whole
    SUMMARY = "summary"  # no place in the diff: only the summary can say it


class MarkerKind(StrEnum):
    SUMMARY = "summary"
    FINDING = "finding"
    REPLY = "reply"  # to a command in somebody's comment


@dataclass(frozen=True, slots=True)
class Point:
    """One line that a hunk shows. ``old`` is None for an added line, ``new`` for a removed one.

    These two are what a GitLab position takes as ``old_line`` and ``new_line``. ``old_at`` and
    ``new_at`` are never None: the next number of the side that lacks the line, which GitLab's
    ``line_code`` (``sha1(path)_{old_at}_{new_at}``) is made of.
    """

    kind: LineKind
    old: int | None
    new: int | None
    old_at: int
    new_at: int

    def on(self, side: Side) -> int | None:
        """The line's number on ``side``; None where that side does not have it."""
        return self.new if side is Side.NEW else self.old


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place that a forge accepts. Made by AnchorResolver, or read back from a forge.

    ``path`` and ``old_path`` are both set for every file: equal unless it was renamed (GitLab
    wants both, also for an added and for a deleted file). For a LINE, ``line`` is the last line
    of the range and counts on ``side``; ``start_line`` is smaller and of the same hunk, or None.
    ``end`` and ``start`` are the same two lines with both their numbers. GitHub's RIGHT is
    Side.NEW; its ``start_side`` always equals ``side``. An anchor that was read back need not
    have ``end`` and ``start``; a LINE without ``line`` is a thread that the forge calls outdated.
    """

    kind: AnchorKind
    path: str = ""
    old_path: str = ""
    side: Side = Side.NEW
    line: int | None = None
    start_line: int | None = None
    end: Point | None = None
    start: Point | None = None

    def same_place(self, other: Anchor) -> bool:
        """Whether both show at the same line; the first line of a range does not matter."""
        return (self.kind, self.path, self.side, self.line) == (
            other.kind,
            other.path,
            other.side,
            other.line,
        )


NOWHERE = Anchor(AnchorKind.SUMMARY)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the last run had reviewed. Never trusted for a gate: it may only save work."""

    head: str
    base: str
    config: str  # digest of the configuration


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reply of ours answers: the comment ``to``, whose command was ``word``.

    ``to`` tells the forge's kinds of comments apart, e.g. "issue:12". ``who`` (a login) and
    ``reason`` are kept where the command dismissed the finding of the marker's fingerprint.
    """

    to: str
    word: str
    who: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Marker:
    """The hidden first line of every comment of ours; see domain/markers.py for its text.

    ``instance`` tells bots apart that share an author (all workflows of a GitHub repository do).
    ``by`` are the specialists behind a finding: while one of them is silent, its absence proves
    nothing. Whoever reads a marker checks the author too: anybody can copy the text.
    """

    kind: MarkerKind
    instance: str
    fingerprint: str = ""  # of a finding
    by: tuple[str, ...] = ()
    checkpoint: Checkpoint | None = None  # of a summary
    answer: Answer | None = None  # of a reply
    waived: str = ""  # of a summary: digest of what it tells as dismissed by commands

    def answers_as(self, other: Marker | None) -> bool:
        """Whether both stand in one bot's replies to one comment."""
        if other is None or self.answer is None or other.answer is None:
            return False
        mine, others = (self.kind, self.instance), (other.kind, other.instance)
        return mine == others and self.answer.to == other.answer.to


@dataclass(frozen=True, slots=True)
class Dismissal:
    """A person's word that a finding does not matter here, as a reply of ours keeps it.

    It takes the finding out of sight, never out of the verdict.
    """

    fingerprint: str
    word: str  # "ignore" or "false-positive"
    who: str  # login
    reason: str


@dataclass(frozen=True, slots=True)
class Comment:
    """One finding as it should stand on the forge. ``body`` begins with its marker.

    ``claim`` is what it says; a forge never needs it.
    """

    fingerprint: str
    body: str
    anchor: Anchor
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Existing:
    """A comment found on the forge, with what its thread says.

    Ids are texts of the forge's own (numeric) ids. ``digest`` is ``digest_of`` the body as read.
    ``resolved_by`` is the id of who resolved the thread, "" where the forge does not tell.
    """

    id: str
    author_id: str
    thread_id: str = ""  # what resolving takes; "" where there is no thread
    marker: Marker | None = None
    anchor: Anchor | None = None
    resolved: bool = False
    resolved_by: str = ""
    has_human_reply: bool = False
    digest: str = ""
    created_at: str = ""  # RFC 3339, UTC; orders duplicates, ids order what is equal
    url: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A finding that has its comment already."""

    existing: Existing
    wanted: Comment

    @property
    def stale(self) -> bool:
        """Whether the body there says something else, so that an edit is due."""
        return self.existing.digest != digest_of(self.wanted.body)


@dataclass(frozen=True, slots=True)
class Delta:
    """From what is on the forge to what should be there.

    To be done on the forge: create ``new``; edit ``edits``; resolve ``resolve``; unresolve
    ``reopen``; delete ``duplicates``. Everything else is for the summary to tell.
    """

    new: tuple[Comment, ...] = ()
    kept: tuple[Pair, ...] = ()
    moved: tuple[Pair, ...] = ()  # same finding, other line: its thread stays where it is
    fixed: tuple[Existing, ...] = ()  # no longer found, proved by a specialist that did look
    dismissed: tuple[Pair, ...] = ()  # a person resolved the thread: neither edited nor reopened
    resolve: tuple[Existing, ...] = ()  # those of ``fixed`` whose thread is to be resolved
    reopen: tuple[Pair, ...] = ()  # we resolved it as fixed, and it is back; also in kept or moved
    duplicates: tuple[Existing, ...] = ()  # later copies of ours that nobody answered
    overflow: tuple[Comment, ...] = ()  # said in the summary only: no place, or over the cap
    waived: tuple[Dismissal, ...] = ()  # of findings of this run: a command dismissed them

    @property
    def edits(self) -> tuple[Pair, ...]:
        """Comments whose body is to be replaced."""
        return tuple(pair for pair in (*self.kept, *self.moved) if pair.stale)

    @property
    def idle(self) -> bool:
        """Whether the forge is as it should be: nothing to write."""
        return not (self.new or self.edits or self.resolve or self.reopen or self.duplicates)


@dataclass(frozen=True, slots=True)
class SummaryDelta:
    """What to do about the one summary comment.

    ``edit`` None: create one with ``body``. Otherwise replace its body where ``stale``.
    ``remove`` is deleted (or hidden) after that, never before.
    """

    body: str
    edit: Existing | None = None
    remove: tuple[Existing, ...] = ()

    @property
    def stale(self) -> bool:
        return self.edit is None or self.edit.digest != digest_of(self.body)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a forge did. ``urls`` maps a finding's fingerprint to its comment.

    ``refused`` are sentences for the reader: what the token or the forge did not allow.
    """

    summary_url: str = ""
    urls: tuple[tuple[str, str], ...] = ()
    created: int = 0
    edited: int = 0
    resolved: int = 0
    deleted: int = 0
    refused: tuple[str, ...] = ()

    def and_then(self, later: Posted) -> Posted:
        """Both as one; what ``later`` says last holds."""
        return Posted(
            later.summary_url or self.summary_url,
            tuple(sorted({**dict(self.urls), **dict(later.urls)}.items())),
            self.created + later.created,
            self.edited + later.edited,
            self.resolved + later.resolved,
            self.deleted + later.deleted,
            tuple(dict.fromkeys((*self.refused, *later.refused))),
        )


def digest_of(body: str) -> str:
    """16 hex digits of ``body`` as a forge gives it back: line ends and outer space aside."""
    text = body.replace("\r\n", "\n").replace("\r", "\n").strip()
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def speaker(by: str, tool: str) -> str:
    """Who said something, as a marker can hold it: ``specialist:tool``.

    The tool counts, since a specialist runs other tools on another route.
    """
    return _ODD.sub("_", f"{by}:{tool}")[:80]


def speakers(claim: Claim) -> tuple[str, ...]:
    """Everybody behind ``claim``; sorted."""
    found = claim.findings or (claim.finding,)
    return tuple(sorted({speaker(finding.by, finding.tool) for finding in found}))

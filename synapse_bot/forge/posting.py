"""What a forge may do beside reading: comments, a status, labels. Small protocols, all optional.

LocalForge and PatchForge have none of them. A forge decides nothing here: runtime/reconcile.py
says what is to be written, and a forge writes it at most once, however often it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from synapse_bot.domain.change import AuthorKind, Change
    from synapse_bot.domain.posting import Delta, Existing, Posted, SummaryDelta
    from synapse_bot.domain.review import Verdict


class AnnotationLevel(StrEnum):
    """Named as GitHub names them: high and critical fail, medium warns, the rest is a notice."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One remark of a check run: new-side lines of ``path``, 1-based, inclusive."""

    path: str
    start_line: int
    end_line: int
    level: AnnotationLevel
    message: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """The verdict as a check run or a commit status. ``title`` carries the reason.

    The gate was computed in process: nothing that stands on the forge goes into ``verdict``.
    """

    verdict: Verdict
    title: str
    summary: str = ""  # Markdown; only a check run shows it
    annotations: tuple[Annotation, ...] = ()
    name: str = "synapse-bot"
    url: str = ""  # where the details are, "" for none


@dataclass(frozen=True, slots=True)
class Access:
    """Who the token is and what is known beforehand about writing.

    ``author_id`` is the numeric id (as text) that our comments carry; "" where the forge does
    not tell, and then nothing there counts as ours. ``why_not`` says why nothing can be written
    ("" where it can, as far as one knows without trying); ``hint`` what to do about it.
    """

    author_id: str
    login: str = ""
    from_fork: bool = False
    why_not: str = ""
    hint: str = ""


@runtime_checkable
class PostingForge(Protocol):
    """Finds and writes our comments. Every method raises ForgeDenied, ForgeBusy or ForgeFailed."""

    async def access(self, change: Change) -> Access:
        """Who we are, and whether the forge would let us write. Writes nothing."""
        ...

    async def existing(self, change: Change) -> tuple[Existing, ...]:
        """Every comment with a marker, of any author and instance: summaries and findings."""
        ...

    async def post(
        self, change: Change, delta: Delta, summary: SummaryDelta | None, *, key: str
    ) -> Posted:
        """Apply ``delta``, then ``summary`` (last: its checkpoint vouches for the findings).

        Reads before it writes, so that a repetition with the same ``key`` and a write whose
        answer was lost never leave a second comment. ``summary`` None leaves the summary alone.
        """
        ...

    async def set_status(self, change: Change, status: Status) -> str:
        """Set the status of the head; its address, "" where the token may not set one."""
        ...


@runtime_checkable
class LabelingForge(Protocol):
    """Labels on request."""

    async def add_labels(self, change: Change, labels: tuple[str, ...]) -> None:
        """Add those of ``labels`` that the change lacks; none is ever removed."""
        ...


@runtime_checkable
class AuthorisingForge(Protocol):
    """Proves who may command the bot."""

    async def may_command(self, change: Change, author_id: str, login: str) -> bool:
        """Whether the person with this numeric id may write to the repository.

        ``login`` only finds the record; the id in it has to be ``author_id``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Remark:
    """Somebody's comment on the change, as the forge has it now. All of it is untrusted.

    ``key`` names it among the forge's kinds of comments ("issue:12"). ``author_id`` is numeric, ""
    where nobody is named; ``author_kind`` is by the account's record, never by its name.
    ``reply_to`` is what a reply in its thread takes, "" outside of one. ``said_at`` is when it was
    written, seconds since the epoch; 0 where the forge does not tell.
    """

    key: str
    author_id: str
    login: str
    author_kind: AuthorKind
    body: str
    url: str = ""
    reply_to: str = ""
    said_at: float = 0.0


def epoch_of(text: object) -> float:
    """Seconds since the epoch of a forge's RFC 3339 time; 0 for anything else."""
    try:
        return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else 0.0
    except (ValueError, OverflowError):
        return 0.0


@runtime_checkable
class ConversingForge(Protocol):
    """Reads what people say, and answers. Every method raises as PostingForge's do."""

    async def remark(self, change: Change, comment_id: int, *, inline: bool) -> Remark:
        """One comment of ``change``, ``inline`` where it is on the diff.

        Raises ForgeFailed for an id that is of another change.
        """
        ...

    async def remarks(self, change: Change, prefix: str) -> tuple[Remark, ...]:
        """Every comment of ``change`` whose text begins with ``prefix``, the oldest first."""
        ...

    async def reply(self, change: Change, remark: Remark, body: str) -> str:
        """Answer where it was said; the answer's address. ``body`` begins with its marker.

        Looks first whether a comment of ours with this marker's instance and answer is there.
        """
        ...

    async def react(self, change: Change, remark: Remark) -> None:
        """Show that ``remark`` was seen (eyes). Best effort: a refusal is no error."""
        ...

    async def resolve(self, change: Change, thread_id: str) -> bool:
        """Resolve one thread, whoever answered in it; False where the token may not."""
        ...


@runtime_checkable
class CommandedForge(PostingForge, ConversingForge, AuthorisingForge, Protocol):
    """All that commands in comments take: reading, proving who asks, answering."""

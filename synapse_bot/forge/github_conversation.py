"""What people say on a pull request, and our answers: GitHub's two kinds of comments.

A comment of the conversation has no thread: its answer is the next comment there. A comment on
the diff is answered in its thread, which GitHub keeps flat below the first comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.errors import ForgeDenied, ForgeFailed
from synapse_bot.domain.markers import parse
from synapse_bot.forge.github_calls import Missing, write_once
from synapse_bot.forge.github_comments import read_replies
from synapse_bot.forge.github_posting import RESOLVE, fit
from synapse_bot.forge.http import AnswerLost, Rejected
from synapse_bot.forge.posting import Remark, epoch_of

if TYPE_CHECKING:
    from synapse_bot.forge.github_calls import Calls, PullPlace, Row

KINDS = {"User": AuthorKind.PERSON, "Bot": AuthorKind.BOT}


@dataclass(frozen=True, slots=True)
class Conversation:
    """That of the pull request at ``place``."""

    calls: Calls
    place: PullPlace

    def remark(self, number: int, *, inline: bool) -> Remark:
        """One comment by its id. Raises ForgeFailed for one of another request."""
        folder, owner = ("pulls", "pull_request_url") if inline else ("issues", "issue_url")
        row: Row = self.calls.get(f"{self.place.repo}/{folder}/comments/{number}")
        # Ids count over the whole repository: a member's comment elsewhere commands nothing here.
        if str(row.get(owner) or "").rpartition("/")[2] != str(self.place.number):
            raise ForgeFailed(
                f"comment {number} is not of #{self.place.number}",
                "Give the request that the comment was made on.",
            )
        return _remark(row, inline=inline)

    def remarks(self, prefix: str) -> tuple[Remark, ...]:
        """Those that begin with ``prefix``, the oldest first."""
        rows = [(row, False) for row in self.calls.pages(f"{self.place.issue}/comments")]
        rows += [(row, True) for row in self.calls.pages(f"{self.place.pull}/comments")]
        said = [(row, inline) for row, inline in rows if _body(row).startswith(prefix)]
        said.sort(key=lambda found: str(found[0].get("created_at") or ""))
        return tuple(_remark(row, inline=inline) for row, inline in said)

    def reply(self, remark: Remark, body: str, author_id: str) -> str:
        """Answer once, as the user ``author_id``; the address of the answer."""
        text, marker = fit(body), parse(body)

        def landed() -> str | None:
            for held in read_replies(self.calls, self.place):
                same = held.marker is not None and held.marker.answers_as(marker)
                if same and held.author_id == author_id:
                    return held.url
            return None

        def write() -> str:
            row: Row = self.calls.write("POST", self._answers(remark), {"body": text})
            return str(row.get("html_url") or "")

        found = landed()
        return found if found is not None else write_once(self.calls, write, landed)

    def react(self, remark: Remark) -> None:
        """GitHub keeps one reaction of a kind a person, however often it is sent."""
        kind, _, number = remark.key.partition(":")
        folder = "pulls" if kind == "review" else "issues"
        path = f"{self.place.repo}/{folder}/comments/{number}/reactions"
        try:
            self.calls.write("POST", path, {"content": "eyes"})
        except (ForgeDenied, Missing, Rejected, AnswerLost):
            return

    def resolve(self, thread_id: str) -> bool:
        """Whether the thread is resolved now: it may be that already."""

        def write() -> bool:
            return bool(self.calls.graphql(RESOLVE, {"id": thread_id}, writes=True))

        try:
            return write_once(self.calls, write, lambda: None)
        except (ForgeDenied, Missing, Rejected):
            return False

    def _answers(self, remark: Remark) -> str:
        if not remark.reply_to:
            return f"{self.place.issue}/comments"
        return f"{self.place.pull}/comments/{remark.reply_to}/replies"


def _remark(row: Row, *, inline: bool) -> Remark:
    user: Row = row.get("user") or {}  # none where the account is gone
    number = str(row.get("id") or "")
    root = str(row.get("in_reply_to_id") or number)
    return Remark(
        key=f"{'review' if inline else 'issue'}:{number}",
        author_id=str(user.get("id") or ""),
        login=str(user.get("login") or ""),
        author_kind=KINDS.get(str(user.get("type")), AuthorKind.UNKNOWN),
        body=_body(row),
        url=str(row.get("html_url") or ""),
        reply_to=root if inline else "",
        said_at=epoch_of(row.get("created_at")),
    )


def _body(row: Row) -> str:
    return str(row.get("body") or "")

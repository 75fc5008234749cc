"""What people say on a merge request, and our answers.

What was said in a thread is answered there. A plain comment is answered by another plain comment:
a reply would turn it into a thread, which a project may demand to be resolved before a merge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.errors import ForgeDenied
from synapse_bot.domain.markers import parse
from synapse_bot.forge.gitlab_calls import GitLabMissing, GitLabRejected
from synapse_bot.forge.gitlab_notes import author_id, existing_in
from synapse_bot.forge.posting import Remark, epoch_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_bot.forge.gitlab_calls import Calls, Row


@dataclass
class Conversation:
    """That of the merge request at ``path``, whose page is at ``web_url``."""

    calls: Calls
    path: str
    web_url: str
    _kinds: dict[str, AuthorKind] = field(default_factory=dict)

    def remark(self, number: int) -> Remark:
        """One note by its id. Raises GitLabMissing for one of another request."""
        for note, reply_to in self._notes():
            if str(note.get("id")) == str(number):
                return self._remark(note, reply_to)
        raise GitLabMissing(
            f"note {number} is not of this merge request",
            "Give the request that the comment was made on.",
        )

    def remarks(self, prefix: str) -> tuple[Remark, ...]:
        """Those that begin with ``prefix``, the oldest first."""
        said = [found for found in self._notes() if _body(found[0]).startswith(prefix)]
        said.sort(key=lambda found: str(found[0].get("created_at") or ""))
        return tuple(self._remark(note, reply_to) for note, reply_to in said)

    def reply(self, remark: Remark, body: str, author: str) -> str:
        """Answer once, as the user ``author``; the address of the answer."""
        marker = parse(body)

        def landed() -> Row | None:
            rows = self.calls.pages(f"{self.path}/discussions")
            for held in existing_in(rows, "", self.web_url):
                same = held.marker is not None and held.marker.answers_as(marker)
                if same and held.author_id == author:
                    return {"id": held.id}
            return None

        folder = f"/discussions/{remark.reply_to}" if remark.reply_to else ""
        path = f"{self.path}{folder}/notes"
        row = landed() or self.calls.post(path, {"body": body}, landed)
        return f"{self.web_url}#note_{row.get('id')}"

    def react(self, remark: Remark) -> None:
        """GitLab refuses a second award of one name by one user, which is as good."""
        path = f"{self.path}/notes/{remark.key.partition(':')[2]}/award_emoji"
        try:
            self.calls.post(path, {"name": "eyes"}, lambda: None)
        except (ForgeDenied, GitLabMissing, GitLabRejected):
            return

    def resolve(self, thread_id: str) -> bool:
        """Whether the thread is resolved now: it may be that already."""
        try:
            self.calls.put(f"{self.path}/discussions/{thread_id}", {"resolved": True})
        except (ForgeDenied, GitLabMissing, GitLabRejected):
            return False
        return True

    def _notes(self) -> Iterator[tuple[Row, str]]:
        """Every note that a user wrote, with the thread that it is in."""
        for discussion in self.calls.pages(f"{self.path}/discussions"):
            thread = "" if discussion.get("individual_note") else str(discussion.get("id") or "")
            for note in discussion.get("notes") or ():
                if not note.get("system"):
                    yield note, thread

    def _remark(self, note: Row, reply_to: str) -> Remark:
        number = str(note.get("id"))
        return Remark(
            key=f"note:{number}",
            author_id=author_id(note),
            login=str((note.get("author") or {}).get("username") or ""),
            author_kind=self._kind_of(author_id(note)),
            body=_body(note),
            url=f"{self.web_url}#note_{number}",
            reply_to=reply_to,
            said_at=epoch_of(note.get("created_at")),
        )

    def _kind_of(self, author: str) -> AuthorKind:
        if author not in self._kinds:
            self._kinds[author] = account_kind(self.calls, author)
        return self._kinds[author]


def account_kind(calls: Calls, author: str) -> AuthorKind:
    """By the user's record, never by a name that ends in "bot"."""
    if not author:
        return AuthorKind.UNKNOWN
    try:
        user = calls.get(f"/users/{author}")
    except (ForgeDenied, GitLabMissing):
        return AuthorKind.UNKNOWN
    if not isinstance(user, dict) or not isinstance(user.get("bot"), bool):
        return AuthorKind.UNKNOWN
    return AuthorKind.BOT if user["bot"] else AuthorKind.PERSON


def _body(note: Row) -> str:
    return str(note.get("body") or "")

"""What the fake GitHub remembers: one repository, one pull request and what is said on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synapse_bot.forge.fake_github_call import FakeToken, FakeUser, Refusal, Row, by_id, only

if TYPE_CHECKING:
    from synapse_bot.forge.fake_github_repository import FakeRevisions

API = "https://api.github.com"
SITE = "https://github.com"
LINE_FIELDS = {"path", "body", "line", "side", "start_line", "start_side"}
_SIDES = ("LEFT", "RIGHT")
_LINE_FAULT = "Pull request review thread line must be part of the diff"
_HUNK_FAULT = "Pull request review thread start line must be part of the same hunk as the line."


@dataclass
class FakeRepository:
    """One repository with one pull request. ``root`` is "/api/v3" on GitHub Enterprise."""

    revisions: FakeRevisions
    tokens: dict[str, FakeToken]
    repository: str = "team/shop"
    number: int = 7
    root: str = ""
    title: str = "feat: a change"
    branch: str = "feature/change"
    author: FakeUser = field(default_factory=lambda: FakeUser(5, "ada"))
    users: list[FakeUser] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    body: str | None = None
    draft: bool = False
    head_repository_id: int = 1  # 1 is the base repository; another one is a fork
    archived: bool = False
    secondary_limit_after: int | None = None  # writes, then 403 until it is None again
    issue_comments: list[Row] = field(default_factory=list)
    review_comments: list[Row] = field(default_factory=list)
    reviews: list[Row] = field(default_factory=list)
    reactions: list[Row] = field(default_factory=list)
    check_runs: list[Row] = field(default_factory=list)
    statuses: list[Row] = field(default_factory=list)
    resolved: dict[int, FakeUser] = field(default_factory=dict)  # first comment id -> by whom
    requests: list[tuple[str, str, Any]] = field(default_factory=list)  # method, path, body
    writes: int = 0  # that were asked for, the refused ones among them
    _ids: int = 3_000_000_000  # beyond 32 bits, as GitHub's are

    @property
    def url(self) -> str:
        """Of the pull request, for people."""
        return f"{SITE}/{self.repository}/pull/{self.number}"

    def push(self, revisions: FakeRevisions) -> None:
        """A push, forced or not. Comments whose line the new diff lacks are outdated."""
        self.revisions = revisions
        for row in self.review_comments:
            at = (row["path"], row.get("side"), row.get("line"))
            if row["subject_type"] == "line" and at not in revisions.shown:
                row["line"] = row["start_line"] = None

    def say(
        self, user: FakeUser, body: str, *, reply_to: int | None = None, association: str = ""
    ) -> int:
        """A comment by somebody: in the conversation, or in the thread of ``reply_to``. Its id.

        ``association`` is GitHub's author_association; without it that of the user.
        """
        row = self.comment(user, body) if reply_to is None else self.reply(user, body, reply_to)
        row["author_association"] = association or user.association
        return int(row["id"])

    def comment(self, user: FakeUser, body: str) -> Row:
        """In the conversation."""
        number = self.next_id()
        row = {
            "id": number,
            "user": user.row(),
            "body": body,
            "html_url": f"{self.url}#issuecomment-{number}",
            "issue_url": f"{API}/repos/{self.repository}/issues/{self.number}",
            "created_at": time_of(number),
            "author_association": user.association,
        }
        self.issue_comments.append(row)
        return row

    def reply(self, user: FakeUser, body: str, root: int) -> Row:
        """In the thread of the comment ``root``, which must be its first."""
        first = by_id(self.review_comments, root)
        if first.get("in_reply_to_id"):
            raise Refusal(404, "Not Found")
        number = self.next_id()
        row = first | self._said(user, number) | {"body": body, "in_reply_to_id": root}
        self.review_comments.append(row)
        return row

    def review(self, user: FakeUser, state: str, body: str) -> Row:
        number = self.next_id()
        row = {"id": number, "user": user.row(), "state": state, "body": body}
        row["author_association"] = user.association
        self.reviews.append(row | ({} if state == "PENDING" else {"submitted_at": time_of(number)}))
        return self.reviews[-1]

    def review_comment(self, user: FakeUser, body: Row, *, review: int) -> Row:
        """The first comment of a thread."""
        is_file = body.get("subject_type") == "file"
        line = 1 if is_file else body["line"]  # GitHub says 1 for a whole file
        row = self._said(user, self.next_id()) | {
            "pull_request_review_id": review,
            "body": body["body"],
            "path": body["path"],
            "subject_type": "file" if is_file else "line",
            "line": line,
            "original_line": line,
            "side": body.get("side", "RIGHT"),
            "start_line": body.get("start_line"),
        }
        self.review_comments.append(row)
        return row

    def _said(self, user: FakeUser, number: int) -> Row:
        return {
            "id": number,
            "user": user.row(),
            "html_url": f"{self.url}#discussion_r{number}",
            "pull_request_url": f"{API}/repos/{self.repository}/pulls/{self.number}",
            "created_at": time_of(number),
            "author_association": user.association,
        }

    def check_line(self, comment: Row) -> None:
        """Refuse a place that the diff does not show."""
        only(comment, LINE_FIELDS)
        path, line, side = comment.get("path"), comment.get("line"), comment.get("side", "RIGHT")
        start, start_side = comment.get("start_line"), comment.get("start_side", side)
        if side not in _SIDES or start_side not in _SIDES:
            raise unprocessable(f"side {side} is not LEFT or RIGHT")
        hunk = self.revisions.shown.get((str(path), side, line if isinstance(line, int) else 0))
        if hunk is None:
            raise unprocessable(f"Line could not be resolved: {_LINE_FAULT}")
        if start is None:
            return
        if start >= line:
            raise unprocessable("start_line must precede the end line.")
        if self.revisions.shown.get((str(path), start_side, start)) != hunk:
            raise unprocessable(_HUNK_FAULT)

    def next_id(self) -> int:
        self._ids += 1
        return self._ids


def unprocessable(why: str) -> Refusal:
    return Refusal(422, "Unprocessable Entity", [why])


def time_of(number: int) -> str:
    """A time for the thing with this id: later things have later times."""
    seconds = number % 86_400
    return f"2026-01-02T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"

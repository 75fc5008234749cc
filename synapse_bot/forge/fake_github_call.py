"""One request to the fake GitHub: who asks, what for, and how answers and refusals look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, Any]
MAX_BODY = 65_536
MAX_ANNOTATIONS = 50
_LEVELS = ("notice", "warning", "failure")
_DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True, slots=True)
class FakeUser:
    id: int
    login: str
    type: str = "User"  # or "Bot"
    permission: str = "read"  # in the one repository

    def row(self) -> Row:
        return {"id": self.id, "login": self.login, "type": self.type}

    @property
    def association(self) -> str:
        """What GitHub says of an author whom nothing more is known of."""
        return {"admin": "OWNER", "write": "COLLABORATOR"}.get(self.permission, "NONE")


@dataclass(frozen=True, slots=True)
class FakeToken:
    """``installation``: the token of a workflow or an App; it has no ``/user``."""

    user: FakeUser
    writes: bool = True  # pull-requests: write
    checks: bool = True  # checks: write; a person's token has none
    statuses: bool = True
    resolves: bool = True  # contents: write
    installation: bool = True


ACTIONS_BOT = FakeUser(41898282, "github-actions[bot]", "Bot", "write")


class Refusal(Exception):
    """An answer that ends the request."""

    def __init__(self, status: int, message: str, errors: Sequence[Any] = (), **headers: str):
        super().__init__(message)
        self.status = status
        self.body: Row = {"message": message, "documentation_url": _DOCUMENTATION}
        if errors:
            self.body["errors"] = list(errors)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint says: rows in pages, one row, or None for "no content"."""

    content: Row | Sequence[Row] | None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Call:
    """``ids`` are the parts of the path that vary, such as the id of a comment."""

    path: str
    ids: Mapping[str, Any]
    query: Mapping[str, str]
    body: Row
    token: FakeToken
    accept: str = ""

    def writer(self) -> FakeUser:
        """Whoever asks, where the token may write."""
        if not self.token.writes:
            raise not_accessible("pull_requests=write")
        return self.token.user

    def text(self) -> str:
        """The body of a comment."""
        return text_of(self.body)

    def annotations(self) -> list[Row]:
        """Those of a check run's output."""
        rows: list[Row] = list((self.body.get("output") or {}).get("annotations") or [])
        if len(rows) > MAX_ANNOTATIONS:
            raise Refusal(422, "Invalid request", ["No more than 50 items are allowed"])
        if any(row.get("annotation_level") not in _LEVELS for row in rows):
            raise Refusal(422, "Invalid request", ["annotation_level is not one"])
        return rows


def text_of(comment: Row) -> str:
    text = comment.get("body")
    if not isinstance(text, str) or not text:
        raise Refusal(422, "Validation Failed", [{"code": "missing_field", "field": "body"}])
    if len(text) > MAX_BODY:
        message = f"body is too long (maximum is {MAX_BODY} characters)"
        raise Refusal(422, "Validation Failed", [{"code": "custom", "message": message}])
    return text


def only(body: Row, known: set[str]) -> None:
    if unknown := set(body) - known:
        raise Refusal(422, "Invalid request", [f"{sorted(unknown)} is not a permitted key."])


def not_accessible(needs: str) -> Refusal:
    headers = {"x_accepted_github_permissions": needs} if needs else {}
    return Refusal(403, "Resource not accessible by integration", **headers)


def by_id(rows: Sequence[Row], number: int) -> Row:
    return found(next((row for row in rows if row["id"] == number), None))


def found(row: Row | None) -> Row:
    if row is None:
        raise Refusal(404, "Not Found")
    return row

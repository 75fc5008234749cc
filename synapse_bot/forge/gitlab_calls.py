"""What gitlab_posting.py asks of a client of GitLab's API, and the refusals it must know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from synapse_bot.domain.errors import ForgeFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Row = dict[str, Any]


class GitLabMissing(ForgeFailed):
    """404: it is not there, or the token may not know that it is."""


class GitLabRejected(ForgeFailed):
    """400, 409, 422: what was sent is not acceptable."""


class Calls(Protocol):
    """Paths are relative to ``/api/v4``. All raise ForgeDenied, ForgeBusy and ForgeFailed."""

    def get(self, path: str, /, **query: object) -> Any:
        """The JSON of one answer."""
        ...

    def raw(self, path: str, /, **query: object) -> bytes:
        """The body of one answer that is no JSON."""
        ...

    def pages(self, path: str, /, **query: object) -> list[Row]:
        """All rows of all pages."""
        ...

    def put(self, path: str, body: Mapping[str, object]) -> Any:
        """Change something; safe to repeat."""
        ...

    def delete(self, path: str) -> None:
        """Delete something; what is gone already is fine."""
        ...

    def post(self, path: str, body: Mapping[str, object], landed: Callable[[], Row | None]) -> Row:
        """Create something, once: ``landed`` looks for it after an answer that was lost."""
        ...

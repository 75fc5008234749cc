"""What the GitHub forge's parts ask of a client of GitHub's API, and where the change is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from synapse_bot.domain.errors import ForgeFailed
from synapse_bot.forge.http import AnswerLost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Row = dict[str, Any]
_T = TypeVar("_T")
_ATTEMPTS = 3
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")


class Missing(ForgeFailed):
    """404 or 410: it is not there, or the token may not know that it is."""


@dataclass(frozen=True, slots=True)
class PullPlace:
    """A pull request of ``repository`` ("owner/name")."""

    repository: str
    number: int

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.repository) or ".." in self.repository or self.number < 1:
            raise ForgeFailed(f"{self.repository!r} #{self.number} is not a pull request's place")

    @property
    def repo(self) -> str:
        return f"/repos/{self.repository}"

    @property
    def pull(self) -> str:
        return f"{self.repo}/pulls/{self.number}"

    @property
    def issue(self) -> str:
        return f"{self.repo}/issues/{self.number}"


class Calls(Protocol):
    """Paths begin with "/". All raise ForgeDenied, ForgeBusy, ForgeFailed, Missing."""

    def get(self, path: str, **query: object) -> Any:
        """The JSON of one answer."""
        ...

    def pages(self, path: str, *, key: str = "", most: int = 0, **query: object) -> list[Row]:
        """All rows of all pages; ``key`` names the list in each, ``most`` caps it (0: no cap)."""
        ...

    def write(self, verb: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """One write at the limiter's pace. Raises AnswerLost when it may have been applied."""
        ...

    def graphql(self, query: str, variables: Mapping[str, object], *, writes: bool = False) -> Row:
        """The ``data`` of one query; the first error is raised."""
        ...

    def rest(self, seconds: float, why: str) -> None:
        """Wait, within the run's patience."""
        ...


def write_once(calls: Calls, write: Callable[[], _T], landed: Callable[[], _T | None]) -> _T:
    """``write``, repeated only when ``landed`` shows that it did not take."""
    for attempt in range(_ATTEMPTS):
        try:
            return write()
        except AnswerLost as lost:
            calls.rest(2.0**attempt, str(lost))
            if (found := landed()) is not None:
                return found
    return write()

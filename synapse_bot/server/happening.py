"""What a webhook says has happened, as a value; whose forge it is does not matter from here on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ForgeName = Literal["github", "gitlab"]


class Starts(StrEnum):
    """What the same event would start as a CI job."""

    REVIEW = "review"
    RESPOND = "respond"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Happening:
    """``action`` is GitHub's word, GitLab's is translated: opened, synchronize, closed, created.

    ``repository`` is "owner/name" as it was last spelled, ``project`` what the API takes for it.
    ``installation`` is that of a GitHub App, 0 without one. ``remark`` is the text of a new
    comment, ``new_labels`` were put on just now: both are a stranger's, and decide no more than
    whether anything is worth a look. ``lines`` is how many the change adds and removes, -1 where
    nobody says.
    """

    forge: ForgeName
    event: str
    action: str = ""
    starts: Starts = Starts.NOTHING
    repository: str = ""
    project: str = ""
    number: int = 0
    head: str = ""
    fork: bool = False
    labels: tuple[str, ...] = ()
    new_labels: tuple[str, ...] = ()
    lines: int = -1
    comment: int = 0
    remark: str = ""
    inline: bool = False
    installation: int = 0

    @property
    def ref(self) -> str:
        """As a person names it: #7 on GitHub, !7 on GitLab."""
        return f"{'#' if self.forge == 'github' else '!'}{self.number}"

    @property
    def change_key(self) -> str:
        """The same for every push to one pull or merge request."""
        return f"{self.forge}:{self.repository.lower()}{self.ref}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body that is no event. ``why`` is in our own words."""

    why: str

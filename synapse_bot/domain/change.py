"""A Change under review: a pull request, a merge request or a local range."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_BODY = 10_000  # characters of a description that are kept


class AuthorKind(StrEnum):
    """Who made the change, as far as a forge vouches for it; git's own author is self-declared."""

    PERSON = "person"
    BOT = "bot"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """``base`` is the merge-base sha, ``head`` the head sha; "" where a bare patch has none.

    ``title``, ``body``, ``labels`` and ``intent`` come from the change: untrusted text, which
    may raise scrutiny and never lower it below what paths and size demand.
    """

    ref: str  # how the user named it: "main...feature", "--staged", "patch.diff", "#123"
    base: str = ""
    head: str = ""
    repository: str = ""  # stable name of the repository: remote path or folder name
    branch: str = ""
    title: str = ""
    labels: tuple[str, ...] = ()
    intent: str = ""  # feature, fix, hotfix, refactor, docs, chore; "" is unknown
    author_kind: AuthorKind = AuthorKind.UNKNOWN
    body: str = ""  # the description, as the author wrote it
    draft: bool = False  # marked as not ready, as the forge knows it

    @property
    def key(self) -> str:
        """The same change at the same revisions, for idempotent effects."""
        return f"{self.base_key}{self.head[:12] or self.ref}"

    @property
    def base_key(self) -> str:
        """What the keys of all changes on the same base begin with."""
        return f"{self.repository}@{self.base[:12]}.."


@dataclass(frozen=True, slots=True)
class Known:
    """What a CI job tells of the merge request without any request."""

    base: str = ""
    head: str = ""
    repository: str = ""
    branch: str = ""
    title: str = ""
    labels: tuple[str, ...] = ()
    from_fork: bool = False

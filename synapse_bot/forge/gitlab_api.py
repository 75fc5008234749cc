"""How to reach GitLab: where it is, with which token, and how patient to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from synapse_bot.domain.errors import ForgeFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

API_PATH = "/api/v4"
TOKEN_HINT = (
    "Set GITLAB_TOKEN: a project access token with the scope api and the role Reporter or higher. "
    "The review is in the job's files meanwhile."
)
JOB_TOKEN = "CI_JOB_TOKEN cannot read or write notes of a merge request"
NO_TOKEN = "there is no token for GitLab"


class TokenKind(StrEnum):
    ACCESS = "access"  # personal, project or group access token
    JOB = "job"  # CI_JOB_TOKEN
    NONE = "none"


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


@dataclass(frozen=True, slots=True)
class GitLabPlace:
    """A merge request. ``api_url`` ends with /api/v4 and may have a sub-path before it."""

    api_url: str
    project: str  # numeric id, or "group/name"
    iid: int
    token: str = field(default="", repr=False)
    token_kind: TokenKind = TokenKind.NONE
    known: Known = Known()

    @property
    def root_url(self) -> str:
        """The instance's address. Raises ForgeFailed for what is none."""
        parts = urlsplit(self.api_url)
        named = parts.scheme in ("http", "https") and parts.hostname and not parts.username
        if not named or parts.query or parts.fragment:
            raise ForgeFailed(f"{self.api_url!r} is no address of a GitLab API")
        return self.api_url.rstrip("/").removesuffix(API_PATH)

    @property
    def project_path(self) -> str:
        return f"/projects/{quote(self.project, safe='')}"

    @property
    def path(self) -> str:
        return f"{self.project_path}/merge_requests/{self.iid}"

    @property
    def why_not(self) -> str:
        """Why this token can write nothing; "" where that is not known beforehand."""
        match self.token_kind:
            case TokenKind.ACCESS:
                return "" if self.token else NO_TOKEN
            case TokenKind.JOB:
                return JOB_TOKEN
            case TokenKind.NONE:
                return NO_TOKEN


@dataclass(frozen=True, slots=True)
class Connection:
    """``ca_bundle`` "" is the system's; ``proxies`` by scheme. Waits are in seconds."""

    ca_bundle: str = ""
    proxies: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 30.0
    attempts: int = 5
    backoff_s: float = 1.0
    longest_wait_s: float = 120.0

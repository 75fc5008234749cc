"""How to reach GitLab: where it is, with which token, and how patient to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from synapse_bot.domain.change import Known

API_PATH = "/api/v4"
HINT = (
    "Set GITLAB_TOKEN: a project access token with the scope api and the role Reporter or higher. "
    "The review is in the job's files meanwhile."
)
WHY_JOB = "CI_JOB_TOKEN cannot read or write notes of a merge request"
WHY_NONE = "there is no token for GitLab"


class TokenKind(StrEnum):
    ACCESS = "access"  # personal, project or group access token; on GitHub any token
    JOB = "job"  # CI_JOB_TOKEN, which cannot write notes
    NONE = "none"


@dataclass(frozen=True, slots=True)
class GitLabPlace:
    """A merge request. ``api_url`` ends with /api/v4 and may have a sub-path before it."""

    api_url: str
    project: str  # numeric id, or "group/name"
    iid: int
    token: str = field(default="", repr=False)
    token_kind: TokenKind = TokenKind.NONE
    known: Known = field(default_factory=Known)

    @property
    def root_url(self) -> str:
        """The instance's address. Raises ForgeFailed for what is none."""
        from synapse_bot.forge.http import origin_of

        origin_of(self.api_url)
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
                return "" if self.token else WHY_NONE
            case TokenKind.JOB:
                return WHY_JOB
            case TokenKind.NONE:
                return WHY_NONE


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before each further attempt when GitLab is down, in seconds."""

    backoff_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)

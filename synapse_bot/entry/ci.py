"""Where a CI runs us, read from its variables: which change, which token, where to write.

Pure: a mapping in, a frozen value out. A GitHub event's payload is given as text by whoever
opens the file; everything in it but numbers and revisions is untrusted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.change import Known
from synapse_bot.forge.gitlab_api import TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GITHUB_API = "https://api.github.com"
GITHUB_SERVER = "https://github.com"
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_MERGE_REF = re.compile(r"refs/pull/([1-9][0-9]{0,9})/(?:merge|head)")
_NO_SHA = "0" * 40


class ForgeKind(StrEnum):
    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True)
class CiContext:
    """``number`` is the pull request's, or the merge request's iid; 0 where there is none.

    ``base`` is what the CI says (a branch's tip on GitHub, the merge-base on GitLab), "" where
    it does not; ``head`` is the change's own head, never the commit that a CI merges for a test.
    ``fork`` None is not known. ``summary`` and ``output`` are paths of files to append to.
    """

    forge: ForgeKind
    api_url: str
    server_url: str = ""
    repository: str = ""  # "owner/name"; GitLab's "group/sub/name"
    project: str = ""  # GitLab's numeric id of the target project
    number: int = 0
    base: str = ""
    head: str = ""
    base_branch: str = ""
    branch: str = ""
    title: str = ""
    labels: tuple[str, ...] = ()
    event: str = ""
    action: str = ""  # what happened in it: "opened", "created"
    comment: int = 0  # the id of the comment that it is about
    by_bot: bool = False  # whether a bot made it happen, or wrote that comment
    fork: bool | None = None
    draft: bool | None = None
    token: str = field(default="", repr=False)
    token_kind: TokenKind = TokenKind.NONE
    token_from: str = ""  # the variable that held it
    run_url: str = ""
    summary: str = ""
    output: str = ""

    @property
    def may_post(self) -> bool:
        """Whether it is worth asking the forge; only the forge knows what the token may."""
        return self.number > 0 and self.token_kind is TokenKind.ACCESS


def read_ci(
    variables: Mapping[str, str], read_event: Callable[[str], str] | None = None
) -> CiContext | None:
    """The CI that ``variables`` describe; None outside of one.

    ``read_event`` gives the content of GITHUB_EVENT_PATH; what it cannot read is "".
    """
    if variables.get("GITHUB_ACTIONS") == "true":
        path = variables.get("GITHUB_EVENT_PATH", "")
        event = _object(read_event(path)) if read_event and path else {}
        return _github(variables, event)
    if variables.get("GITLAB_CI") == "true":
        return _gitlab(variables)
    return None


def find_token(variables: Mapping[str, str], forge: ForgeKind) -> tuple[str, TokenKind, str]:
    """(token, kind, name of its variable). A token of one's own goes before the job's."""
    names = {
        ForgeKind.GITHUB: ("GITHUB_TOKEN", "GH_TOKEN"),
        ForgeKind.GITLAB: ("GITLAB_TOKEN",),
    }[forge]
    for name in names:
        if token := _usable(variables.get(name, "")):
            return token, TokenKind.ACCESS, name
    if forge is ForgeKind.GITLAB and (token := _usable(variables.get("CI_JOB_TOKEN", ""))):
        return token, TokenKind.JOB, "CI_JOB_TOKEN"
    return "", TokenKind.NONE, ""


def known_of(ci: CiContext, number: int) -> Known:
    """What ``ci`` tells of the request with ``number``: nothing where the job is another's."""
    if ci.number != number:
        return Known()
    return Known(
        base=ci.base,
        head=ci.head,
        repository=ci.repository,
        branch=ci.branch,
        title=ci.title,
        labels=ci.labels,
        from_fork=bool(ci.fork),
    )


def _github(variables: Mapping[str, str], event: Mapping[str, Any]) -> CiContext:
    pull = _part(event, "pull_request")
    head, base = _part(pull, "head"), _part(pull, "base")
    token, kind, name = find_token(variables, ForgeKind.GITHUB)
    queue, comment = _part(event, "merge_group"), _part(event, "comment")
    repository = variables.get("GITHUB_REPOSITORY", "")
    server = variables.get("GITHUB_SERVER_URL") or GITHUB_SERVER
    run = variables.get("GITHUB_RUN_ID", "")
    return CiContext(
        forge=ForgeKind.GITHUB,
        api_url=variables.get("GITHUB_API_URL") or GITHUB_API,
        server_url=server,
        repository=repository,
        number=_github_number(variables, event),
        base=_sha(base.get("sha")) or _sha(queue.get("base_sha")) or _sha(event.get("before")),
        head=_github_head(variables, event),
        base_branch=_text(base.get("ref")) or variables.get("GITHUB_BASE_REF", ""),
        branch=_text(head.get("ref")) or variables.get("GITHUB_HEAD_REF", ""),
        title=_text(pull.get("title")),
        labels=tuple(_text(_dict(label).get("name")) for label in _list(pull.get("labels"))),
        event=variables.get("GITHUB_EVENT_NAME", ""),
        action=_text(event.get("action")),
        comment=_positive(comment.get("id")),
        by_bot="Bot" in (_part(event, "sender").get("type"), _part(comment, "user").get("type")),
        fork=_github_fork(pull, head, base),
        draft=pull["draft"] if isinstance(pull.get("draft"), bool) else None,
        token=token,
        token_kind=kind,
        token_from=name,
        run_url=f"{server}/{repository}/actions/runs/{run}" if run.isdigit() else "",
        summary=variables.get("GITHUB_STEP_SUMMARY", ""),
        output=variables.get("GITHUB_OUTPUT", ""),
    )


def _github_number(variables: Mapping[str, str], event: Mapping[str, Any]) -> int:
    """From the payload, the one pull request of a workflow_run, or the ref of a merge commit."""
    issue = _part(event, "issue")
    run = [_dict(pull) for pull in _list(_part(event, "workflow_run").get("pull_requests"))]
    candidates = [_part(event, "pull_request").get("number")]
    candidates += [issue.get("number")] if "pull_request" in issue else []
    candidates += [run[0].get("number")] if len(run) == 1 else []
    ref = _MERGE_REF.fullmatch(variables.get("GITHUB_REF", ""))
    candidates += [int(ref[1])] if ref else []
    return next(filter(None, map(_positive, candidates)), 0)


def _github_head(variables: Mapping[str, str], event: Mapping[str, Any]) -> str:
    """GITHUB_SHA is the change's head only where nobody merged it for a test."""
    pull, run = _part(event, "pull_request"), _part(event, "workflow_run")
    named = _sha(_part(pull, "head").get("sha")) or _sha(run.get("head_sha"))
    if named or variables.get("GITHUB_EVENT_NAME", "").startswith(("pull_request", "issue")):
        return named
    return _sha(variables.get("GITHUB_SHA"))


def _github_fork(
    pull: Mapping[str, Any], head: Mapping[str, Any], base: Mapping[str, Any]
) -> bool | None:
    """By the repositories' numbers; the head's is gone when the fork is."""
    if not pull:
        return None
    target = _part(base, "repo").get("id")
    source = _part(head, "repo").get("id")
    if type(target) is not int:
        return None
    return source != target


def _gitlab(variables: Mapping[str, str]) -> CiContext:
    token, kind, name = find_token(variables, ForgeKind.GITLAB)
    target = variables.get("CI_MERGE_REQUEST_PROJECT_ID", "")
    source = variables.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "")
    server = variables.get("CI_SERVER_URL", "")
    title = variables.get("CI_MERGE_REQUEST_TITLE", "")
    iid = variables.get("CI_MERGE_REQUEST_IID", "")
    head = _sha(variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"))  # set for merged results
    return CiContext(
        forge=ForgeKind.GITLAB,
        api_url=variables.get("CI_API_V4_URL") or (f"{server}/api/v4" if server else ""),
        server_url=server,
        repository=variables.get("CI_MERGE_REQUEST_PROJECT_PATH")
        or variables.get("CI_PROJECT_PATH", ""),
        project=target or variables.get("CI_PROJECT_ID", ""),
        number=int(iid) if _NUMBER.fullmatch(iid) else 0,
        base=_sha(variables.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"))
        or _sha(variables.get("CI_COMMIT_BEFORE_SHA")),
        head=head or _sha(variables.get("CI_COMMIT_SHA")),
        base_branch=variables.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""),
        branch=variables.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")
        or variables.get("CI_COMMIT_REF_NAME", ""),
        title=title,
        labels=tuple(filter(None, variables.get("CI_MERGE_REQUEST_LABELS", "").split(","))),
        event=variables.get("CI_PIPELINE_SOURCE", ""),
        fork=source != target if source and target else None,
        draft=title.startswith(("Draft:", "[Draft]", "(Draft)")) if title else None,
        token=token,
        token_kind=kind,
        token_from=name,
        run_url=variables.get("CI_JOB_URL", ""),
    )


def _usable(token: str) -> str:
    """A variable that GitLab did not expand, or blanks, is no token."""
    token = token.strip()
    return "" if token.startswith("$") else token


def _object(text: str) -> Mapping[str, Any]:
    try:
        return _dict(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _dict(value.get(name))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _positive(value: object) -> int:
    """A number of the forge; 0 for anything else, true among it."""
    return value if type(value) is int and value > 0 else 0


def _sha(value: object) -> str:
    """A full commit id; "" for anything else and for the null one."""
    text = _text(value)
    return text if _SHA.fullmatch(text) and not text.startswith(_NO_SHA) else ""

"""GitHub's API by way of PyGithub, which is imported here and nowhere else.

PyGithub gives authentication, addresses (GitHub Enterprise too) and the reading of errors. Its
own retries, pauses and links are off: a write is repeated only after a look whether it was
applied, all writes go through one limiter, and no address that an answer names is followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import requests
from github import Auth, Github, GithubException
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass

from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, ForgeFailed, SynapseError
from synapse_bot.forge.github_calls import Missing, PullPlace, Row
from synapse_bot.forge.github_forge import GitHubForge
from synapse_bot.forge.http import AnswerLost, BoundSession, Rejected, origin_of
from synapse_bot.forge.limiter import Limiter, rate_limit_wait_s
from synapse_bot.forge.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_bot.domain.origin import Origin
    from synapse_bot.forge.github_forge import Checkout

API_URL = "https://api.github.com"
API_VERSION = "2022-11-28"
PAGE = 100
_READ_ATTEMPTS = 4
_T = TypeVar("_T")
_NO_TOKEN = "Set GITHUB_TOKEN: in a workflow `${{ github.token }}`."  # noqa: S105 - a hint
_READ_ONLY = (
    "Give the job `pull-requests: write` (and `checks: write`). A fork's pull request gets a "
    "read-only token: post from a second workflow on `workflow_run`."
)


def open_github(
    place: PullPlace,
    token: str,
    *,
    transport: Transport,
    api_url: str = API_URL,
    checkout: Checkout | None = None,
    limiter: Limiter | None = None,
) -> GitHubForge:
    """The pull request at ``place``. ``api_url`` of GitHub Enterprise ends with /api/v3.

    ``checkout`` opens the local repository for a range of commits; where it has both, the diff
    comes from git. Raises ForgeDenied without a token, ForgeFailed for a wrong address.
    """
    if not token:
        raise ForgeDenied("there is no token for GitHub", _NO_TOKEN)
    calls = GitHubCalls(token, api_url=api_url, transport=transport, limiter=limiter or Limiter())
    return GitHubForge(calls, place, checkout)


class GitHubCalls:
    """github_calls.Calls on PyGithub's requester."""

    def __init__(self, token: str, *, api_url: str, transport: Transport, limiter: Limiter) -> None:
        self._limiter = limiter
        origin = origin_of(api_url)
        client = Github(
            auth=Auth.Token(token),
            base_url=api_url.rstrip("/"),
            timeout=int(transport.timeout_s),
            user_agent="synapse-bot",
            per_page=PAGE,
            verify=transport.ca_bundle or True,
            retry=0,
            seconds_between_requests=0,
            seconds_between_writes=0,
            api_version=API_VERSION,
        )
        self._requester = client.requester
        # PyGithub has no public way to give one client its own session: the injection that it
        # has is for the whole process, and its sessions read the environment.
        kind = _connection_class(transport, origin)
        setattr(self._requester, "_Requester__connectionClass", kind)  # noqa: B010

    def get(self, path: str, **query: object) -> Any:
        return self._read(path, query)[1]

    def pages(self, path: str, *, key: str = "", most: int = 0, **query: object) -> list[Row]:
        rows: list[Row] = []
        page = 1
        while True:
            headers, data = self._read(path, {**query, "per_page": PAGE, "page": page})
            found = data.get(key) if key and isinstance(data, dict) else data
            if not isinstance(found, list):
                raise ForgeFailed(f"GitHub's answer to {path} is not a list")
            rows += [row for row in found if isinstance(row, dict)]
            if 'rel="next"' not in str(headers.get("link", "")) or (most and len(rows) >= most):
                return rows
            page += 1

    def write(self, verb: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        while True:
            self._limiter.before_write()
            try:
                return self._send(verb, path, {}, body)[1]
            except _RateLimited as limited:
                self._limiter.pause(limited.wait_s, str(limited))

    def graphql(self, query: str, variables: Mapping[str, object], *, writes: bool = False) -> Row:
        url = self._requester.graphql_url
        body = {"query": query, "variables": dict(variables)}
        if writes:
            answer = self.write("POST", url, body)
        else:
            answer = self._patiently(lambda: self._send("POST", url, {}, body)[1], url)
        errors = answer.get("errors") if isinstance(answer, dict) else None
        if errors:
            first = errors[0] if isinstance(errors[0], dict) else {}
            raise ForgeDenied(f"GitHub refuses: {str(first.get('message', ''))[:300]}", _READ_ONLY)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise ForgeFailed("GitHub's answer to a GraphQL query has no data")
        return data

    def rest(self, seconds: float, why: str) -> None:
        self._limiter.pause(seconds, why)

    def _read(self, path: str, query: Mapping[str, object]) -> tuple[dict[str, Any], Any]:
        return self._patiently(lambda: self._send("GET", path, query, None), path)

    def _patiently(self, send: Callable[[], _T], path: str) -> _T:
        attempt = 0
        while True:
            try:
                return send()
            except _RateLimited as limited:
                self._limiter.pause(limited.wait_s, str(limited))
            except AnswerLost as lost:
                attempt += 1
                if attempt >= _READ_ATTEMPTS:
                    raise ForgeBusy(f"GitHub does not answer {path}: {lost}") from lost
                self._limiter.pause(2.0**attempt / 2, str(lost))

    def _send(
        self, verb: str, path: str, query: Mapping[str, object], body: Mapping[str, object] | None
    ) -> tuple[dict[str, Any], Any]:
        try:
            headers, data = self._requester.requestJsonAndCheck(
                verb, path, parameters=dict(query), input=None if body is None else dict(body)
            )
        except GithubException as refused:
            raise self._error(refused, f"{verb} {path}") from refused
        except (requests.RequestException, ValueError) as broken:
            raise AnswerLost(f"no answer to {verb} {path} ({type(broken).__name__})") from broken
        except (RuntimeError, AssertionError) as elsewhere:  # PyGithub's words for a redirect
            raise ForgeFailed(f"GitHub sends us elsewhere: {elsewhere}") from elsewhere
        if data is not None and "json" not in str(headers.get("content-type", "")):
            raise AnswerLost(f"{verb} {path} is answered by a page: a proxy's, or a login")
        return headers, data

    def _error(self, refused: GithubException, what: str) -> SynapseError:
        headers = {name.lower(): str(value) for name, value in (refused.headers or {}).items()}
        message = _message(refused.data) or str(refused.message or "")
        wait_s = rate_limit_wait_s(refused.status, headers, message, self._limiter.wall())
        if wait_s is not None:
            return _RateLimited(f"GitHub's rate limit ({refused.status}): {message}", wait_s)
        text = f"{what}: {refused.status} {message}".strip()
        match refused.status:
            case 401:
                return ForgeDenied(f"GitHub does not accept the token ({text})", _NO_TOKEN)
            case 403:
                needs = headers.get("x-accepted-github-permissions")
                why = f"; it takes {needs}" if needs else ""
                return ForgeDenied(f"GitHub does not allow {text}{why}", _READ_ONLY)
            case 404 | 410:
                return Missing(f"GitHub does not know {text}")
            case 409 | 422:
                return Rejected(f"GitHub rejects {text}")
            case status if status >= 500:
                return AnswerLost(f"GitHub fails at {text}")
        return ForgeFailed(f"GitHub answers {text}")


class _RateLimited(ForgeBusy):
    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message, retry_after_s=wait_s)
        self.wait_s = wait_s


def _message(data: Any) -> str:
    """The words of an error, with its details; 500 characters."""
    if not isinstance(data, dict):
        return str(data or "")[:500]
    details = "; ".join(
        str(item.get("message") or item.get("code") or "") if isinstance(item, dict) else str(item)
        for item in data.get("errors") or ()
    )
    return f"{data.get('message') or data.get('data') or ''} {details}".strip()[:500]


def _connection_class(transport: Transport, origin: Origin) -> type[Any]:
    base: type[Any] = (
        HTTPSRequestsConnectionClass if origin.scheme == "https" else HTTPRequestsConnectionClass
    )

    def bound(self: Any, host: str, port: int | None = None, **options: Any) -> None:
        base.__init__(self, host, port, **options)
        self.session.close()
        self.session = BoundSession(transport, origin)
        self.session.hooks["response"].append(_refuse_redirect)

    return type("BoundConnection", (base,), {"__init__": bound})


def _refuse_redirect(response: requests.Response, **_: object) -> None:
    """PyGithub takes a 307, which a renamed repository answers to a POST, for a success."""
    if 300 <= response.status_code < 400:
        raise ForgeFailed(
            f"GitHub redirects ({response.status_code}): the repository or the API has moved",
            "Give the repository's present name and the address of the API itself.",
        )

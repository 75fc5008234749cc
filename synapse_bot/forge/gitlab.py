"""GitLab's API by python-gitlab: the only file that imports it.

What is read and written is in gitlab_forge.py and gitlab_posting.py; here is how: patience,
refusals, pages, one write at a time.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import gitlab
import requests

from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, ForgeFailed
from synapse_bot.forge.gitlab_api import HINT, GitLabPlace, Patience, TokenKind
from synapse_bot.forge.gitlab_calls import GitLabMissing, GitLabRejected
from synapse_bot.forge.gitlab_forge import GitLabForge
from synapse_bot.forge.http import BoundSession, origin_of
from synapse_bot.forge.limiter import Limiter, rate_limit_wait_s
from synapse_bot.forge.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_bot.forge.gitlab_calls import Row
    from synapse_bot.forge.local import LocalForge
    from synapse_bot.forge.revisions import Range

_T = TypeVar("_T")
PER_PAGE = 100
_TRANSIENT = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


class _Unclear(Exception):
    """No answer, or none that tells whether the request was carried out."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class _NotDone(_Unclear):
    """Certainly not carried out: too many requests."""


class GitLabApi:
    """gitlab_calls.Calls over one session. Credentials never follow a redirect."""

    def __init__(
        self,
        place: GitLabPlace,
        transport: Transport,
        limiter: Limiter,
        patience: Patience,
        sleep: Callable[[float], None],
    ) -> None:
        session = BoundSession(transport, origin_of(place.root_url))
        session.hooks["response"].append(self._note_headers)
        self._limiter = limiter
        self._patience = patience
        self._sleep = sleep
        self._lock = threading.Lock()
        self._headers: Mapping[str, str] = {}
        self._client = gitlab.Gitlab(
            place.root_url,
            private_token=place.token if place.token_kind is TokenKind.ACCESS else None,
            job_token=place.token if place.token_kind is TokenKind.JOB else None,
            ssl_verify=transport.ca_bundle or True,
            timeout=transport.timeout_s,
            session=session,
            keep_base_url=True,
        )

    def get(self, path: str, /, **query: object) -> Any:
        return _json(self.fetch(path, **query))

    def fetch(self, path: str, /, **query: object) -> requests.Response:
        """One answer as it is. Raises ForgeDenied, ForgeBusy, ForgeFailed."""
        return self._patiently(lambda: self._once("get", path, query=query, json=True))

    def raw(self, path: str, /, **query: object) -> bytes:
        """The body of one answer that is no JSON."""
        return self._patiently(lambda: self._once("get", path, query=query)).content

    def pages(self, path: str, /, **query: object) -> list[Row]:
        """All pages. Their addresses are made here: a Link header could lead elsewhere."""
        rows: list[Row] = []
        at: dict[str, str] = {"page": "1"}
        while at:
            answer = self.fetch(path, **query, **at, per_page=PER_PAGE)
            found = _json(answer)
            if not isinstance(found, list):
                raise ForgeFailed(f"GitLab answers {path} with something else than a list")
            rows += [row for row in found if isinstance(row, dict)]
            at = _following(answer, at)
        return rows

    def put(self, path: str, body: Mapping[str, object]) -> Any:
        return _json(self._patiently(lambda: self._once("put", path, body=body, json=True)))

    def delete(self, path: str) -> None:
        try:
            self._patiently(lambda: self._once("delete", path))
        except GitLabMissing:
            return

    def post(self, path: str, body: Mapping[str, object], landed: Callable[[], Row | None]) -> Row:
        doubt = False

        def attempt() -> Row:
            nonlocal doubt
            if doubt and (found := landed()) is not None:
                return found
            doubt = False
            try:
                answer = self._once("post", path, body=body, json=True)
            except _NotDone:
                raise
            except _Unclear:
                doubt = True
                raise
            row = _json(answer)
            return row if isinstance(row, dict) else {}

        return self._patiently(attempt)

    def _patiently(self, attempt: Callable[[], _T]) -> _T:
        """``attempt`` until it has an answer. Raises ForgeBusy when patience is at its end."""
        for wait_s in (*self._patience.backoff_s, None):
            try:
                return attempt()
            except _NotDone as busy:
                last: _Unclear = busy
                self._limiter.pause(busy.wait_s, str(busy))
            except _Unclear as unclear:
                last = unclear
                if wait_s is not None:
                    self._sleep(wait_s)
        raise ForgeBusy(f"GitLab: {last}")

    def _once(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        json: bool = False,
    ) -> requests.Response:
        try:
            return self._send(verb, path, query, body, json=json)
        except requests.exceptions.SSLError as error:
            raise ForgeFailed(
                f"GitLab's certificate is not trusted: {error}",
                "Name the authority's bundle: CI_SERVER_TLS_CA_FILE, SSL_CERT_FILE.",
            ) from error
        except (requests.TooManyRedirects, gitlab.exceptions.RedirectError) as error:
            raise ForgeFailed(
                "GitLab redirects: a token never follows", "Give the API's final address."
            ) from error
        except gitlab.exceptions.GitlabHttpError as error:
            raise self._refusal(path, error) from error
        except gitlab.exceptions.GitlabAuthenticationError as error:
            raise ForgeDenied(f"GitLab does not accept the token ({path})", HINT) from error
        except requests.RequestException as error:
            raise _Unclear(f"no answer to {verb.upper()} {path}: {type(error).__name__}") from error

    def _send(
        self,
        verb: str,
        path: str,
        query: Mapping[str, object] | None,
        body: Mapping[str, object] | None,
        *,
        json: bool,
    ) -> requests.Response:
        with self._lock:
            if verb != "get":
                self._limiter.before_write()
            self._headers = {}
            answer = self._client.http_request(
                verb,
                path,
                query_data=dict(query or {}),
                post_data=dict(body) if body is not None else None,
                obey_rate_limit=False,
                retry_transient_errors=False,
            )
            if json and answer.content:
                _check_json(answer, path)
            return answer

    def _note_headers(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """python-gitlab's errors hold no headers."""
        self._headers = {name.lower(): value for name, value in response.headers.items()}

    def _refusal(self, path: str, error: gitlab.exceptions.GitlabHttpError) -> Exception:
        code, said = error.response_code or 0, _short(error.error_message)
        wait_s = rate_limit_wait_s(code, self._headers, said, self._limiter.wall())
        if wait_s is not None:
            return _NotDone(f"GitLab: too many requests ({path})", wait_s)
        if code in _TRANSIENT:
            return _Unclear(f"{code} for {path}")
        if code == 403:
            return ForgeDenied(f"GitLab refuses {path}: {said}", HINT)
        if code == 404:
            return GitLabMissing(f"GitLab knows no {path}, or hides it from this token: {said}")
        if code in (400, 409, 413, 422):
            return GitLabRejected(f"GitLab does not take {path}: {said}")
        return ForgeFailed(f"GitLab answers {path} with {code}: {said}")


def open_gitlab(
    place: GitLabPlace,
    *,
    transport: Transport | None = None,
    open_local: Callable[[Range], LocalForge] | None = None,
    limiter: Limiter | None = None,
    patience: Patience | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> GitLabForge:
    """The forge of one merge request. No request is made yet. Raises ForgeFailed for a bad address.

    ``open_local`` opens the repository at hand for a range of commits; None where there is none.
    """
    pace = limiter or Limiter(sleep=sleep)
    api = GitLabApi(place, transport or Transport(), pace, patience or Patience(), sleep)
    return GitLabForge(place, api, open_local=open_local, sleep=sleep)


def _following(answer: requests.Response, at: Mapping[str, str]) -> dict[str, str]:
    """What to ask for the next page with: a number, or a keyset's token; {} behind the last."""
    number = answer.headers.get("x-next-page", "")
    if number.isdigit() and int(number) > int(at.get("page", "0")):
        return {"page": number}
    query = parse_qs(urlsplit(answer.links.get("next", {}).get("url", "")).query)
    token = query.get("page_token", [""])[0]
    return {"page_token": token} if token and token != at.get("page_token") else {}


def _check_json(answer: requests.Response, path: str) -> None:
    """Half a body, or a proxy's page, is no answer at all."""
    try:
        answer.json()
    except ValueError as error:
        raise _Unclear(f"{path} is answered by something that is no JSON") from error


def _json(answer: requests.Response) -> Any:
    return answer.json() if answer.content else {}


def _short(message: object) -> str:
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
    return " ".join(text.split())[:300]

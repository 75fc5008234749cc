"""A merge request on GitLab, by python-gitlab: the only file that imports it.

What GitLab's objects look like is in gitlab_diff.py, gitlab_notes.py and gitlab_positions.py; how
a Delta is written is in gitlab_posting.py. Content comes from a local repository where it has
both revisions, else from the API.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import quote

import gitlab
import requests

from synapse_bot.domain.change import AuthorKind, Change
from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, ForgeFailed, SynapseError
from synapse_bot.domain.review import Verdict
from synapse_bot.forge.base import HeadText
from synapse_bot.forge.gitlab_api import TOKEN_HINT, Connection, GitLabPlace, TokenKind
from synapse_bot.forge.gitlab_calls import GitLabMissing, GitLabRejected
from synapse_bot.forge.gitlab_diff import diff_of
from synapse_bot.forge.gitlab_positions import DiffRefs
from synapse_bot.forge.gitlab_posting import Poster
from synapse_bot.forge.intent import intent_of
from synapse_bot.forge.posting import Access
from synapse_bot.forge.revisions import Range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.posting import Delta, Existing, Posted, SummaryDelta
    from synapse_bot.forge.gitlab_calls import Row
    from synapse_bot.forge.local import LocalForge
    from synapse_bot.forge.posting import Status

_T = TypeVar("_T")
PER_PAGE = 100
DEVELOPER = 30
DESCRIPTION = 255  # characters of a status's description
_STATES = {Verdict.PASS: "success", Verdict.FAIL: "failed", Verdict.INCOMPLETE: "skipped"}
_OLD_NEUTRAL = "canceled"  # for versions before 17.8, which do not take "skipped" from outside
_TRANSIENT = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


class Pace(Protocol):
    """Holds writes apart; see forge/limiter.py."""

    def before_write(self) -> None:
        """Returns when the next write may go out."""
        ...


@dataclass
class SteadyPace:
    """One write in ``interval_s`` seconds."""

    interval_s: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    _next: float = 0.0

    def before_write(self) -> None:
        now = time.monotonic()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + self.interval_s


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
        connection: Connection,
        pace: Pace,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        session = requests.Session()
        session.trust_env = False  # the door has read the environment; no netrc either
        session.max_redirects = 0
        session.proxies.update(connection.proxies)
        session.hooks["response"].append(self._note_wait)
        self._connection = connection
        self._pace = pace
        self._sleep = sleep
        self._lock = threading.Lock()
        self._retry_after = ""
        self._client = gitlab.Gitlab(
            place.root_url,
            private_token=place.token if place.token_kind is TokenKind.ACCESS else None,
            job_token=place.token if place.token_kind is TokenKind.JOB else None,
            ssl_verify=connection.ca_bundle or True,
            timeout=connection.timeout_s,
            session=session,
            keep_base_url=True,
        )

    def get(self, path: str, **query: object) -> Any:
        return _json(self.fetch(path, **query))

    def fetch(self, path: str, **query: object) -> requests.Response:
        """One answer as it is. Raises ForgeDenied, ForgeBusy, ForgeFailed."""
        return self._patiently(lambda: self._once("get", path, query=query, json=True))

    def raw(self, path: str, **query: object) -> bytes:
        """The body of one answer that is no JSON."""
        return self._patiently(lambda: self._once("get", path, query=query)).content

    def pages(self, path: str, **query: object) -> list[Row]:
        """All pages. Their addresses are made here: a Link header could lead elsewhere."""
        rows: list[Row] = []
        page = "1"
        while page:
            answer = self.fetch(path, **query, page=page, per_page=PER_PAGE)
            found = _json(answer)
            if not isinstance(found, list):
                raise ForgeFailed(f"GitLab answers {path} with something else than a list")
            rows += [row for row in found if isinstance(row, dict)]
            following = answer.headers.get("x-next-page", "")
            page = following if following.isdigit() and int(following) > int(page) else ""
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
        limits = self._connection
        for tries in range(limits.attempts):
            try:
                return attempt()
            except _Unclear as unclear:
                last = unclear
            wait = last.wait_s or limits.backoff_s * 2**tries
            if tries + 1 < limits.attempts and wait <= limits.longest_wait_s:
                self._sleep(wait)
                continue
            break
        raise ForgeBusy(f"GitLab: {last}", retry_after_s=last.wait_s)

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
            raise ForgeDenied(f"GitLab does not accept the token ({path})", TOKEN_HINT) from error
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
                self._pace.before_write()
            self._retry_after = ""
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

    def _note_wait(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """python-gitlab's errors hold no headers."""
        self._retry_after = response.headers.get("retry-after", "")

    def _refusal(self, path: str, error: gitlab.exceptions.GitlabHttpError) -> Exception:
        code, said = error.response_code, _short(error.error_message)
        wait = float(self._retry_after) if self._retry_after.isdigit() else 0.0
        if code == 429 or (code == 403 and self._retry_after):
            return _NotDone(f"too many requests ({path})", wait)
        if code in _TRANSIENT:
            return _Unclear(f"{code} for {path}", wait)
        if code == 403:
            return ForgeDenied(f"GitLab refuses {path}: {said}", TOKEN_HINT)
        if code == 404:
            return GitLabMissing(f"GitLab knows no {path}, or hides it from this token: {said}")
        if code in (400, 409, 413, 422):
            return GitLabRejected(f"GitLab does not take {path}: {said}")
        return ForgeFailed(f"GitLab answers {path} with {code}: {said}")


class GitLabForge:
    """Reads and writes one merge request.

    ``open_local`` opens the repository at hand for a range of commits; None where there is none.
    """

    def __init__(
        self,
        place: GitLabPlace,
        *,
        connection: Connection | None = None,
        open_local: Callable[[Range], LocalForge] | None = None,
        pace: Pace | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place
        self._open_local = open_local
        self._sleep = sleep
        self._api = GitLabApi(place, connection or Connection(), pace or SteadyPace(), sleep)
        self._row: Row | None = None
        self._local: LocalForge | None = None
        self._diff: Diff | None = None
        self._access: Access | None = None

    @property
    def is_draft(self) -> bool:
        """Whether the merge request, once read, is marked as a draft."""
        return bool((self._row or {}).get("draft"))

    async def change(self) -> Change:
        """The merge request. Raises ForgeDenied, ForgeBusy, ForgeFailed."""
        return await asyncio.to_thread(self._change)

    async def diff(self, change: Change) -> Diff:
        """The diff of the newest version; files that GitLab leaves out carry an error."""
        return await asyncio.to_thread(self._read_diff, change)

    async def head_texts(self, change: Change, paths: Iterable[str]) -> Mapping[str, HeadText]:
        """Content at the head: from the repository at hand, else one request a file."""
        if self._local is not None:
            return await self._local.head_texts(change, paths)
        return await asyncio.to_thread(lambda: {path: self._head(change, path) for path in paths})

    async def base_text(self, change: Change, path: str) -> bytes | None:
        """Content at the merge-base; None where there is none."""
        if self._local is not None:
            return await self._local.base_text(change, path)
        return await asyncio.to_thread(self._raw, change.base, path)

    async def base_paths(self, change: Change, prefix: str) -> tuple[str, ...]:
        """Paths of the files below ``prefix`` at the merge-base, sorted."""
        if self._local is not None:
            return await self._local.base_paths(change, prefix)
        return await asyncio.to_thread(self._base_paths, change, prefix)

    async def access(self, change: Change) -> Access:
        """Who the token is. Known without a request for a job's token, which may not write."""
        return await asyncio.to_thread(self._read_access)

    async def existing(self, change: Change) -> tuple[Existing, ...]:
        """Every comment with a marker, of any author and instance."""
        return await asyncio.to_thread(lambda: self._poster().existing())

    async def post(
        self, change: Change, delta: Delta, summary: SummaryDelta | None, *, key: str
    ) -> Posted:
        """Apply ``delta`` and ``summary``; see gitlab_posting.py. ``key`` is that of the run."""
        return await asyncio.to_thread(lambda: self._poster().post(delta, summary))

    async def set_status(self, change: Change, status: Status) -> str:
        """An external status of the head; its address. Incomplete is neither good nor bad."""
        return await asyncio.to_thread(self._set_status, change, status)

    async def add_labels(self, change: Change, labels: tuple[str, ...]) -> None:
        """Add those of ``labels`` that the merge request lacks; a comma cannot be in one."""
        await asyncio.to_thread(self._add_labels, labels)

    async def may_command(self, change: Change, author_id: str, login: str) -> bool:
        """Whether the member with this id is a Developer or higher. ``login`` is not asked."""
        return await asyncio.to_thread(self._may_command, author_id)

    def _change(self) -> Change:
        if self._place.token_kind is not TokenKind.ACCESS:
            found = self._known()
        else:
            found = self._changed(self._merge_request())
        self._local = self._local_at(found)
        return found

    def _known(self) -> Change:
        """What the job's variables say: its token may not even read the merge request."""
        known = self._place.known
        if not (known.base and known.head):
            raise ForgeDenied(self._place.why_not, TOKEN_HINT)
        return Change(
            ref=f"!{self._place.iid}",
            base=known.base,
            head=known.head,
            repository=known.repository or self._place.project,
            branch=known.branch,
            title=known.title,
            labels=known.labels,
            intent=intent_of(known.title, known.branch),
        )

    def _changed(self, row: Row) -> Change:
        refs = self._refs()
        title, branch = str(row.get("title") or ""), str(row.get("source_branch") or "")
        full = str((row.get("references") or {}).get("full") or "")
        return Change(
            ref=f"!{self._place.iid}",
            base=refs.base,
            head=refs.head,
            repository=full.rpartition("!")[0] or self._place.project,
            branch=branch,
            title=title,
            labels=tuple(str(label) for label in row.get("labels") or ()),
            intent=intent_of(title, branch),
            author_kind=self._author_kind(row),
        )

    def _author_kind(self, row: Row) -> AuthorKind:
        """By the user's record, never by a name that ends in "bot"."""
        number = (row.get("author") or {}).get("id")
        if type(number) is not int:
            return AuthorKind.UNKNOWN
        try:
            person = self._api.get(f"/users/{number}")
        except (ForgeDenied, GitLabMissing):
            return AuthorKind.UNKNOWN
        if not isinstance(person, dict) or "bot" not in person:
            return AuthorKind.UNKNOWN
        return AuthorKind.BOT if person["bot"] else AuthorKind.PERSON

    def _merge_request(self) -> Row:
        """The merge request. GitLab computes ``diff_refs`` a moment after a push."""
        if self._row is None:
            for wait in (1.0, 2.0, 4.0, None):
                row = self._api.get(self._place.path)
                if isinstance(row, dict) and row.get("diff_refs"):
                    self._row = row
                    break
                if wait is None:
                    raise ForgeBusy(f"GitLab has not prepared !{self._place.iid} yet")
                self._sleep(wait)
        assert self._row is not None
        return self._row

    def _refs(self) -> DiffRefs:
        refs = self._merge_request()["diff_refs"]
        names = ("base_sha", "start_sha", "head_sha")
        if not isinstance(refs, dict) or not all(refs.get(name) for name in names):
            raise ForgeFailed(f"GitLab names no revisions of !{self._place.iid}")
        return DiffRefs(*(str(refs[name]) for name in names))

    def _local_at(self, change: Change) -> LocalForge | None:
        """The repository at hand, where it has exactly the revisions that GitLab compares."""
        if self._open_local is None:
            return None
        try:
            found = self._open_local(Range(change.base, change.head))
            revisions = found.revisions()
        except SynapseError:  # no repository here, or a shallow one: the API has it too
            return None
        same = (revisions.base, revisions.head) == (change.base, change.head)
        return found if same else None

    def _read_diff(self, change: Change) -> Diff:
        if self._local is not None:
            return asyncio.run(self._local.diff(change))
        if self._place.token_kind is not TokenKind.ACCESS:
            raise ForgeDenied(
                f"{self._place.why_not}, and the clone does not hold both revisions",
                "Set GIT_DEPTH: 0 in the job, or GITLAB_TOKEN.",
            )
        if self._diff is None:
            count = str(self._merge_request().get("changes_count") or "")
            self._diff = diff_of(self._api.pages(f"{self._place.path}/diffs"), count)
        return self._diff

    def _head(self, change: Change, path: str) -> HeadText:
        file = self._read_diff(change).by_path.get(path)
        if file is not None and not file.readable:
            return HeadText(error=file.error or f"a {file.status} {file.kind}, not read")
        content = self._raw(change.head, path)
        return HeadText(error="GitLab has no such file") if content is None else HeadText(content)

    def _raw(self, revision: str, path: str) -> bytes | None:
        where = f"{self._place.project_path}/repository/files/{quote(path, safe='')}/raw"
        try:
            return self._api.raw(where, ref=revision)
        except GitLabMissing:
            return None

    def _base_paths(self, change: Change, prefix: str) -> tuple[str, ...]:
        where = f"{self._place.project_path}/repository/tree"
        query = {"ref": change.base, "path": prefix.strip("/"), "recursive": "true"}
        try:
            rows = self._api.pages(where, **query)
        except GitLabMissing:
            return ()
        regular = (row for row in rows if str(row.get("mode", "")).startswith("100"))
        return tuple(sorted(str(row.get("path")) for row in regular))

    def _read_access(self) -> Access:
        if self._access is None:
            self._access = self._find_access()
        return self._access

    def _find_access(self) -> Access:
        known = self._place.known
        if self._place.why_not:
            return Access("", "", known.from_fork, self._place.why_not, TOKEN_HINT)
        user, row = self._api.get("/user"), self._merge_request()
        fork = row.get("source_project_id") != row.get("target_project_id")
        why_not = self._lacking_scope()
        hint = TOKEN_HINT if why_not else ""
        return Access(str(user["id"]), str(user.get("username")), fork, why_not, hint)

    def _lacking_scope(self) -> str:
        try:
            token = self._api.get("/personal_access_tokens/self")
        except (ForgeDenied, ForgeFailed):  # versions before 15.5, or an OAuth token
            return ""
        scopes = token.get("scopes") if isinstance(token, dict) else None
        if not isinstance(scopes, list) or "api" in scopes:
            return ""
        return f"the token's scope is {', '.join(map(str, scopes)) or 'empty'}, not api"

    def _poster(self) -> Poster:
        access = self._read_access()
        if access.why_not:
            raise ForgeDenied(access.why_not, access.hint)
        web_url = str(self._merge_request().get("web_url") or "")
        path = self._place.path
        return Poster(self._api, path, self._refs(), access.author_id, web_url)

    def _set_status(self, change: Change, status: Status) -> str:
        if self._place.why_not:
            return ""
        state = _STATES[status.verdict]
        states = (state, _OLD_NEUTRAL) if state == "skipped" else (state,)
        try:
            for candidate in states:
                if self._is_set(change, status, candidate):
                    return status.url
            for candidate in states:
                try:
                    self._write_status(change, status, candidate)
                except GitLabRejected as rejected:
                    if "transition" in str(rejected):
                        return status.url  # an older version, and the state is that one already
                    if candidate == states[-1]:
                        raise
                else:
                    return status.url
        except (ForgeDenied, GitLabMissing):
            return ""
        return ""

    def _is_set(self, change: Change, status: Status, state: str) -> bool:
        where = f"{self._place.project_path}/repository/commits/{change.head}/statuses"
        rows = self._api.pages(where, name=status.name)
        said = (state, _one_line(status.title))
        return any((row.get("status"), row.get("description")) == said for row in rows[-1:])

    def _write_status(self, change: Change, status: Status, state: str) -> None:
        body: dict[str, object] = {
            "state": state,
            "name": status.name,
            "description": _one_line(status.title),
        }
        if status.url:
            body["target_url"] = status.url
        where = f"{self._place.project_path}/statuses/{change.head}"
        self._api.post(where, body, lambda: {} if self._is_set(change, status, state) else None)

    def _add_labels(self, labels: tuple[str, ...]) -> None:
        if self._place.why_not:
            raise ForgeDenied(self._place.why_not, TOKEN_HINT)
        held = self._merge_request().get("labels") or ()
        lacking = [label for label in labels if label not in held and "," not in label]
        if lacking:
            self._row = self._api.put(self._place.path, {"add_labels": ",".join(lacking)})

    def _may_command(self, author_id: str) -> bool:
        if not (author_id.isascii() and author_id.isdigit()):
            return False
        where = f"{self._place.project_path}/members/all/{author_id}"
        try:
            member = self._api.get(where)
        except GitLabMissing:
            return False
        if not isinstance(member, dict) or str(member.get("id")) != author_id:
            return False
        level = member.get("access_level")
        return type(level) is int and level >= DEVELOPER


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


def _one_line(title: str) -> str:
    text = " ".join(title.split())
    return text if len(text) <= DESCRIPTION else f"{text[: DESCRIPTION - 1]}…"

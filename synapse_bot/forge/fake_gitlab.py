"""A stateful GitLab for tests: the endpoints that a review uses, with GitLab's own refusals.

Serve it with ``Loopback(FaultyApp(fake.app, plan))``. What is checked here and not by any
description: positions against the diff, roles and scopes, pages, drafts and their publication,
state transitions of a commit's status.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synapse_bot.forge.fake_gitlab_positions import (
    SCHEMA_FAULT,
    PositionIndex,
    range_has_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request

REPORTER, DEVELOPER = 20, 30
MAX_BODY = 1_000_000
MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class FakeUser:
    id: int
    username: str
    level: int = DEVELOPER  # in the one project; 0 is no member
    bot: bool = False


@dataclass(frozen=True, slots=True)
class FakeToken:
    """``kind`` is "private" or "job"; a job token can do nothing with merge requests."""

    user: FakeUser
    scopes: tuple[str, ...] = ("api",)
    kind: str = "private"


@dataclass
class FakeFeatures:
    """What a version of GitLab has, or has not."""

    drafts: bool = True
    file_positions: bool = True
    skipped_status: bool = True
    same_status_again: bool = False  # older versions answer 400 to the same state


class Refusal(Exception):
    """An answer that ends the request."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


@dataclass
class FakeGitLab:
    """One project with one merge request. ``root`` is the sub-path of a self-managed instance."""

    entries: list[dict[str, Any]]
    refs: dict[str, str]
    tokens: dict[str, FakeToken]
    root: str = ""
    project_id: int = 11
    project_path: str = "group/shop"
    source_project_id: int = 11
    iid: int = 7
    author: FakeUser = field(default_factory=lambda: FakeUser(40, "dev"))
    title: str = "feat: a change"
    draft: bool = False
    labels: list[str] = field(default_factory=list)
    changes_count: str | None = None
    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)  # (revision, path)
    features: FakeFeatures = field(default_factory=FakeFeatures)
    vanish: set[str] = field(default_factory=set)  # texts of drafts that publishing loses
    discussions: list[dict[str, Any]] = field(default_factory=list)
    drafts: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    notifications: int = 0
    refused_positions: int = 0
    _ids: int = 1000

    @property
    def app(self) -> Starlette:
        methods = ["GET", "POST", "PUT", "DELETE"]
        return Starlette(routes=[Route("/{rest:path}", self._serve, methods=methods)])

    @property
    def web_url(self) -> str:
        return f"https://gitlab.test{self.root}/{self.project_path}/-/merge_requests/{self.iid}"

    @property
    def notes(self) -> list[dict[str, Any]]:
        """Every note of every discussion, in order."""
        return [note for discussion in self.discussions for note in discussion["notes"]]

    def push(self, entries: list[dict[str, Any]], refs: dict[str, str]) -> None:
        """A new version. Positions whose line is still there are carried along."""
        self.entries, self.refs = entries, refs
        index = self._index()
        for note in self.notes:
            moved = {**(note.get("position") or {}), **refs}
            if note.get("position") and not index.fault(moved, files_too=True):
                note["position"] = moved

    def reply(self, discussion_id: str, user: FakeUser, body: str) -> None:
        """A person answers in the user interface."""
        found = self._discussion(discussion_id)
        found["notes"].append(self._note(user, body, None, resolvable=True))
        found["individual_note"] = False

    async def _serve(self, request: Request) -> Response:
        raw = request.scope["raw_path"].decode().removeprefix(f"{self.root}/api/v4")
        try:
            body = json.loads(await request.body() or b"{}")
            token = self._token(request)
            for method, pattern, handler in _ROUTES:
                match = re.fullmatch(pattern, raw)
                if match and method == request.method:
                    ids = {name: unquote(value) for name, value in match.groupdict().items()}
                    return handler(self, _Call(request, ids, body, token))
            raise Refusal(404, {"error": "404 Not Found"})
        except Refusal as refusal:
            return JSONResponse(refusal.body, status_code=refusal.status)
        except (KeyError, ValueError, TypeError) as fault:
            return JSONResponse({"error": f"{fault!r} is missing"}, status_code=400)

    def _token(self, request: Request) -> FakeToken:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        sent = request.headers.get("private-token") or request.headers.get("job-token") or bearer
        token = self.tokens.get(sent)
        if token is None or token.kind == "job":
            raise Refusal(401, {"message": "401 Unauthorized"})
        if request.method != "GET" and "api" not in token.scopes:
            why = "The request requires higher privileges than provided by the access token."
            raise Refusal(403, {"error": "insufficient_scope", "error_description": why})
        return token

    def _index(self) -> PositionIndex:
        return PositionIndex.of(self.entries, self.refs)

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids

    def _note(
        self, user: FakeUser, body: str, position: Any, *, resolvable: bool
    ) -> dict[str, Any]:
        number = self._next_id()
        return {
            "id": number,
            "type": "DiffNote" if position else "DiscussionNote" if resolvable else None,
            "body": body,
            "author": {"id": user.id, "username": user.username},
            "created_at": f"2026-11-24T08:{number // 60 % 60:02}:{number % 60:02}.000Z",
            "system": False,
            "resolvable": resolvable,
            "resolved": False,
            "resolved_by": None,
            **({"position": position} if position else {}),
        }

    def _discussion(self, discussion_id: str) -> dict[str, Any]:
        for discussion in self.discussions:
            if discussion["id"] == discussion_id:
                return discussion
        raise Refusal(404, {"message": "404 Discussion Not Found"})

    def _open(self, user: FakeUser, body: str, position: Any, *, thread: bool) -> dict[str, Any]:
        note = self._note(user, body, position, resolvable=thread)
        found = {"id": f"{note['id']:040x}", "individual_note": not thread, "notes": [note]}
        self.discussions.append(found)
        return found

    def _check_position(self, position: Any) -> None:
        if position is None:
            return
        if fault := self._index().fault(position, files_too=self.features.file_positions):
            self.refused_positions += 1
            raise Refusal(400, {"message": fault})


@dataclass(frozen=True, slots=True)
class _Call:
    request: Request
    ids: Mapping[str, str]
    body: dict[str, Any]
    token: FakeToken

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def text(self, name: str) -> str:
        text = self.body.get(name)
        if not isinstance(text, str) or not text.strip():
            raise Refusal(400, {"error": f"{name} is missing"})
        if len(text) > MAX_BODY:
            raise Refusal(400, {"message": {"note": ["is too long (maximum is 1 MB)"]}})
        return text

    def needs(self, level: int) -> None:
        if self.token.user.level < level:
            raise Refusal(403, {"message": "403 Forbidden"})


def _page(call: _Call, rows: Sequence[Any]) -> Response:
    """Offset pages with the headers that GitLab sends."""
    size = min(int(call.query.get("per_page", 20)), MAX_PAGE)
    page = max(int(call.query.get("page", 1)), 1)
    last = max(-(-len(rows) // size), 1)
    url = call.request.url.include_query_params(page=page + 1)
    headers = {
        "X-Page": str(page),
        "X-Per-Page": str(size),
        "X-Next-Page": str(page + 1) if page < last else "",
        "X-Prev-Page": str(page - 1) if page > 1 else "",
        "X-Total": str(len(rows)),
        "X-Total-Pages": str(last),
        # As behind a proxy that does not tell its own name: the host leads elsewhere.
        "Link": f'<{url.replace(netloc="elsewhere.invalid")}>; rel="next"' if page < last else "",
    }
    return JSONResponse(rows[(page - 1) * size : page * size], headers=headers)


def _keyset(call: _Call, rows: Sequence[Any], key: Callable[[Any], str]) -> Response:
    """Keyset pages: no totals, and the next page only in the Link header."""
    size = min(int(call.query.get("per_page", 20)), MAX_PAGE)
    after = call.query.get("page_token", "")
    rest = [row for row in rows if key(row) > after]
    headers = {}
    if len(rest) > size:
        url = call.request.url.include_query_params(page_token=key(rest[size - 1]))
        headers["Link"] = f'<{url}>; rel="next"'
    return JSONResponse(rest[:size], headers=headers)


def _user(fake: FakeGitLab, call: _Call) -> Response:
    user = call.token.user
    return JSONResponse({"id": user.id, "username": user.username, "bot": user.bot})


def _person(fake: FakeGitLab, call: _Call) -> Response:
    people = [fake.author, *(token.user for token in fake.tokens.values())]
    for user in people:
        if str(user.id) == call.ids["user"]:
            return JSONResponse({"id": user.id, "username": user.username, "bot": user.bot})
    raise Refusal(404, {"message": "404 User Not Found"})


def _self(fake: FakeGitLab, call: _Call) -> Response:
    return JSONResponse({"id": 1, "active": True, "scopes": list(call.token.scopes)})


def _project(fake: FakeGitLab, call: _Call) -> None:
    if call.ids["project"] not in (str(fake.project_id), fake.project_path):
        raise Refusal(404, {"message": "404 Project Not Found"})
    if "iid" in call.ids and call.ids["iid"] != str(fake.iid):
        raise Refusal(404, {"message": "404 Not found"})


def _merge_request(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    count = fake.changes_count
    return JSONResponse(
        {
            "id": 900 + fake.iid,
            "iid": fake.iid,
            "project_id": fake.project_id,
            "source_project_id": fake.source_project_id,
            "target_project_id": fake.project_id,
            "title": fake.title,
            "draft": fake.draft,
            "state": "opened",
            "labels": fake.labels,
            "author": {"id": fake.author.id, "username": fake.author.username},
            "source_branch": "feature",
            "target_branch": "main",
            "sha": fake.refs["head_sha"],
            "diff_refs": fake.refs,
            "changes_count": str(len(fake.entries)) if count is None else count,
            "references": {"full": f"{fake.project_path}!{fake.iid}"},
            "web_url": fake.web_url,
        }
    )


def _change_merge_request(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    call.needs(DEVELOPER)
    names = [name for name in str(call.body.get("add_labels", "")).split(",") if name]
    fake.labels += [name for name in names if name not in fake.labels]
    return _merge_request(fake, call)


def _diffs(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    return _page(call, fake.entries)


def _discussions(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    return _page(call, fake.discussions)


def _create_discussion(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    call.needs(REPORTER)
    text, position = call.text("body"), call.body.get("position")
    fake._check_position(position)
    fake.notifications += 1
    found = fake._open(call.token.user, text, position, thread=True)
    return JSONResponse(found, status_code=201)


def _resolve(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    call.needs(DEVELOPER)
    found = fake._discussion(call.ids["discussion"])
    resolved = call.body["resolved"]
    for note in found["notes"]:
        user = {"id": call.token.user.id, "username": call.token.user.username}
        note |= {"resolved": bool(resolved), "resolved_by": user if resolved else None}
    return JSONResponse(found)


def _create_note(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    call.needs(REPORTER)
    fake.notifications += 1
    found = fake._open(call.token.user, call.text("body"), None, thread=False)
    return JSONResponse(found["notes"][0], status_code=201)


def _own_note(fake: FakeGitLab, call: _Call) -> tuple[dict[str, Any], dict[str, Any]]:
    _project(fake, call)
    for discussion in fake.discussions:
        for note in discussion["notes"]:
            if str(note["id"]) != call.ids["note"]:
                continue
            if note["author"]["id"] != call.token.user.id:
                raise Refusal(403, {"message": "403 Forbidden"})
            return discussion, note
    raise Refusal(404, {"message": "404 Note Not Found"})


def _edit_note(fake: FakeGitLab, call: _Call) -> Response:
    note = _own_note(fake, call)[1]
    note["body"] = call.text("body")
    return JSONResponse(note)


def _delete_note(fake: FakeGitLab, call: _Call) -> Response:
    discussion, note = _own_note(fake, call)
    discussion["notes"].remove(note)
    if not discussion["notes"]:
        fake.discussions.remove(discussion)
    return Response(status_code=204)


def _need_drafts(fake: FakeGitLab, call: _Call) -> list[dict[str, Any]]:
    """The drafts of whoever asks; nobody sees another's."""
    _project(fake, call)
    if not fake.features.drafts:
        raise Refusal(404, {"error": "404 Not Found"})
    return [draft for draft in fake.drafts if draft["author_id"] == call.token.user.id]


def _drafts(fake: FakeGitLab, call: _Call) -> Response:
    return _page(call, _need_drafts(fake, call))


def _create_draft(fake: FakeGitLab, call: _Call) -> Response:
    _need_drafts(fake, call)
    call.needs(REPORTER)
    text, position = call.text("note"), call.body.get("position")
    if position is not None and range_has_numbers(position):
        raise Refusal(400, {"message": SCHEMA_FAULT})
    fake._check_position(position)
    author = call.token.user.id
    draft = {"id": fake._next_id(), "author_id": author, "note": text, "position": position}
    fake.drafts.append(draft)
    return JSONResponse(draft, status_code=201)


def _delete_draft(fake: FakeGitLab, call: _Call) -> Response:
    for draft in _need_drafts(fake, call):
        if str(draft["id"]) == call.ids["draft"]:
            fake.drafts.remove(draft)
            return Response(status_code=204)
    raise Refusal(404, {"message": "404 Not found"})


def _publish(fake: FakeGitLab, call: _Call) -> Response:
    own = _need_drafts(fake, call)
    for draft in own:
        fake.drafts.remove(draft)
        if not any(text in draft["note"] for text in fake.vanish):
            fake._open(call.token.user, draft["note"], draft["position"], thread=True)
    fake.notifications += bool(own)
    return Response(status_code=204)


def _statuses(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    name = call.query.get("name")
    rows = [s for s in fake.statuses if s["sha"] == call.ids["sha"]]
    return _page(call, [s for s in rows if name in (None, s["name"])])


def _set_status(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    call.needs(DEVELOPER)
    state, name = call.text("state"), call.body.get("name", "default")
    states = {"pending", "running", "success", "failed", "canceled"}
    if state not in states | ({"skipped"} if fake.features.skipped_status else set()):
        raise Refusal(400, {"error": "state does not have a valid value"})
    if len(str(call.body.get("description") or "")) > 255:
        raise Refusal(400, {"message": {"description": ["is too long (maximum is 255)"]}})
    sha = call.ids["sha"]
    found = next((s for s in fake.statuses if (s["sha"], s["name"]) == (sha, name)), None)
    if found and found["status"] == state and not fake.features.same_status_again:
        why = f"Cannot transition status via :{state} from :{state}"
        raise Refusal(400, {"message": why})
    if found is None:
        found = {"id": fake._next_id(), "sha": sha, "name": name}
        fake.statuses.append(found)
    found |= {
        "status": state,
        "description": call.body.get("description"),
        "target_url": call.body.get("target_url"),
    }
    return JSONResponse(found, status_code=201)


def _member(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    people = [fake.author, *(token.user for token in fake.tokens.values())]
    for user in people:
        if str(user.id) == call.ids["user"] and user.level:
            body = {"id": user.id, "username": user.username, "access_level": user.level}
            return JSONResponse(body | {"state": "active"})
    raise Refusal(404, {"message": "404 Not found"})


def _file(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    content = fake.blobs.get((call.query["ref"], call.ids["path"]))
    if content is None:
        raise Refusal(404, {"message": "404 File Not Found"})
    return Response(content, media_type="text/plain")


def _tree(fake: FakeGitLab, call: _Call) -> Response:
    _project(fake, call)
    folder = call.query.get("path", "").strip("/")
    paths = sorted(p for ref, p in fake.blobs if ref == call.query["ref"])
    inside = [p for p in paths if not folder or p.startswith(f"{folder}/")]
    if not inside:
        raise Refusal(404, {"message": "404 invalid revision or path Not Found"})
    rows = [{"type": "blob", "path": path, "mode": "100644"} for path in inside]
    return _keyset(call, rows, lambda row: str(row["path"]))


_MR = r"/projects/(?P<project>[^/]+)/merge_requests/(?P<iid>\d+)"
_REPO = r"/projects/(?P<project>[^/]+)/repository"
_ROUTES: tuple[tuple[str, str, Callable[[FakeGitLab, _Call], Response]], ...] = (
    ("GET", r"/user", _user),
    ("GET", r"/users/(?P<user>\d+)", _person),
    ("GET", r"/personal_access_tokens/self", _self),
    ("GET", _MR, _merge_request),
    ("PUT", _MR, _change_merge_request),
    ("GET", rf"{_MR}/diffs", _diffs),
    ("GET", rf"{_MR}/discussions", _discussions),
    ("POST", rf"{_MR}/discussions", _create_discussion),
    ("PUT", rf"{_MR}/discussions/(?P<discussion>\w+)", _resolve),
    ("POST", rf"{_MR}/notes", _create_note),
    ("PUT", rf"{_MR}/notes/(?P<note>\d+)", _edit_note),
    ("DELETE", rf"{_MR}/notes/(?P<note>\d+)", _delete_note),
    ("GET", rf"{_MR}/draft_notes", _drafts),
    ("POST", rf"{_MR}/draft_notes", _create_draft),
    ("POST", rf"{_MR}/draft_notes/bulk_publish", _publish),
    ("DELETE", rf"{_MR}/draft_notes/(?P<draft>\d+)", _delete_draft),
    ("GET", rf"{_REPO}/commits/(?P<sha>\w+)/statuses", _statuses),
    ("POST", r"/projects/(?P<project>[^/]+)/statuses/(?P<sha>\w+)", _set_status),
    ("GET", r"/projects/(?P<project>[^/]+)/members/all/(?P<user>\d+)", _member),
    ("GET", rf"{_REPO}/files/(?P<path>[^/]+)/raw", _file),
    ("GET", rf"{_REPO}/tree", _tree),
)

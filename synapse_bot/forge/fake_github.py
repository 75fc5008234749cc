"""A stateful GitHub for tests: the endpoints that a review uses, with GitHub's own refusals.

Serve it with ``Loopback(FaultyApp(fake.app, plan))``. What is checked here and by no description
of the API: a line outside of the diff refuses the WHOLE review, unknown fields and sides, one
pending review a person, lengths, 50 annotations, pages with real Link headers, who may do what.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from synapse_bot.forge.fake_github_repository import FakeRevisions

Row = dict[str, Any]
MAX_BODY = 65_536
MAX_ANNOTATIONS = 50
MAX_FILES = 3000
_LINE_FIELDS = {"path", "body", "line", "side", "start_line", "start_side"}
_LINE_FAULT = "Pull request review thread line must be part of the diff"
_HUNK_FAULT = "Pull request review thread start line must be part of the same hunk as the line."
_DIFF_TYPES = ("application/vnd.github.diff", "application/vnd.github.v3.diff")


@dataclass(frozen=True, slots=True)
class FakeUser:
    id: int
    login: str
    type: str = "User"  # or "Bot"
    permission: str = "read"  # in the one repository

    def row(self) -> Row:
        return {"id": self.id, "login": self.login, "type": self.type}


@dataclass(frozen=True, slots=True)
class FakeToken:
    """``installation``: the token of a workflow or an App; it has no ``/user``."""

    user: FakeUser
    writes: bool = True  # pull-requests: write
    checks: bool = True  # checks: write; a person's token has none
    statuses: bool = True
    resolves: bool = True  # contents: write
    installation: bool = True


ACTIONS_BOT = FakeUser(41898282, "github-actions[bot]", "Bot", "write")


class Refusal(Exception):
    """An answer that ends the request."""

    def __init__(self, status: int, message: str, errors: Sequence[Any] = (), **headers: str):
        super().__init__(message)
        self.status = status
        self.body: Row = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        if errors:
            self.body["errors"] = list(errors)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class FakeGitHub:
    """One repository with one pull request. ``root`` is "/api/v3" on GitHub Enterprise."""

    revisions: FakeRevisions
    tokens: dict[str, FakeToken]
    repository: str = "team/shop"
    number: int = 7
    root: str = ""
    title: str = "feat: a change"
    branch: str = "feature/change"
    author: FakeUser = FakeUser(5, "ada")
    users: list[FakeUser] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    head_repository_id: int = 1  # 1 is the base repository; another one is a fork
    archived: bool = False
    secondary_limit_after: int | None = None  # writes, then 403 until it is None again
    issue_comments: list[Row] = field(default_factory=list)
    review_comments: list[Row] = field(default_factory=list)
    reviews: list[Row] = field(default_factory=list)
    check_runs: list[Row] = field(default_factory=list)
    statuses: list[Row] = field(default_factory=list)
    resolved: dict[int, FakeUser] = field(default_factory=dict)  # first comment id -> by whom
    requests: list[tuple[str, str, Any]] = field(default_factory=list)  # method, path, body
    _ids: int = 3_000_000_000  # beyond 32 bits, as GitHub's are
    _writes: int = 0

    def push(self, revisions: FakeRevisions) -> None:
        """A push, forced or not. Comments whose line the new diff lacks are outdated."""
        self.revisions = revisions
        for row in self.review_comments:
            at = (row["path"], row.get("side"), row.get("line"))
            if row["subject_type"] == "line" and at not in revisions.shown:
                row["line"] = row["start_line"] = None

    def say(self, user: FakeUser, body: str, *, reply_to: int | None = None) -> int:
        """A comment by somebody else: in the conversation, or in a thread. Its id."""
        if reply_to is None:
            return int(self._comment(user, body)["id"])
        root = next(row for row in self.review_comments if row["id"] == reply_to)
        row = root | {"id": self._id(), "user": user.row(), "body": body}
        self.review_comments.append(row | {"in_reply_to_id": reply_to})
        return int(row["id"])

    @property
    def app(self) -> Starlette:
        repo, pull = f"{self.root}/repos/{self.repository}", f"pulls/{self.number}"
        issue = f"issues/{self.number}"
        table: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", f"{repo}/{pull}", self._get_pull),
            ("GET", f"{repo}/{pull}/files", self._get_files),
            ("GET", f"{repo}/{pull}/comments", lambda _: self.review_comments),
            ("POST", f"{repo}/{pull}/comments", self._post_review_comment),
            ("GET", f"{repo}/{pull}/reviews", self._get_reviews),
            ("POST", f"{repo}/{pull}/reviews", self._post_review),
            ("DELETE", f"{repo}/{pull}/reviews/{{id:int}}", self._delete_review),
            ("PATCH", f"{repo}/pulls/comments/{{id:int}}", self._edit(self.review_comments)),
            ("DELETE", f"{repo}/pulls/comments/{{id:int}}", self._remove(self.review_comments)),
            ("GET", f"{repo}/{issue}/comments", lambda _: self.issue_comments),
            ("POST", f"{repo}/{issue}/comments", self._post_issue_comment),
            ("PATCH", f"{repo}/issues/comments/{{id:int}}", self._edit(self.issue_comments)),
            ("DELETE", f"{repo}/issues/comments/{{id:int}}", self._remove(self.issue_comments)),
            ("POST", f"{repo}/{issue}/labels", self._post_labels),
            ("POST", f"{repo}/check-runs", self._post_check_run),
            ("PATCH", f"{repo}/check-runs/{{id:int}}", self._patch_check_run),
            ("GET", f"{repo}/commits/{{sha}}/check-runs", self._get_check_runs),
            ("POST", f"{repo}/statuses/{{sha}}", self._post_status),
            ("GET", f"{repo}/commits/{{sha}}/statuses", self._get_statuses),
            ("GET", f"{repo}/compare/{{range}}", self._get_compare),
            ("GET", f"{repo}/git/trees/{{sha}}", self._get_tree),
            ("GET", f"{repo}/git/blobs/{{sha}}", self._get_blob),
            ("GET", f"{repo}/collaborators/{{login}}/permission", self._get_permission),
            ("GET", f"{self.root}/user", self._get_user),
            ("POST", f"{self.root.removesuffix('/v3')}/graphql", self._graphql),
        ]
        routes = [Route(path, self._door(act), methods=[verb]) for verb, path, act in table]
        return Starlette(routes=routes)

    def _door(self, act: Callable[..., Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            raw = await request.body()
            body = json.loads(raw) if raw else {}
            query = f"?{request.url.query}" if request.url.query else ""
            self.requests.append((request.method, request.url.path + query, body or None))
            try:
                token = self._token(request)
                if request.method != "GET" and not request.url.path.endswith("/graphql"):
                    self._may_write(token)
                request.state.body, request.state.token = body, token
                found = act(request)
                if isinstance(found, Response):
                    return found
                if isinstance(found, list):
                    return _page(request, found)
                if found is None:
                    return Response(status_code=204)
                return JSONResponse(found, 201 if request.method == "POST" else 200)
            except Refusal as refusal:
                return JSONResponse(refusal.body, refusal.status, refusal.headers)

        return answer

    def _token(self, request: Request) -> FakeToken:
        sent = request.headers.get("authorization", "").partition(" ")[2]
        if sent not in self.tokens:
            raise Refusal(401, "Bad credentials")
        return self.tokens[sent]

    def _may_write(self, token: FakeToken) -> None:
        self._writes += 1
        if self.secondary_limit_after is not None and self._writes > self.secondary_limit_after:
            words = "You have exceeded a secondary rate limit. Please wait a few minutes "
            raise Refusal(403, words + "before you try again.")
        if self.archived:
            raise Refusal(403, "Repository was archived so is read-only.")
        if not (token.writes or token.checks or token.statuses):
            raise _not_accessible("pull_requests=write")

    # The pull request

    def _get_pull(self, request: Request) -> Row:
        accept = request.headers.get("accept", "")
        if accept in _DIFF_TYPES and len(self.revisions.files) > 300:
            raise Refusal(406, "Sorry, the diff exceeded the maximum number of files (300).")
        base = {"id": 1, "full_name": self.repository, "archived": self.archived}
        head = {"id": self.head_repository_id, "full_name": "someone/fork"}
        is_fork = self.head_repository_id != 1
        return {
            "number": self.number,
            "title": self.title,
            "user": self.author.row(),
            "labels": [{"name": name} for name in self.labels],
            "base": {"ref": "main", "sha": self.revisions.base, "repo": base},
            "head": {
                "ref": self.branch,
                "sha": self.revisions.head,
                "repo": head if is_fork else base,
            },
            "changed_files": len(self.revisions.files),
            "state": "open",
        }

    def _get_files(self, request: Request) -> list[Row]:
        return self.revisions.rows[:MAX_FILES]

    def _get_compare(self, request: Request) -> Row:
        base, _, head = request.path_params["range"].partition("...")
        found = self.revisions.merge_base_of(base, head)
        if found is None:
            raise Refusal(404, "Not Found")
        return {"merge_base_commit": {"sha": found}}

    def _get_tree(self, request: Request) -> Row:
        recursive = "recursive" in request.query_params
        return _found(self.revisions.tree(request.path_params["sha"], recursive=recursive))

    def _get_blob(self, request: Request) -> Row:
        return _found(self.revisions.blob(request.path_params["sha"]))

    # Reviews and their comments

    def _get_reviews(self, request: Request) -> list[Row]:
        me = request.state.token.user.id
        return [r for r in self.reviews if r["state"] != "PENDING" or r["user"]["id"] == me]

    def _post_review(self, request: Request) -> Row:
        body, user = self._writer(request)
        _only(body, {"commit_id", "body", "event", "comments"})
        pending = any(
            row["state"] == "PENDING" and row["user"]["id"] == user.id for row in self.reviews
        )
        if pending:
            raise Refusal(422, "Unprocessable Entity", ["User can only have one pending review"])
        event = body.get("event") or "PENDING"
        if event not in ("PENDING", "COMMENT", "APPROVE", "REQUEST_CHANGES"):
            raise Refusal(422, "Unprocessable Entity", [f"event {event} is not one"])
        if body.get("commit_id", self.revisions.head) != self.revisions.head:
            raise Refusal(
                422, "Unprocessable Entity", ["commit_id is not part of the pull request"]
            )
        comments = body.get("comments") or []
        if event == "COMMENT" and not comments and not body.get("body"):
            raise Refusal(422, "Unprocessable Entity", ["body is missing"])
        for comment in comments:  # one bad comment refuses all
            self._check_line(comment)
        states = {
            "COMMENT": "COMMENTED",
            "APPROVE": "APPROVED",
            "REQUEST_CHANGES": "CHANGES_REQUESTED",
        }
        number = self._id()
        row = {"id": number, "user": user.row(), "state": states.get(event, "PENDING")}
        self.reviews.append(row)
        for comment in comments:
            self._review_comment(user, comment, review=number)
        return row

    def _delete_review(self, request: Request) -> Row:
        row = _by_id(self.reviews, request.path_params["id"])
        if row["state"] != "PENDING":
            raise Refusal(422, "Can not delete a non-pending pull request review")
        self.reviews.remove(row)
        return row

    def _post_review_comment(self, request: Request) -> Row:
        body, user = self._writer(request)
        _only(body, {*_LINE_FIELDS, "commit_id", "subject_type", "in_reply_to"})
        if body.get("commit_id") != self.revisions.head:
            raise Refusal(422, "Validation Failed", ["commit_id is not part of the pull request"])
        if body.get("subject_type") != "file":
            self._check_line({k: v for k, v in body.items() if k in _LINE_FIELDS})
        elif not self.revisions.has(body.get("path", "")):
            raise Refusal(422, "Validation Failed", ["path is not part of the diff"])
        _check_body(body)
        return self._review_comment(user, body, review=None)

    def _check_line(self, comment: Row) -> None:
        _only(comment, _LINE_FIELDS)
        _check_body(comment)
        path, line, side = comment.get("path"), comment.get("line"), comment.get("side", "RIGHT")
        if side not in ("LEFT", "RIGHT") or comment.get("start_side", side) not in (
            "LEFT",
            "RIGHT",
        ):
            raise Refusal(422, "Unprocessable Entity", [f"side {side} is not LEFT or RIGHT"])
        hunk = self.revisions.shown.get((str(path), side, line if isinstance(line, int) else 0))
        if hunk is None:
            raise Refusal(
                422, "Unprocessable Entity", [f"Line could not be resolved: {_LINE_FAULT}"]
            )
        start = comment.get("start_line")
        if start is None:
            return
        if start >= line:
            raise Refusal(422, "Unprocessable Entity", ["start_line must precede the end line."])
        start_side = str(comment.get("start_side", side))
        if self.revisions.shown.get((str(path), start_side, start)) != hunk:
            raise Refusal(422, "Unprocessable Entity", [_HUNK_FAULT])

    def _review_comment(self, user: FakeUser, body: Row, *, review: int | None) -> Row:
        is_file = body.get("subject_type") == "file"
        number = self._id()
        row = {
            "id": number,
            "user": user.row(),
            "pull_request_review_id": review,
            "body": body["body"],
            "path": body["path"],
            "subject_type": "file" if is_file else "line",
            "line": 1 if is_file else body["line"],  # GitHub says 1 for a whole file
            "side": body.get("side", "RIGHT"),
            "start_line": body.get("start_line"),
            "created_at": _time(number),
            "html_url": f"https://github.com/{self.repository}/pull/{self.number}#r{number}",
        }
        self.review_comments.append(row)
        return row

    # The conversation

    def _post_issue_comment(self, request: Request) -> Row:
        body, user = self._writer(request)
        _check_body(body)
        return self._comment(user, body["body"])

    def _comment(self, user: FakeUser, body: str) -> Row:
        number = self._id()
        url = f"https://github.com/{self.repository}/pull/{self.number}#issuecomment-{number}"
        row = {"id": number, "user": user.row(), "body": body, "html_url": url}
        self.issue_comments.append(row | {"created_at": _time(number)})
        return self.issue_comments[-1]

    def _edit(self, rows: list[Row]) -> Callable[[Request], Row]:
        def edit(request: Request) -> Row:
            body, user = self._writer(request)
            row = _by_id(rows, request.path_params["id"])
            if row["user"]["id"] != user.id:
                raise _not_accessible("issues=write")
            _check_body(body)
            row["body"] = body["body"]
            return row

        return edit

    def _remove(self, rows: list[Row]) -> Callable[[Request], None]:
        def remove(request: Request) -> None:
            self._writer(request)
            rows.remove(_by_id(rows, request.path_params["id"]))

        return remove

    def _post_labels(self, request: Request) -> list[Row]:
        body, _ = self._writer(request)
        self.labels += [name for name in body["labels"] if name not in self.labels]
        return [{"name": name} for name in self.labels]

    def _writer(self, request: Request) -> tuple[Row, FakeUser]:
        token: FakeToken = request.state.token
        if not token.writes:
            raise _not_accessible("pull_requests=write")
        return request.state.body, token.user

    # The status

    def _post_check_run(self, request: Request) -> Row:
        self._checker(request)
        body = request.state.body
        number = self._id()
        annotations = _annotations(body)
        output = (body.get("output") or {}) | {"annotations_count": len(annotations)}
        url = f"https://github.com/{self.repository}/runs/{number}"
        row: Row = body | {
            "id": number,
            "html_url": url,
            "output": output,
            "_annotations": annotations,
        }
        self.check_runs.insert(0, row)
        return row

    def _patch_check_run(self, request: Request) -> Row:
        self._checker(request)
        row = _by_id(self.check_runs, request.path_params["id"])
        row["_annotations"] += _annotations(request.state.body)
        row["output"]["annotations_count"] = len(row["_annotations"])
        return row

    def _checker(self, request: Request) -> None:
        if not request.state.token.checks:
            raise Refusal(403, "You must authenticate via a GitHub App.")

    def _get_check_runs(self, request: Request) -> Row:
        sha, name = request.path_params["sha"], request.query_params.get("check_name")
        runs = [r for r in self.check_runs if r["head_sha"] == sha and name in (None, r["name"])]
        return {"total_count": len(runs), "check_runs": runs[:1]}

    def _post_status(self, request: Request) -> Row:
        if not request.state.token.statuses:
            raise _not_accessible("statuses=write")
        body = request.state.body
        _only(body, {"state", "context", "description", "target_url"})
        if body.get("state") not in ("error", "failure", "pending", "success"):
            raise Refusal(422, "Validation Failed", ["state is not included in the list"])
        if len(body.get("description") or "") > 140:
            raise Refusal(422, "Validation Failed", ["description is too long (140)"])
        row: Row = body | {
            "id": self._id(),
            "sha": request.path_params["sha"],
            "url": "https://x/status",
        }
        self.statuses.insert(0, row)
        return row

    def _get_statuses(self, request: Request) -> list[Row]:
        return [row for row in self.statuses if row["sha"] == request.path_params["sha"]]

    # People

    def _get_user(self, request: Request) -> Row:
        if request.state.token.installation:
            raise _not_accessible("")
        user: FakeUser = request.state.token.user
        return user.row()

    def _get_permission(self, request: Request) -> Row:
        login = request.path_params["login"].lower()
        found = next((user for user in self.users if user.login.lower() == login), None)
        if found is None:
            raise Refusal(404, "Not Found")
        return {"permission": found.permission, "user": found.row()}

    def _graphql(self, request: Request) -> Response:
        """By the names in the query: three queries and mutations, no more."""
        query, variables = request.state.body["query"], request.state.body.get("variables") or {}
        token: FakeToken = request.state.token
        if "viewer" in query:
            viewer = {"login": token.user.login, "databaseId": token.user.id}
            return JSONResponse({"data": {"viewer": viewer}})
        if "reviewThreads" in query:
            return JSONResponse({"data": self._threads(int(variables.get("after") or 0))})
        if not token.resolves:
            message = "Resource not accessible by integration"
            error = {"type": "FORBIDDEN", "message": message}
            return JSONResponse({"data": None, "errors": [error]})
        number = int(variables["id"].removeprefix("PRRT_"))
        if "unresolveReviewThread" in query:
            self.resolved.pop(number, None)
        else:
            self.resolved[number] = token.user
        return JSONResponse({"data": {"thread": {"id": variables["id"]}}})

    def _threads(self, at: int) -> Row:
        roots = [row for row in self.review_comments if not row.get("in_reply_to_id")]
        nodes = [self._thread(row["id"]) for row in roots[at : at + 100]]
        more = len(roots) > at + 100
        page = {"hasNextPage": more, "endCursor": str(at + 100) if more else None}
        threads = {"pageInfo": page, "nodes": nodes}
        return {"repository": {"pullRequest": {"reviewThreads": threads}}}

    def _thread(self, number: int) -> Row:
        by = self.resolved.get(number)
        return {
            "id": f"PRRT_{number}",
            "isResolved": by is not None,
            "resolvedBy": {"databaseId": by.id} if by else None,
            "comments": {"nodes": [{"fullDatabaseId": str(number)}]},
        }

    def _id(self) -> int:
        self._ids += 1
        return self._ids


def _page(request: Request, rows: list[Row]) -> Response:
    """One page, with Link headers made of the address that was asked."""
    size = min(int(request.query_params.get("per_page", "30")), 100)
    page = int(request.query_params.get("page", "1"))
    last = max(1, -(-len(rows) // size))

    def link(number: int, name: str) -> str:
        query = urlencode({**request.query_params, "page": str(number)})
        return f'<{request.url.replace(query=query)}>; rel="{name}"'

    links = [link(page + 1, "next"), link(last, "last")] if page < last else []
    headers = {"link": ", ".join(links)} if links else {}
    return JSONResponse(rows[(page - 1) * size : page * size], 200, headers)


def _only(body: Row, known: set[str]) -> None:
    if unknown := set(body) - known:
        raise Refusal(422, "Invalid request", [f"{sorted(unknown)} is not a permitted key."])


def _check_body(body: Row) -> None:
    text = body.get("body")
    if not isinstance(text, str) or not text:
        raise Refusal(422, "Validation Failed", [{"code": "missing_field", "field": "body"}])
    if len(text) > MAX_BODY:
        message = f"body is too long (maximum is {MAX_BODY} characters)"
        raise Refusal(422, "Validation Failed", [{"code": "custom", "message": message}])


def _annotations(body: Row) -> list[Row]:
    rows: list[Row] = list((body.get("output") or {}).get("annotations") or [])
    if len(rows) > MAX_ANNOTATIONS:
        raise Refusal(422, "Invalid request", ["No more than 50 items are allowed"])
    levels = ("notice", "warning", "failure")
    if any(row.get("annotation_level") not in levels for row in rows):
        raise Refusal(422, "Invalid request", ["annotation_level is not one"])
    return rows


def _not_accessible(needs: str) -> Refusal:
    headers = {"x_accepted_github_permissions": needs} if needs else {}
    return Refusal(403, "Resource not accessible by integration", **headers)


def _by_id(rows: list[Row], number: int) -> Row:
    return _found(next((row for row in rows if row["id"] == number), None))


def _found(row: Row | None) -> Row:
    if row is None:
        raise Refusal(404, "Not Found")
    return row


def _time(number: int) -> str:
    seconds = number % 86_400
    return f"2026-01-02T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"

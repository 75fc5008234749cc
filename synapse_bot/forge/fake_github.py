"""A stateful GitHub for tests: the endpoints that a review uses, with GitHub's own refusals.

Serve it with ``Loopback(FaultyApp(fake.app, plan))``. What is checked here and by no description
of the API: a line outside of the diff refuses the WHOLE review, unknown fields and sides, one
pending review a person, lengths, 50 annotations, pages with real Link headers, who may do what.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synapse_bot.forge.fake_github_call import (
    ACTIONS_BOT,
    Answer,
    Call,
    FakeToken,
    FakeUser,
    Refusal,
    not_accessible,
)
from synapse_bot.forge.fake_github_routes import ROUTES
from synapse_bot.forge.fake_github_state import FakeRepository

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from synapse_bot.forge.fake_github_call import Row
    from synapse_bot.forge.fake_github_routes import Handler, Shape

__all__ = ["ACTIONS_BOT", "FakeGitHub", "FakeToken", "FakeUser"]


class FakeGitHub(FakeRepository):
    """The repository behind HTTP."""

    @property
    def app(self) -> Starlette:
        repo = f"{self.root}/repos/{self.repository}"
        places = {
            "{root}": self.root,
            "{repo}": repo,
            "{pull}": f"{repo}/pulls/{self.number}",
            "{issue}": f"{repo}/issues/{self.number}",
            "{graphql}": f"{self.root.removesuffix('/v3')}/graphql",
        }
        routes = []
        for method, path, handler, shape in ROUTES:
            start, slash, rest = path.partition("/")
            full = f"{places[start]}{slash}{rest}"
            routes.append(Route(full, self._door(handler, shape), methods=[method]))
        return Starlette(routes=routes)

    def _door(self, handler: Handler, shape: Shape) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            raw = await request.body()
            body = json.loads(raw) if raw else {}
            query = f"?{request.url.query}" if request.url.query else ""
            self.requests.append((request.method, request.url.path + query, body or None))
            try:
                call = self._call(request, body)
                if request.method != "GET" and not request.url.path.endswith("/graphql"):
                    self._may_write(call.token)
                return _response(request, self._shaped(handler(self, call), shape))
            except Refusal as refusal:
                return JSONResponse(refusal.body, refusal.status, refusal.headers)

        return answer

    def _call(self, request: Request, body: Row) -> Call:
        path, accept = request.url.path, request.headers.get("accept", "")
        token = self._token(request)
        return Call(path, request.path_params, request.query_params, body, token, accept)

    def _shaped(self, answer: Answer, shape: Shape) -> Answer:
        content = answer.content
        if content is None:
            return answer
        if isinstance(content, dict):
            return Answer(shape(self, content), answer.status)
        return Answer([shape(self, row) for row in content], answer.status)

    def _token(self, request: Request) -> FakeToken:
        sent = request.headers.get("authorization", "").partition(" ")[2]
        if sent not in self.tokens:
            raise Refusal(401, "Bad credentials")
        return self.tokens[sent]

    def _may_write(self, token: FakeToken) -> None:
        self.writes += 1
        if self.secondary_limit_after is not None and self.writes > self.secondary_limit_after:
            words = "You have exceeded a secondary rate limit. Please wait a few minutes "
            raise Refusal(403, words + "before you try again.")
        if self.archived:
            raise Refusal(403, "Repository was archived so is read-only.")
        if not (token.writes or token.checks or token.statuses):
            raise not_accessible("pull_requests=write")


def _response(request: Request, answer: Answer) -> Response:
    if answer.content is None:
        return Response(status_code=answer.status)
    if isinstance(answer.content, dict) or request.method != "GET":
        return JSONResponse(answer.content, answer.status)
    return _page(request, answer.content)


def _page(request: Request, rows: Sequence[Row]) -> Response:
    """One page, with Link headers made of the address that was asked."""
    size = min(int(request.query_params.get("per_page", "30")), 100)
    number = int(request.query_params.get("page", "1"))
    last = max(1, -(-len(rows) // size))

    def link(other: int, name: str) -> str:
        query = urlencode({**request.query_params, "page": str(other)})
        return f'<{request.url.replace(query=query)}>; rel="{name}"'

    links = [link(number + 1, "next"), link(last, "last")] if number < last else []
    headers = {"link": ", ".join(links)} if links else {}
    return JSONResponse(rows[(number - 1) * size : number * size], 200, headers)

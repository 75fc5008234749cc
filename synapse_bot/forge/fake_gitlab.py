"""A stateful GitLab for tests: the endpoints that a review uses, with GitLab's own refusals.

Serve it with ``Loopback(FaultyApp(fake.app, plan))``. What is checked here and not by any
description: positions against the diff, roles and scopes, pages, drafts and their publication,
state transitions of a commit's status.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synapse_bot.forge.fake_gitlab_call import Call, FakeToken, FakeUser, Refusal
from synapse_bot.forge.fake_gitlab_routes import ROUTES
from synapse_bot.forge.fake_gitlab_state import FakeFeatures, FakeProject

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["FakeFeatures", "FakeGitLab", "FakeToken", "FakeUser"]


class FakeGitLab(FakeProject):
    """The project behind HTTP."""

    @property
    def app(self) -> Starlette:
        methods = ["GET", "POST", "PUT", "DELETE"]
        return Starlette(routes=[Route("/{rest:path}", self._serve, methods=methods)])

    async def _serve(self, request: Request) -> Response:
        raw = request.scope["raw_path"].decode().removeprefix(f"{self.root}/api/v4")
        try:
            body = json.loads(await request.body() or b"{}")
            token = self._token(request)
            for method, pattern, handler in ROUTES:
                match = re.fullmatch(pattern, raw)
                if match and method == request.method:
                    ids = {name: unquote(value) for name, value in match.groupdict().items()}
                    return handler(self, Call(request, ids, body, token))
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

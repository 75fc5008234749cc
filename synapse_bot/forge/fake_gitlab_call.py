"""One request to the fake GitLab: who asks, what for, and how answers and refusals look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

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


class Refusal(Exception):
    """An answer that ends the request."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Call:
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


def page(call: Call, rows: Sequence[Any]) -> Response:
    """Offset pages with the headers that GitLab sends."""
    size = min(int(call.query.get("per_page", 20)), MAX_PAGE)
    number = max(int(call.query.get("page", 1)), 1)
    last = max(-(-len(rows) // size), 1)
    url = call.request.url.include_query_params(page=number + 1)
    headers = {
        "X-Page": str(number),
        "X-Per-Page": str(size),
        "X-Next-Page": str(number + 1) if number < last else "",
        "X-Prev-Page": str(number - 1) if number > 1 else "",
        "X-Total": str(len(rows)),
        "X-Total-Pages": str(last),
        # As behind a proxy that does not tell its own name: the host leads elsewhere.
        "Link": f'<{url.replace(netloc="elsewhere.invalid")}>; rel="next"' if number < last else "",
    }
    return JSONResponse(rows[(number - 1) * size : number * size], headers=headers)


def keyset(call: Call, rows: Sequence[Any], key: Callable[[Any], str]) -> Response:
    """Keyset pages: no totals, and the next page only in the Link header."""
    size = min(int(call.query.get("per_page", 20)), MAX_PAGE)
    after = call.query.get("page_token", "")
    rest = [row for row in rows if key(row) > after]
    headers = {}
    if len(rest) > size:
        url = call.request.url.include_query_params(page_token=key(rest[size - 1]))
        headers["Link"] = f'<{url}>; rel="next"'
    return JSONResponse(rest[:size], headers=headers)

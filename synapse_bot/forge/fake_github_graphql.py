"""What the fake GitHub answers at /graphql: three queries and mutations, known by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.forge.fake_github_call import Answer

if TYPE_CHECKING:
    from synapse_bot.forge.fake_github_call import Call, Row
    from synapse_bot.forge.fake_github_state import FakeRepository

_PAGE = 100


def graphql(fake: FakeRepository, call: Call) -> Answer:
    query, variables = call.body["query"], call.body.get("variables") or {}
    user = call.token.user
    if "viewer" in query:
        viewer = {"login": user.login, "databaseId": user.id}
        return Answer({"data": {"viewer": viewer}})
    if "reviewThreads" in query:
        return Answer({"data": _threads(fake, int(variables.get("after") or 0))})
    if not call.token.resolves:
        message = "Resource not accessible by integration"
        error = {"type": "FORBIDDEN", "message": message}
        return Answer({"data": None, "errors": [error]})
    number = int(variables["id"].removeprefix("PRRT_"))
    if "unresolveReviewThread" in query:
        fake.resolved.pop(number, None)
    else:
        fake.resolved[number] = user
    return Answer({"data": {"thread": {"id": variables["id"]}}})


def _threads(fake: FakeRepository, at: int) -> Row:
    roots = [row for row in fake.review_comments if not row.get("in_reply_to_id")]
    more = len(roots) > at + _PAGE
    page = {"hasNextPage": more, "endCursor": str(at + _PAGE) if more else None}
    nodes = [_thread(fake, row["id"]) for row in roots[at : at + _PAGE]]
    threads = {"pageInfo": page, "nodes": nodes}
    return {"repository": {"pullRequest": {"reviewThreads": threads}}}


def _thread(fake: FakeRepository, number: int) -> Row:
    by = fake.resolved.get(number)
    return {
        "id": f"PRRT_{number}",
        "isResolved": by is not None,
        "resolvedBy": {"databaseId": by.id} if by else None,
        "comments": {"nodes": [{"fullDatabaseId": str(number)}]},
    }

"""Comments of a pull request as GitHub lists them -> Existing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import Side
from synapse_bot.domain.errors import ForgeDenied, ForgeFailed
from synapse_bot.domain.markers import parse
from synapse_bot.domain.posting import Anchor, AnchorKind, Existing, MarkerKind, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.forge.github_calls import Calls, PullPlace, Row

# fullDatabaseId: a comment's id no longer fits the 32 bits of databaseId.
_THREADS = """query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { id isResolved resolvedBy { databaseId }
              comments(first: 1) { nodes { fullDatabaseId } } } } } } }"""


@dataclass(frozen=True, slots=True)
class Thread:
    """``id`` is the GraphQL id that resolving takes; ``resolved_by`` a numeric one."""

    id: str
    resolved: bool
    resolved_by: str


def read_existing(calls: Calls, place: PullPlace) -> tuple[Existing, ...]:
    """Every comment with a marker, of any author: summaries, findings, then replies."""
    inline = calls.pages(f"{place.pull}/comments")
    threads = _threads(calls, place) if _of_kind(inline, MarkerKind.FINDING) else {}
    said = calls.pages(f"{place.issue}/comments")
    return (
        *_of_kind(said, MarkerKind.SUMMARY),
        *_with_threads(inline, threads),
        *_of_kind((*said, *inline), MarkerKind.REPLY),
    )


def read_summaries(calls: Calls, place: PullPlace) -> tuple[Existing, ...]:
    return _of_kind(calls.pages(f"{place.issue}/comments"), MarkerKind.SUMMARY)


def read_replies(calls: Calls, place: PullPlace) -> tuple[Existing, ...]:
    """Answers to commands, of any author, in the conversation and in the threads."""
    rows = (*calls.pages(f"{place.issue}/comments"), *calls.pages(f"{place.pull}/comments"))
    return _of_kind(rows, MarkerKind.REPLY)


def read_bare_findings(calls: Calls, place: PullPlace) -> tuple[Existing, ...]:
    """The findings without their threads' state: what a look before a write needs."""
    return _with_threads(calls.pages(f"{place.pull}/comments"), {})


def _of_kind(rows: Iterable[Row], kind: MarkerKind) -> tuple[Existing, ...]:
    return tuple(found for row in rows if (found := _existing(row, kind)))


def _with_threads(rows: list[Row], threads: Mapping[str, Thread]) -> tuple[Existing, ...]:
    answered = {str(row["in_reply_to_id"]) for row in rows if _is_human_reply(row)}
    found = []
    for row in rows:
        bare = None if row.get("in_reply_to_id") else _existing(row, MarkerKind.FINDING)
        if bare is None:
            continue
        thread = threads.get(bare.id, Thread("", resolved=False, resolved_by=""))
        found.append(
            Existing(
                id=bare.id,
                author_id=bare.author_id,
                thread_id=thread.id,
                marker=bare.marker,
                anchor=_anchor(row),
                resolved=thread.resolved,
                resolved_by=thread.resolved_by,
                has_human_reply=bare.id in answered,
                digest=bare.digest,
                created_at=bare.created_at,
                url=bare.url,
            )
        )
    return tuple(found)


def _existing(row: Row, kind: MarkerKind) -> Existing | None:
    body = str(row.get("body") or "")
    marker = parse(body)
    if marker is None or marker.kind is not kind:
        return None
    return Existing(
        id=str(row.get("id") or ""),
        author_id=str((row.get("user") or {}).get("id") or ""),
        marker=marker,
        digest=digest_of(body),
        created_at=str(row.get("created_at") or ""),
        url=str(row.get("html_url") or ""),
    )


def _is_human_reply(row: Row) -> bool:
    """A deleted account has no user: that was a person too."""
    return bool(row.get("in_reply_to_id")) and (row.get("user") or {}).get("type") != "Bot"


def _anchor(row: Row) -> Anchor:
    path = str(row.get("path") or "")
    if row.get("subject_type") == "file":
        return Anchor(AnchorKind.FILE, path, path)
    side = Side.OLD if row.get("side") == "LEFT" else Side.NEW
    return Anchor(
        AnchorKind.LINE,
        path,
        path,
        side=side,
        line=_number(row.get("line")),
        start_line=_number(row.get("start_line")),
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _threads(calls: Calls, place: PullPlace) -> dict[str, Thread]:
    """By the first comment's id. Best effort: without it threads count as open."""
    owner, _, name = place.repository.partition("/")
    found: dict[str, Thread] = {}
    after: str | None = None
    while True:
        variables = {"owner": owner, "name": name, "number": place.number, "after": after}
        try:
            data = calls.graphql(_THREADS, variables)
            page = data["repository"]["pullRequest"]["reviewThreads"]
            found |= dict(_thread(node) for node in _whole(page["nodes"]))
            after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        except (ForgeDenied, ForgeFailed, KeyError, TypeError, IndexError):
            return found
        if after is None:
            return found


def _whole(nodes: Iterable[Row]) -> list[Row]:
    return [node for node in nodes if node["comments"]["nodes"]]


def _thread(node: Row) -> tuple[str, Thread]:
    by = (node.get("resolvedBy") or {}).get("databaseId")
    thread = Thread(str(node["id"]), bool(node["isResolved"]), str(by or ""))
    return str(node["comments"]["nodes"][0]["fullDatabaseId"]), thread

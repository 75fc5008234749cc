"""A merge request's discussions as Existing comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.markers import parse
from synapse_bot.domain.posting import Anchor, AnchorKind, Existing, MarkerKind, digest_of
from synapse_bot.forge.gitlab_positions import anchor_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PLACE = re.compile(r"[^\n]{1,8192}\r?\n`([^`\n]{1,4096}?)(?::([1-9][0-9]{0,9}))?`\r?\n")


def existing_in(
    discussions: Iterable[Mapping[str, Any]], head: str, web_url: str
) -> Iterator[Existing]:
    """Every comment with a marker, of any author and instance.

    Below the note that opens a discussion only answers to commands count: any other marker there
    is somebody's quotation.
    """
    for discussion in discussions:
        notes = [n for n in discussion.get("notes") or () if not n.get("system")]
        yield from filter(None, (_answer(note, web_url) for note in notes[1:]))
        marker = parse(str(notes[0].get("body") or "")) if notes else None
        if marker is None:
            continue
        root = notes[0]
        author = author_id(root)
        threaded = not discussion.get("individual_note")
        yield Existing(
            id=str(root.get("id")),
            author_id=author,
            thread_id=str(discussion.get("id")) if threaded else "",
            marker=marker,
            anchor=_anchor(root, head) if marker.kind is MarkerKind.FINDING else None,
            resolved=bool(root.get("resolved")),
            resolved_by=_id_of(root.get("resolved_by")),
            has_human_reply=any(author_id(reply) != author for reply in notes[1:]),
            digest=digest_of(str(root.get("body") or "")),
            created_at=str(root.get("created_at") or ""),
            url=f"{web_url}#note_{root.get('id')}",
        )


def _answer(note: Mapping[str, Any], web_url: str) -> Existing | None:
    body = str(note.get("body") or "")
    marker = parse(body)
    if marker is None or marker.kind is not MarkerKind.REPLY:
        return None
    return Existing(
        id=str(note.get("id")),
        author_id=author_id(note),
        marker=marker,
        digest=digest_of(body),
        created_at=str(note.get("created_at") or ""),
        url=f"{web_url}#note_{note.get('id')}",
    )


def with_place(body: str, anchor: Anchor) -> str:
    """``body`` with the place in words behind its marker, for a note that has no position."""
    if anchor.kind is AnchorKind.SUMMARY or not anchor.path:
        return body
    line = f":{anchor.line}" if anchor.line else ""
    place = f"{anchor.path}{line}".replace("`", "'").replace("\n", " ")
    marker, _, rest = body.partition("\n")
    return f"{marker}\n`{place}`\n\n{rest.lstrip()}"


def _anchor(note: Mapping[str, Any], head: str) -> Anchor:
    """The note's position, else the place that ``with_place`` wrote into it."""
    position = note.get("position")
    place = None if position else _PLACE.match(str(note.get("body") or ""))
    if place is None:
        return anchor_of(position, head)
    path, line = place[1], int(place[2]) if place[2] else None
    return Anchor(AnchorKind.LINE if line else AnchorKind.FILE, path, path, line=line)


def author_id(note: Mapping[str, Any]) -> str:
    """The numeric id of who wrote ``note``, as text; "" where nobody is named."""
    return _id_of(note.get("author"))


def _id_of(person: Any) -> str:
    found = person.get("id") if isinstance(person, dict) else None
    return str(found) if type(found) is int else ""

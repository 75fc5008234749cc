"""Anchors as GitLab's positions, and back.

GitLab wants both paths for every file, and of the two line numbers exactly those that the line
has: an added line only the new one, a removed one only the old one, an unchanged one both. Any
other choice is answered by a 400 about a ``line_code``.
https://docs.gitlab.com/api/discussions/#create-a-thread-in-the-merge-request-diff
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.diff import LineKind, Side
from synapse_bot.domain.posting import NOWHERE, Anchor, AnchorKind, Point

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class DiffRefs:
    """The three revisions of a merge request's newest version.

    ``base`` is the merge-base, ``start`` the target branch as it was then. They differ once the
    target has moved, and a position made with another pair is refused or lands elsewhere.
    """

    base: str
    start: str
    head: str


def position_of(anchor: Anchor, refs: DiffRefs, *, draft: bool) -> dict[str, Any] | None:
    """The ``position`` of a new note at ``anchor``; None where it has no place in the diff.

    A ``draft`` note's schema knows no line numbers within ``line_range`` and answers them by
    "must be a valid json schema" (gitlab-org/gitlab#571619); the line codes say the same.
    """
    position: dict[str, Any] = {
        "base_sha": refs.base,
        "start_sha": refs.start,
        "head_sha": refs.head,
        "old_path": anchor.old_path or anchor.path,
        "new_path": anchor.path,
    }
    match anchor.kind:
        case AnchorKind.SUMMARY:
            return None
        case AnchorKind.FILE:
            return position | {"position_type": "file"}
        case AnchorKind.LINE:
            if anchor.end is None:
                return None
    position |= {"position_type": "text"} | _numbers(anchor.end)
    if anchor.start is not None:
        points = {"start": anchor.start, "end": anchor.end}
        position["line_range"] = {
            name: _range_end(anchor.path, point, draft=draft) for name, point in points.items()
        }
    return position


def line_code(path: str, point: Point) -> str:
    """GitLab's name of a line of a diff: ``sha1(path)_old_new``, of the new path."""
    name = sha1(path.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
    return f"{name}_{point.old_at}_{point.new_at}"


def anchor_of(position: Mapping[str, Any] | None, head: str) -> Anchor:
    """The anchor of a note that was read. Without a line where GitLab could not move it along.

    GitLab carries a position to the newest version while its line is still there; one that
    still names another head is outdated.
    """
    if not isinstance(position, dict):
        return NOWHERE
    path = str(position.get("new_path") or position.get("old_path") or "")
    old_path = str(position.get("old_path") or path)
    if position.get("position_type") == "file":
        return Anchor(AnchorKind.FILE, path, old_path)
    old, new = _number(position.get("old_line")), _number(position.get("new_line"))
    side = Side.NEW if new is not None or old is None else Side.OLD
    line = new if side is Side.NEW else old
    if position.get("head_sha") != head:
        line = None
    return Anchor(AnchorKind.LINE, path, old_path, side, line=line)


def _numbers(point: Point) -> dict[str, int]:
    numbers = {"old_line": point.old, "new_line": point.new}
    return {name: number for name, number in numbers.items() if number is not None}


def _range_end(path: str, point: Point, *, draft: bool) -> dict[str, Any]:
    kind = "new" if point.kind is LineKind.ADDED else "old"
    end: dict[str, Any] = {"line_code": line_code(path, point), "type": kind}
    return end if draft else end | _numbers(point)


def _number(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None

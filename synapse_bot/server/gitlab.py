"""GitLab's events as happenings. Of a payload, numbers, commits and kinds count; never an address.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from synapse_bot.server.happening import Happening, Starts, Unreadable

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_WORD = re.compile(r"[a-z_]{1,40}")
_ACTIONS = {"open": "opened", "reopen": "reopened", "close": "closed", "merge": "closed"}


def read_gitlab(body: bytes) -> Happening | Unreadable:
    """The event in ``body``, whose kind it says itself: the header is not signed."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return Unreadable("the body is not JSON")
    if not isinstance(data, dict) or not isinstance(data.get("object_kind"), str):
        return Unreadable("the body is no event of GitLab's: it has no object_kind")
    match data["object_kind"]:
        case "merge_request":
            return _merge_request(data)
        case "note":
            return _note(data)
        case kind:
            return Happening("gitlab", _word(kind) or "event")


def _merge_request(data: Mapping[str, Any]) -> Happening:
    merge = _part(data, "object_attributes")
    action = _action(data, merge)
    return Happening(
        "gitlab",
        "merge_request",
        action,
        Starts.REVIEW if action != "closed" and _number(merge.get("iid")) else Starts.NOTHING,
        new_labels=_new_labels(data),
        labels=_titles(data.get("labels")),
        **_target(data, merge),
    )


def _action(data: Mapping[str, Any], merge: Mapping[str, Any]) -> str:
    """In GitHub's words. An update is a push where it names the commit before (oldrev)."""
    word = merge.get("action")
    if word != "update":
        return _ACTIONS.get(str(word), _word(word))
    changes = _part(data, "changes")
    if _SHA.fullmatch(str(merge.get("oldrev", ""))):
        return "synchronize"
    if _part(changes, "draft").get("current") is False:
        return "ready_for_review"
    return "labeled" if _new_labels(data) else "update"


def _new_labels(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Labels that were put on just now; a push may repeat the old ones among them."""
    labels = _part(_part(data, "changes"), "labels")
    before = _titles(labels.get("previous"))
    return tuple(title for title in _titles(labels.get("current")) if title not in before)


def _note(data: Mapping[str, Any]) -> Happening:
    """A comment. Whether its author is a person is asked of the forge: no event tells."""
    note, merge = _part(data, "object_attributes"), _part(data, "merge_request")
    # Before GitLab 16.11 a note has no action: then it is new, an edit sent no event.
    created = note.get("action", "create") == "create" and not note.get("system")
    asks = created and note.get("noteable_type") == "MergeRequest" and bool(merge)
    return Happening(
        "gitlab",
        "note",
        "created" if created else "update",
        Starts.RESPOND if asks and _number(note.get("id")) else Starts.NOTHING,
        comment=_number(note.get("id")),
        remark=_text(note.get("note")),
        inline=note.get("type") == "DiffNote",
        **_target(data, merge),
    )


def _target(data: Mapping[str, Any], merge: Mapping[str, Any]) -> dict[str, Any]:
    project = _part(data, "project")
    source, target = (
        _number(merge.get("source_project_id")),
        _number(merge.get("target_project_id")),
    )
    head = str(_part(merge, "last_commit").get("id", ""))
    return {
        "repository": _text(project.get("path_with_namespace")),
        "project": str(target or _number(project.get("id")) or ""),
        "number": _number(merge.get("iid")),
        "head": head if _SHA.fullmatch(head) else "",
        "fork": source != target,
    }


def _titles(value: object) -> tuple[str, ...]:
    rows = value if isinstance(value, list) else []
    return tuple(_text(row.get("title")) for row in rows if isinstance(row, dict))


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int:
    return value if type(value) is int and value > 0 else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""

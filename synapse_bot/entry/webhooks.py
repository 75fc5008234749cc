"""GitHub's events for the server, read as a CI job's are: one set of rules for both doors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from synapse_bot.entry.action import command_of, read_inputs
from synapse_bot.entry.ci import read_ci
from synapse_bot.server.happening import Happening, Starts, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

_EVENT = re.compile(r"[a-z0-9_]{1,40}")
_REPOSITORY = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}", re.ASCII)


def read_github(event: str, body: bytes) -> Happening | Unreadable:
    """The event called ``event`` (X-GitHub-Event) with the payload ``body``.

    What the action would run for it is what it starts here; addresses in it are not looked at.
    """
    if not _EVENT.fullmatch(event):
        return Unreadable("no X-GitHub-Event")
    try:
        text = body.decode()
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Unreadable("the body is not JSON: set the webhook's content type to it")
    if not isinstance(data, dict):
        return Unreadable("the body is not a JSON object")
    return _happening(event, text, data)


def _happening(event: str, text: str, data: Mapping[str, Any]) -> Happening:
    repository = _text(_part(data, "repository").get("full_name"))
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": "-",
        "GITHUB_REPOSITORY": repository if _REPOSITORY.fullmatch(repository) else "",
    }
    ci = read_ci(variables, lambda _: text)
    assert ci is not None
    command = command_of(read_inputs({}), ci) if ci.repository else ()
    pull, label = _part(data, "pull_request"), _text(_part(data, "label").get("name"))
    return Happening(
        "github",
        event,
        ci.action if _EVENT.fullmatch(ci.action) else "",
        Starts(command[0]) if command else Starts.NOTHING,
        repository=ci.repository,
        project=ci.repository,
        number=ci.number,
        head=ci.head,
        fork=bool(ci.fork),
        labels=ci.labels,
        new_labels=(label,) if label and ci.action == "labeled" else (),
        lines=_count(pull.get("additions")) + _count(pull.get("deletions")) if pull else -1,
        comment=ci.comment,
        remark=_text(_part(data, "comment").get("body")),
        inline=event == "pull_request_review_comment",
        installation=_count(_part(data, "installation").get("id")),
    )


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if type(value) is int and value > 0 else 0

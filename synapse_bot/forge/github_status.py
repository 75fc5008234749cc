"""The verdict on the head: a check run with annotations, else a commit status."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ForgeDenied
from synapse_bot.domain.review import Verdict
from synapse_bot.forge.github_calls import Missing
from synapse_bot.forge.http import AnswerLost

if TYPE_CHECKING:
    from synapse_bot.forge.github_calls import Calls, PullPlace, Row
    from synapse_bot.forge.posting import Annotation, Status

PER_REQUEST = 50
_ATTEMPTS = 3
MAX_TEXT = 65_535
_MAX_MESSAGE, _MAX_TITLE, _MAX_DESCRIPTION = 16_000, 255, 140
_CONCLUSIONS = {
    Verdict.PASS: "success",
    Verdict.FAIL: "failure",
    Verdict.INCOMPLETE: "neutral",  # neither red nor green: the title says what was not reviewed
}
_STATES = {Verdict.PASS: "success", Verdict.FAIL: "failure", Verdict.INCOMPLETE: "error"}


def set_status(calls: Calls, place: PullPlace, head: str, status: Status) -> str:
    """The address of the check run or status; "" where the token may set neither."""
    try:
        return _check_run(calls, place, head, status)
    except (ForgeDenied, Missing):  # a person's token can have no check runs
        pass
    try:
        return _commit_status(calls, place, head, status)
    except (ForgeDenied, Missing):
        return ""


def _check_run(calls: Calls, place: PullPlace, head: str, status: Status) -> str:
    """A write whose answer was lost is no matter: the next look says what the run lacks."""
    for attempt in range(_ATTEMPTS):
        try:
            return _completed_run(calls, place, head, status)
        except AnswerLost as lost:
            calls.rest(2.0**attempt, str(lost))
    return _completed_run(calls, place, head, status)


def _completed_run(calls: Calls, place: PullPlace, head: str, status: Status) -> str:
    """The same content is the same run: one that stands half-way only gets what it lacks."""
    external_id = _digest(status)
    run = _standing(calls, place, head, status.name, external_id)
    if run is None:
        run = calls.write("POST", f"{place.repo}/check-runs", _new_run(head, status, external_id))
        written = min(PER_REQUEST, len(status.annotations))
    else:
        written = int((run.get("output") or {}).get("annotations_count") or 0)
    for at in range(written, len(status.annotations), PER_REQUEST):
        path = f"{place.repo}/check-runs/{run['id']}"
        calls.write("PATCH", path, {"output": _output(status, at)})
    return str(run.get("html_url") or "")


def _new_run(head: str, status: Status, external_id: str) -> Row:
    body: Row = {
        "name": status.name,
        "head_sha": head,
        "external_id": external_id,
        "status": "completed",
        "conclusion": _CONCLUSIONS[status.verdict],
        "output": _output(status, 0),
    }
    return body | ({"details_url": status.url} if status.url else {})


def _standing(calls: Calls, place: PullPlace, head: str, name: str, external_id: str) -> Row | None:
    path = f"{place.repo}/commits/{head}/check-runs"
    runs = calls.pages(path, key="check_runs", check_name=name, filter="latest")
    return next((run for run in runs if run.get("external_id") == external_id), None)


def _output(status: Status, at: int) -> Row:
    rows = [_annotation(a) for a in status.annotations[at : at + PER_REQUEST]]
    summary = status.summary or status.title
    return {
        "title": status.title[:_MAX_TITLE],
        "summary": summary[:MAX_TEXT],
        "annotations": rows,
    }


def _annotation(annotation: Annotation) -> Row:
    return {
        "path": annotation.path,
        "start_line": annotation.start_line,
        "end_line": max(annotation.start_line, annotation.end_line),
        "annotation_level": annotation.level.value,
        "message": annotation.message[:_MAX_MESSAGE] or annotation.title or "finding",
        "title": annotation.title[:_MAX_TITLE],
    }


def _commit_status(calls: Calls, place: PullPlace, head: str, status: Status) -> str:
    body: Row = {
        "state": _STATES[status.verdict],
        "context": status.name,
        "description": status.title[:_MAX_DESCRIPTION],
    }
    if status.url:
        body["target_url"] = status.url
    for row in calls.pages(f"{place.repo}/commits/{head}/statuses"):
        if row.get("context") == status.name:  # the newest comes first
            if all(row.get(name) == value for name, value in body.items()):
                return str(row.get("url") or "")
            break
    path = f"{place.repo}/statuses/{head}"
    try:
        written: Row = calls.write("POST", path, body)
    except AnswerLost:  # the newest of one context counts: once more does no harm
        written = calls.write("POST", path, body)
    return str(written.get("url") or "")


def _digest(status: Status) -> str:
    return sha256(repr(status).encode("utf-8", "surrogatepass")).hexdigest()[:32]

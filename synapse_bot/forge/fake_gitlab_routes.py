"""The fake GitLab's endpoints: one function each, and the table of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from synapse_bot.forge.fake_gitlab_call import (
    DEVELOPER,
    REPORTER,
    Call,
    Refusal,
    keyset,
    page,
)
from synapse_bot.forge.fake_gitlab_positions import SCHEMA_FAULT, range_has_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.forge.fake_gitlab_state import FakeProject


def _user(fake: FakeProject, call: Call) -> Response:
    user = call.token.user
    return JSONResponse({"id": user.id, "username": user.username, "bot": user.bot})


def _person(fake: FakeProject, call: Call) -> Response:
    for user in fake.people:
        if str(user.id) == call.ids["user"]:
            return JSONResponse({"id": user.id, "username": user.username, "bot": user.bot})
    raise Refusal(404, {"message": "404 User Not Found"})


def _self(fake: FakeProject, call: Call) -> Response:
    return JSONResponse({"id": 1, "active": True, "scopes": list(call.token.scopes)})


def _project(fake: FakeProject, call: Call) -> None:
    if call.ids["project"] not in (str(fake.project_id), fake.project_path):
        raise Refusal(404, {"message": "404 Project Not Found"})
    if "iid" in call.ids and call.ids["iid"] != str(fake.iid):
        raise Refusal(404, {"message": "404 Not found"})


def _merge_request(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    count = fake.changes_count
    return JSONResponse(
        {
            "id": 900 + fake.iid,
            "iid": fake.iid,
            "project_id": fake.project_id,
            "source_project_id": fake.source_project_id,
            "target_project_id": fake.project_id,
            "title": fake.title,
            "description": fake.description,
            "draft": fake.draft,
            "state": "opened",
            "labels": fake.labels,
            "author": {"id": fake.author.id, "username": fake.author.username},
            "source_branch": "feature",
            "target_branch": "main",
            "sha": fake.refs["head_sha"],
            "diff_refs": fake.refs,
            "changes_count": str(len(fake.entries)) if count is None else count,
            "references": {"full": f"{fake.project_path}!{fake.iid}"},
            "web_url": fake.web_url,
        }
    )


def _change_merge_request(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    call.needs(DEVELOPER)
    names = [name for name in str(call.body.get("add_labels", "")).split(",") if name]
    fake.labels += [name for name in names if name not in fake.labels]
    return _merge_request(fake, call)


def _diffs(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    return page(call, fake.entries)


def _discussions(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    return page(call, fake.discussions)


def _create_discussion(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    call.needs(REPORTER)
    text, position = call.text("body"), call.body.get("position")
    fake.check_position(position)
    fake.notifications += 1
    found = fake.open_discussion(call.token.user, text, position, thread=True)
    return JSONResponse(found, status_code=201)


def _reply(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    call.needs(REPORTER)
    fake.notifications += 1
    note = fake.reply(call.ids["discussion"], call.token.user, call.text("body"))
    return JSONResponse(note, status_code=201)


def _award(fake: FakeProject, call: Call) -> Response:
    """One award of a name by a user: GitLab answers 404 to the second."""
    _project(fake, call)
    number, name = int(call.ids["note"]), call.text("name")
    if not any(note["id"] == number for note in fake.notes):
        raise Refusal(404, {"message": "404 Note Not Found"})
    award = (number, name, call.token.user.id)
    if award in fake.awards:
        raise Refusal(404, {"message": "404 Award Emoji Name has already been taken Not Found"})
    fake.awards.append(award)
    return JSONResponse({"id": fake.next_id(), "name": name, "awardable_id": number}, 201)


def _resolve(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    call.needs(DEVELOPER)
    found = fake.find_discussion(call.ids["discussion"])
    resolved = call.body["resolved"]
    for note in found["notes"]:
        user = {"id": call.token.user.id, "username": call.token.user.username}
        note |= {"resolved": bool(resolved), "resolved_by": user if resolved else None}
    return JSONResponse(found)


def _create_note(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    call.needs(REPORTER)
    fake.notifications += 1
    found = fake.open_discussion(call.token.user, call.text("body"), None, thread=False)
    return JSONResponse(found["notes"][0], status_code=201)


def _own_note(fake: FakeProject, call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    _project(fake, call)
    for discussion in fake.discussions:
        for note in discussion["notes"]:
            if str(note["id"]) != call.ids["note"]:
                continue
            if note["author"]["id"] != call.token.user.id:
                raise Refusal(403, {"message": "403 Forbidden"})
            return discussion, note
    raise Refusal(404, {"message": "404 Note Not Found"})


def _edit_note(fake: FakeProject, call: Call) -> Response:
    note = _own_note(fake, call)[1]
    note["body"] = call.text("body")
    return JSONResponse(note)


def _delete_note(fake: FakeProject, call: Call) -> Response:
    discussion, note = _own_note(fake, call)
    discussion["notes"].remove(note)
    if not discussion["notes"]:
        fake.discussions.remove(discussion)
    return Response(status_code=204)


def _need_drafts(fake: FakeProject, call: Call) -> list[dict[str, Any]]:
    """The drafts of whoever asks; nobody sees another's."""
    _project(fake, call)
    if not fake.features.drafts:
        raise Refusal(404, {"error": "404 Not Found"})
    return [draft for draft in fake.drafts if draft["author_id"] == call.token.user.id]


def _drafts(fake: FakeProject, call: Call) -> Response:
    return page(call, _need_drafts(fake, call))


def _create_draft(fake: FakeProject, call: Call) -> Response:
    _need_drafts(fake, call)
    call.needs(REPORTER)
    text, position = call.text("note"), call.body.get("position")
    if position is not None and range_has_numbers(position):
        raise Refusal(400, {"message": SCHEMA_FAULT})
    fake.check_position(position)
    author = call.token.user.id
    draft = {"id": fake.next_id(), "author_id": author, "note": text, "position": position}
    fake.drafts.append(draft)
    return JSONResponse(draft, status_code=201)


def _delete_draft(fake: FakeProject, call: Call) -> Response:
    for draft in _need_drafts(fake, call):
        if str(draft["id"]) == call.ids["draft"]:
            fake.drafts.remove(draft)
            return Response(status_code=204)
    raise Refusal(404, {"message": "404 Not found"})


def _publish(fake: FakeProject, call: Call) -> Response:
    own = _need_drafts(fake, call)
    for draft in own:
        fake.drafts.remove(draft)
        if not any(text in draft["note"] for text in fake.vanish):
            fake.open_discussion(call.token.user, draft["note"], draft["position"], thread=True)
    fake.notifications += bool(own)
    return Response(status_code=204)


def _statuses(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    name = call.query.get("name")
    rows = [s for s in fake.statuses if s["sha"] == call.ids["sha"]]
    return page(call, [s for s in rows if name in (None, s["name"])])


def _set_status(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    call.needs(DEVELOPER)
    state, name = call.text("state"), call.body.get("name", "default")
    states = {"pending", "running", "success", "failed", "canceled"}
    if state not in states | ({"skipped"} if fake.features.skipped_status else set()):
        raise Refusal(400, {"error": "state does not have a valid value"})
    if len(str(call.body.get("description") or "")) > 255:
        raise Refusal(400, {"message": {"description": ["is too long (maximum is 255)"]}})
    sha = call.ids["sha"]
    found = next((s for s in fake.statuses if (s["sha"], s["name"]) == (sha, name)), None)
    if found and found["status"] == state and not fake.features.same_status_again:
        why = f"Cannot transition status via :{state} from :{state}"
        raise Refusal(400, {"message": why})
    if found is None:
        found = {"id": fake.next_id(), "sha": sha, "name": name}
        fake.statuses.append(found)
    found |= {
        "status": state,
        "description": call.body.get("description"),
        "target_url": call.body.get("target_url"),
    }
    return JSONResponse(found, status_code=201)


def _member(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    for user in fake.people:
        if str(user.id) == call.ids["user"] and user.level:
            body = {"id": user.id, "username": user.username, "access_level": user.level}
            return JSONResponse(body | {"state": "active"})
    raise Refusal(404, {"message": "404 Not found"})


def _file(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    content = fake.blobs.get((call.query["ref"], call.ids["path"]))
    if content is None:
        raise Refusal(404, {"message": "404 File Not Found"})
    return Response(content, media_type="text/plain")


def _tree(fake: FakeProject, call: Call) -> Response:
    _project(fake, call)
    folder = call.query.get("path", "").strip("/")
    paths = sorted(p for ref, p in fake.blobs if ref == call.query["ref"])
    inside = [p for p in paths if not folder or p.startswith(f"{folder}/")]
    if not inside:
        raise Refusal(404, {"message": "404 invalid revision or path Not Found"})
    rows = [{"type": "blob", "path": path, "mode": "100644"} for path in inside]
    return keyset(call, rows, lambda row: str(row["path"]))


_MR = r"/projects/(?P<project>[^/]+)/merge_requests/(?P<iid>\d+)"
_REPO = r"/projects/(?P<project>[^/]+)/repository"
ROUTES: tuple[tuple[str, str, Callable[[FakeProject, Call], Response]], ...] = (
    ("GET", r"/user", _user),
    ("GET", r"/users/(?P<user>\d+)", _person),
    ("GET", r"/personal_access_tokens/self", _self),
    ("GET", _MR, _merge_request),
    ("PUT", _MR, _change_merge_request),
    ("GET", rf"{_MR}/diffs", _diffs),
    ("GET", rf"{_MR}/discussions", _discussions),
    ("POST", rf"{_MR}/discussions", _create_discussion),
    ("PUT", rf"{_MR}/discussions/(?P<discussion>\w+)", _resolve),
    ("POST", rf"{_MR}/discussions/(?P<discussion>\w+)/notes", _reply),
    ("POST", rf"{_MR}/notes", _create_note),
    ("POST", rf"{_MR}/notes/(?P<note>\d+)/award_emoji", _award),
    ("PUT", rf"{_MR}/notes/(?P<note>\d+)", _edit_note),
    ("DELETE", rf"{_MR}/notes/(?P<note>\d+)", _delete_note),
    ("GET", rf"{_MR}/draft_notes", _drafts),
    ("POST", rf"{_MR}/draft_notes", _create_draft),
    ("POST", rf"{_MR}/draft_notes/bulk_publish", _publish),
    ("DELETE", rf"{_MR}/draft_notes/(?P<draft>\d+)", _delete_draft),
    ("GET", rf"{_REPO}/commits/(?P<sha>\w+)/statuses", _statuses),
    ("POST", r"/projects/(?P<project>[^/]+)/statuses/(?P<sha>\w+)", _set_status),
    ("GET", r"/projects/(?P<project>[^/]+)/members/all/(?P<user>\d+)", _member),
    ("GET", rf"{_REPO}/files/(?P<path>[^/]+)/raw", _file),
    ("GET", rf"{_REPO}/tree", _tree),
)

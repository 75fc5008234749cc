"""The fake GitHub's endpoints: one function each, and the table of them with their shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.forge import fake_github_shapes as shape
from synapse_bot.forge.fake_github_call import (
    Answer,
    Refusal,
    by_id,
    found,
    not_accessible,
    only,
    text_of,
)
from synapse_bot.forge.fake_github_graphql import graphql
from synapse_bot.forge.fake_github_state import (
    API,
    LINE_FIELDS,
    SITE,
    time_of,
    unprocessable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.forge.fake_github_call import Call, Row
    from synapse_bot.forge.fake_github_state import FakeRepository

    Handler = Callable[[FakeRepository, Call], Answer]
    Shape = Callable[[FakeRepository, Row], Row]

MAX_FILES = 3000
_DIFF_TYPES = ("application/vnd.github.diff", "application/vnd.github.v3.diff")
_EVENTS = {
    "PENDING": "PENDING",
    "COMMENT": "COMMENTED",
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
}
_STATES = ("error", "failure", "pending", "success")
_REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


# The pull request


def _pull(fake: FakeRepository, call: Call) -> Answer:
    if call.accept in _DIFF_TYPES and len(fake.revisions.files) > 300:
        raise Refusal(406, "Sorry, the diff exceeded the maximum number of files (300).")
    base = {"id": 1, "full_name": fake.repository, "archived": fake.archived}
    is_fork = fake.head_repository_id != 1
    head = {"id": fake.head_repository_id, "full_name": "someone/fork"} if is_fork else base
    return Answer(
        {
            "id": 7_000_000_000 + fake.number,
            "number": fake.number,
            "title": fake.title,
            "body": fake.body,
            "draft": fake.draft,
            "user": fake.author.row(),
            "labels": [{"name": name} for name in fake.labels],
            "base": {"ref": "main", "sha": fake.revisions.base, "repo": base},
            "head": {"ref": fake.branch, "sha": fake.revisions.head, "repo": head},
            "changed_files": len(fake.revisions.files),
            "state": "open",
        }
    )


def _files(fake: FakeRepository, call: Call) -> Answer:
    return Answer(fake.revisions.rows[:MAX_FILES])


def _compare(fake: FakeRepository, call: Call) -> Answer:
    base, _, head = call.ids["range"].partition("...")
    return Answer(found(fake.revisions.comparison(base, head)))


def _tree(fake: FakeRepository, call: Call) -> Answer:
    return Answer(found(fake.revisions.tree(call.ids["sha"], recursive="recursive" in call.query)))


def _blob(fake: FakeRepository, call: Call) -> Answer:
    return Answer(found(fake.revisions.blob(call.ids["sha"])))


# Reviews and their comments


def _reviews(fake: FakeRepository, call: Call) -> Answer:
    me = call.token.user.id
    rows = fake.reviews
    return Answer([row for row in rows if row["state"] != "PENDING" or row["user"]["id"] == me])


def _create_review(fake: FakeRepository, call: Call) -> Answer:
    body, user = call.body, call.writer()
    only(body, {"commit_id", "body", "event", "comments"})
    if any(row["state"] == "PENDING" and row["user"]["id"] == user.id for row in fake.reviews):
        raise unprocessable("User can only have one pending review")
    event = body.get("event") or "PENDING"
    if event not in _EVENTS:
        raise unprocessable(f"event {event} is not one")
    if body.get("commit_id", fake.revisions.head) != fake.revisions.head:
        raise unprocessable("commit_id is not part of the pull request")
    comments = body.get("comments") or []
    if event == "COMMENT" and not comments and not body.get("body"):
        raise unprocessable("body is missing")
    for comment in comments:  # one bad comment refuses all
        text_of(comment)
        fake.check_line(comment)
    review = fake.review(user, _EVENTS[event], str(body.get("body") or ""))
    for comment in comments:
        fake.review_comment(user, comment, review=review["id"])
    return Answer(review)


def _delete_review(fake: FakeRepository, call: Call) -> Answer:
    row = by_id(fake.reviews, call.ids["id"])
    if row["state"] != "PENDING":
        raise Refusal(422, "Can not delete a non-pending pull request review")
    fake.reviews.remove(row)
    return Answer(row)


def _review_comments(fake: FakeRepository, call: Call) -> Answer:
    return Answer(fake.review_comments)


def _create_review_comment(fake: FakeRepository, call: Call) -> Answer:
    """A single comment is a review of its own."""
    body, user = call.body, call.writer()
    only(body, {*LINE_FIELDS, "commit_id", "subject_type"})
    if body.get("commit_id") != fake.revisions.head:
        raise Refusal(422, "Validation Failed", ["commit_id is not part of the pull request"])
    call.text()
    if body.get("subject_type") != "file":
        fake.check_line({name: value for name, value in body.items() if name in LINE_FIELDS})
    elif not fake.revisions.has(body.get("path", "")):
        raise Refusal(422, "Validation Failed", ["path is not part of the diff"])
    review = fake.review(user, "COMMENTED", "")
    return Answer(fake.review_comment(user, body, review=review["id"]), 201)


def _reply(fake: FakeRepository, call: Call) -> Answer:
    only(call.body, {"body"})
    return Answer(fake.reply(call.writer(), call.text(), call.ids["id"]), 201)


# The conversation, and what both kinds of comments have


def _comments(fake: FakeRepository, call: Call) -> Answer:
    return Answer(fake.issue_comments)


def _create_comment(fake: FakeRepository, call: Call) -> Answer:
    return Answer(fake.comment(call.writer(), call.text()), 201)


def _comment(fake: FakeRepository, call: Call) -> Answer:
    return Answer(by_id(_rows(fake, call), call.ids["id"]))


def _edit(fake: FakeRepository, call: Call) -> Answer:
    user = call.writer()
    row = by_id(_rows(fake, call), call.ids["id"])
    if row["user"]["id"] != user.id:
        raise not_accessible("issues=write")
    row["body"] = call.text()
    return Answer(row)


def _delete(fake: FakeRepository, call: Call) -> Answer:
    call.writer()
    rows = _rows(fake, call)
    rows.remove(by_id(rows, call.ids["id"]))
    return Answer(None, 204)


def _react(fake: FakeRepository, call: Call) -> Answer:
    """One reaction of a kind a person, however often it is sent."""
    user, number = call.writer(), by_id(_rows(fake, call), call.ids["id"])["id"]
    content = call.body.get("content")
    if content not in _REACTIONS:
        raise Refusal(422, "Validation Failed", [f"{content} is not a reaction"])
    for row in fake.reactions:
        if (row["_to"], row["content"], row["user"]["id"]) == (number, content, user.id):
            return Answer(row)
    row = {"id": fake.next_id(), "user": user.row(), "content": content, "_to": number}
    fake.reactions.append(row | {"created_at": time_of(row["id"])})
    return Answer(fake.reactions[-1], 201)


def _rows(fake: FakeRepository, call: Call) -> list[Row]:
    """The comments that the path speaks of."""
    return fake.review_comments if "/pulls/comments/" in call.path else fake.issue_comments


def _add_labels(fake: FakeRepository, call: Call) -> Answer:
    call.writer()
    fake.labels += [name for name in call.body["labels"] if name not in fake.labels]
    return Answer([{"name": name} for name in fake.labels])


# The status


def _check_runs(fake: FakeRepository, call: Call) -> Answer:
    sha, name = call.ids["sha"], call.query.get("check_name")
    runs = [r for r in fake.check_runs if r["head_sha"] == sha and name in (None, r["name"])]
    return Answer({"total_count": len(runs), "check_runs": runs[:1]})


def _create_check_run(fake: FakeRepository, call: Call) -> Answer:
    _checker(call)
    number, annotations = fake.next_id(), call.annotations()
    output = (call.body.get("output") or {}) | {"annotations_count": len(annotations)}
    row: Row = call.body | {
        "id": number,
        "html_url": f"{SITE}/{fake.repository}/runs/{number}",
        "output": output,
        "_annotations": annotations,
    }
    fake.check_runs.insert(0, row)
    return Answer(row, 201)


def _change_check_run(fake: FakeRepository, call: Call) -> Answer:
    _checker(call)
    row = by_id(fake.check_runs, call.ids["id"])
    row["_annotations"] += call.annotations()
    row["output"]["annotations_count"] = len(row["_annotations"])
    return Answer(row)


def _checker(call: Call) -> None:
    if not call.token.checks:
        raise Refusal(403, "You must authenticate via a GitHub App.")


def _statuses(fake: FakeRepository, call: Call) -> Answer:
    return Answer([row for row in fake.statuses if row["_sha"] == call.ids["sha"]])


def _create_status(fake: FakeRepository, call: Call) -> Answer:
    if not call.token.statuses:
        raise not_accessible("statuses=write")
    body, number, sha = call.body, fake.next_id(), call.ids["sha"]
    only(body, {"state", "context", "description", "target_url"})
    if body.get("state") not in _STATES:
        raise Refusal(422, "Validation Failed", ["state is not included in the list"])
    if len(body.get("description") or "") > 140:
        raise Refusal(422, "Validation Failed", ["description is too long (140)"])
    row: Row = body | {
        "id": number,
        "url": f"{API}/repos/{fake.repository}/statuses/{sha}",
        "created_at": time_of(number),
        "creator": call.token.user.row(),
        "_sha": sha,
    }
    fake.statuses.insert(0, row)
    return Answer(row, 201)


# People


def _user(fake: FakeRepository, call: Call) -> Answer:
    if call.token.installation:
        raise not_accessible("")
    return Answer(call.token.user.row())


def _permission(fake: FakeRepository, call: Call) -> Answer:
    login = call.ids["login"].lower()
    user = next((user for user in fake.users if user.login.lower() == login), None)
    if user is None:
        raise Refusal(404, "Not Found")
    return Answer({"permission": user.permission, "user": user.row()})


# {repo}, {pull} and {issue} are those of the one pull request.
ROUTES: tuple[tuple[str, str, Handler, Shape], ...] = (
    ("GET", "{pull}", _pull, shape.pull),
    ("GET", "{pull}/files", _files, shape.file),
    ("GET", "{pull}/comments", _review_comments, shape.review_comment),
    ("POST", "{pull}/comments", _create_review_comment, shape.review_comment),
    ("POST", "{pull}/comments/{id:int}/replies", _reply, shape.review_comment),
    ("GET", "{pull}/reviews", _reviews, shape.review),
    ("POST", "{pull}/reviews", _create_review, shape.review),
    ("DELETE", "{pull}/reviews/{id:int}", _delete_review, shape.review),
    ("GET", "{repo}/pulls/comments/{id:int}", _comment, shape.review_comment),
    ("PATCH", "{repo}/pulls/comments/{id:int}", _edit, shape.review_comment),
    ("DELETE", "{repo}/pulls/comments/{id:int}", _delete, shape.plain),
    ("POST", "{repo}/pulls/comments/{id:int}/reactions", _react, shape.reaction),
    ("GET", "{issue}/comments", _comments, shape.comment),
    ("POST", "{issue}/comments", _create_comment, shape.comment),
    ("GET", "{repo}/issues/comments/{id:int}", _comment, shape.comment),
    ("PATCH", "{repo}/issues/comments/{id:int}", _edit, shape.comment),
    ("DELETE", "{repo}/issues/comments/{id:int}", _delete, shape.plain),
    ("POST", "{repo}/issues/comments/{id:int}/reactions", _react, shape.reaction),
    ("POST", "{issue}/labels", _add_labels, shape.label),
    ("POST", "{repo}/check-runs", _create_check_run, shape.check_run),
    ("PATCH", "{repo}/check-runs/{id:int}", _change_check_run, shape.check_run),
    ("GET", "{repo}/commits/{sha}/check-runs", _check_runs, shape.check_runs),
    ("POST", "{repo}/statuses/{sha}", _create_status, shape.status),
    ("GET", "{repo}/commits/{sha}/statuses", _statuses, shape.status),
    ("GET", "{repo}/compare/{range}", _compare, shape.comparison),
    ("GET", "{repo}/git/trees/{sha}", _tree, shape.plain),
    ("GET", "{repo}/git/blobs/{sha}", _blob, shape.blob),
    ("GET", "{repo}/collaborators/{login}/permission", _permission, shape.permission),
    ("GET", "{root}/user", _user, shape.account),
    ("POST", "{graphql}", graphql, shape.plain),
)

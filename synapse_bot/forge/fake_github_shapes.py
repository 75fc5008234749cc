"""The fake GitHub's rows in the full shape of GitHub's answers, by its OpenAPI description.

The state keeps what decides something; here each row gets the rest of the fields that GitHub
always sends. What a row has goes before what is made up here; names that begin with "_" stay
inside. https://github.com/github/rest-api-description
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from synapse_bot.forge.fake_github_call import FakeUser
from synapse_bot.forge.fake_github_state import API, SITE, time_of

if TYPE_CHECKING:
    from synapse_bot.forge.fake_github_call import Row
    from synapse_bot.forge.fake_github_state import FakeRepository

_WHEN = time_of(0)
_USER_PARTS = (
    "events followers following gists organizations received_events repos starred subscriptions"
)
_REPOSITORY_PARTS = (
    "archive assignees blobs branches clone collaborators comments commits compare contents "
    "contributors deployments downloads events forks git git_commits git_refs git_tags hooks "
    "issue_comment issue_events issues keys labels languages merges milestones notifications "
    "pulls releases ssh stargazers statuses subscribers subscription svn tags teams trees"
)
_COUNTS = (
    "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count"
)
_FEATURES = "has_downloads has_issues has_pages has_projects has_wiki disabled private"
_NOTHINGS = "description homepage language license mirror_url"


def plain(fake: FakeRepository, row: Row) -> Row:
    return row


def user(fake: FakeRepository, row: Row) -> Row:
    name = quote(row["login"])
    url = f"{API}/users/{name}"
    return {
        "node_id": f"U_{row['id']}",
        "avatar_url": f"{SITE}/{name}.png",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{SITE}/{name}",
        "site_admin": False,
        **{f"{part}_url": f"{url}/{part}" for part in _USER_PARTS.split()},
        **row,
    }


def account(fake: FakeRepository, row: Row) -> Row:
    """A user as ``GET /user`` tells of whoever asks."""
    nothing = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    return user(fake, row) | nothing | counts | {"created_at": _WHEN, "updated_at": _WHEN}


def permission(fake: FakeRepository, row: Row) -> Row:
    role = {"role_name": row["permission"]}
    return row | role | {"user": user(fake, row["user"]) | role}


def pull(fake: FakeRepository, row: Row) -> Row:
    url, issue = f"{_repo(fake)}/pulls/{fake.number}", f"{_repo(fake)}/issues/{fake.number}"
    links = {
        "self": url,
        "html": fake.url,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{_repo(fake)}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{_repo(fake)}/statuses/{fake.revisions.head}",
    }
    kept = ("comments", "review_comments", "review_comment", "commits", "statuses", "issue")
    counts = {"additions": 0, "deletions": 0, "commits": 1}
    counts |= {"comments": len(fake.issue_comments), "review_comments": len(fake.review_comments)}
    nothing = ("assignee", "body", "closed_at", "merged_at", "merged_by", "milestone")
    return {
        **_named(f"PR_{fake.number}", url),
        **dict.fromkeys((*nothing, "auto_merge", "merge_commit_sha", "mergeable")),
        **counts,
        **{f"{name}_url": links[name] for name in kept},
        "_links": {name: {"href": link} for name, link in links.items()},
        "html_url": fake.url,
        "diff_url": f"{fake.url}.diff",
        "patch_url": f"{fake.url}.patch",
        "created_at": _WHEN,
        "updated_at": _WHEN,
        "author_association": fake.author.association,
        "draft": False,
        "locked": False,
        "maintainer_can_modify": False,
        "merged": False,
        "mergeable_state": "unknown",
        **row,
        "user": user(fake, row["user"]),
        "labels": [label(fake, one) for one in row["labels"]],
        "base": _end(fake, row["base"]),
        "head": _end(fake, row["head"]),
    }


def label(fake: FakeRepository, row: Row) -> Row:
    url = f"{_repo(fake)}/labels/{quote(row['name'])}"
    extra = {"id": 1, "color": "ededed", "default": False, "description": None}
    return _named("LA_1", url) | extra | row


def file(fake: FakeRepository, row: Row) -> Row:
    head, path = fake.revisions.head, quote(row["filename"])
    return {
        "blob_url": f"{SITE}/{fake.repository}/blob/{head}/{path}",
        "raw_url": f"{SITE}/{fake.repository}/raw/{head}/{path}",
        "contents_url": f"{_repo(fake)}/contents/{path}?ref={head}",
        **row,
    }


def blob(fake: FakeRepository, row: Row) -> Row:
    return _named(f"B_{row['sha']}", f"{_repo(fake)}/git/blobs/{row['sha']}") | row


def comparison(fake: FakeRepository, row: Row) -> Row:
    """The commits between are left out, as GitHub leaves out those of another page."""
    url = f"{_repo(fake)}/compare/{row['base']}...{row['head']}"
    site = f"{SITE}/{fake.repository}/compare/{row['base']}...{row['head']}"
    return {
        "url": url,
        "html_url": site,
        "permalink_url": site,
        "diff_url": f"{site}.diff",
        "patch_url": f"{site}.patch",
        "base_commit": _commit(fake, row["base"]),
        "merge_base_commit": _commit(fake, row["merge_base"]),
        "status": _compared(row["ahead"], row["behind"]),
        "ahead_by": row["ahead"],
        "behind_by": row["behind"],
        "total_commits": row["ahead"],
        "commits": [],
        "files": [],
    }


def comment(fake: FakeRepository, row: Row) -> Row:
    """One of the conversation."""
    url = f"{_repo(fake)}/issues/comments/{row['id']}"
    shaped = _named(f"IC_{row['id']}", url) | {"updated_at": row["created_at"]} | row
    return shaped | {"user": _author(fake, row)}


def review_comment(fake: FakeRepository, row: Row) -> Row:
    url = f"{_repo(fake)}/pulls/comments/{row['id']}"
    links = {"self": url, "html": row["html_url"], "pull_request": row["pull_request_url"]}
    return {
        **_named(f"PRRC_{row['id']}", url),
        "commit_id": fake.revisions.head,
        "original_commit_id": fake.revisions.head,
        "diff_hunk": "",
        "updated_at": row["created_at"],
        "_links": {name: {"href": link} for name, link in links.items()},
        **row,
        "user": _author(fake, row),
    }


def review(fake: FakeRepository, row: Row) -> Row:
    url = f"{_repo(fake)}/pulls/{fake.number}"
    page = f"{fake.url}#pullrequestreview-{row['id']}"
    return {
        "node_id": f"PRR_{row['id']}",
        "commit_id": fake.revisions.head,
        "html_url": page,
        "pull_request_url": url,
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "author_association": "NONE",
        "body": "",
        **row,
        "user": _author(fake, row),
    }


def reaction(fake: FakeRepository, row: Row) -> Row:
    return {"node_id": f"REA_{row['id']}", **_outer(row), "user": _author(fake, row)}


def check_run(fake: FakeRepository, row: Row) -> Row:
    url = f"{_repo(fake)}/check-runs/{row['id']}"
    empty = ("details_url", "started_at", "completed_at", "external_id", "conclusion", "app")
    output = {"title": None, "summary": None, "text": None, "annotations_url": f"{url}/annotations"}
    told = {name: value for name, value in row["output"].items() if name != "annotations"}
    return {
        **_named(f"CR_{row['id']}", url),
        **dict.fromkeys(empty),
        "status": "queued",
        "check_suite": {"id": 1},
        "pull_requests": [],
        **_outer(row),
        "output": output | told,
    }


def check_runs(fake: FakeRepository, row: Row) -> Row:
    return row | {"check_runs": [check_run(fake, run) for run in row["check_runs"]]}


def status(fake: FakeRepository, row: Row) -> Row:
    return {
        "node_id": f"SC_{row['id']}",
        "avatar_url": None,
        "description": None,
        "target_url": None,
        "context": "default",
        "updated_at": row["created_at"],
        **_outer(row),
        "creator": user(fake, row["creator"]),
    }


def _repo(fake: FakeRepository) -> str:
    return f"{API}/repos/{fake.repository}"


def _named(node: str, url: str) -> Row:
    return {"node_id": node, "url": url}


def _outer(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _author(fake: FakeRepository, row: Row) -> Row | None:
    """None where the account is gone."""
    return user(fake, row["user"]) if row["user"] else None


def _end(fake: FakeRepository, row: Row) -> Row:
    """The base or the head of the pull request."""
    owner = FakeUser(row["repo"]["id"], row["repo"]["full_name"].partition("/")[0])
    ends = {"label": f"{owner.login}:{row['ref']}", "user": user(fake, owner.row())}
    return row | ends | {"repo": _repository(fake, row["repo"], owner)}


def _repository(fake: FakeRepository, row: Row, owner: FakeUser) -> Row:
    url = f"{API}/repos/{row['full_name']}"
    return {
        **_named(f"R_{row['id']}", url),
        **{f"{part}_url": f"{url}/{part}" for part in _REPOSITORY_PARTS.split()},
        **dict.fromkeys(_COUNTS.split(), 0),
        **dict.fromkeys(_FEATURES.split(), False),
        **dict.fromkeys(_NOTHINGS.split()),
        "name": row["full_name"].partition("/")[2],
        "html_url": f"{SITE}/{row['full_name']}",
        "owner": user(fake, owner.row()),
        "default_branch": "main",
        "fork": row["id"] != 1,
        "archived": False,
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), _WHEN),
        **row,
    }


def _commit(fake: FakeRepository, sha: str) -> Row:
    url = f"{_repo(fake)}/commits/{sha}"
    tree = {"sha": sha, "url": f"{_repo(fake)}/git/trees/{sha}"}
    told = {"message": "", "comment_count": 0, "author": None, "committer": None}
    return {
        "sha": sha,
        "node_id": f"C_{sha}",
        "url": url,
        "html_url": f"{SITE}/{fake.repository}/commit/{sha}",
        "comments_url": f"{url}/comments",
        "commit": told | {"tree": tree, "url": f"{_repo(fake)}/git/commits/{sha}"},
        "author": None,
        "committer": None,
        "parents": [],
    }


def _compared(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"

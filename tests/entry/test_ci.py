"""Variables as GitHub's and GitLab's runners set them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from synapse_bot.entry.ci import CiContext, ForgeKind, find_token, known_of, read_ci
from synapse_bot.forge.gitlab_api import GitLabPlace, TokenKind

BASE, HEAD, MERGE = "a" * 40, "b" * 40, "c" * 40

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
    "GITHUB_REPOSITORY": "octo/shop",
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_EVENT_PATH": "/home/runner/work/_temp/_github_workflow/event.json",
    "GITHUB_SHA": MERGE,
    "GITHUB_REF": "refs/pull/123/merge",
    "GITHUB_BASE_REF": "main",
    "GITHUB_HEAD_REF": "feature",
    "GITHUB_RUN_ID": "9001",
    "GITHUB_TOKEN": "ghs_x",
    "GITHUB_STEP_SUMMARY": "/tmp/summary",
    "GITHUB_OUTPUT": "/tmp/output",
}
PULL: dict[str, Any] = {
    "action": "synchronize",
    "pull_request": {
        "number": 123,
        "title": "feat: a change",
        "draft": False,
        "labels": [{"name": "security"}],
        "head": {"sha": HEAD, "ref": "feature", "repo": {"id": 5}},
        "base": {"sha": BASE, "ref": "main", "repo": {"id": 5}},
    },
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_API_V4_URL": "https://git.example.org/gitlab/api/v4",
    "CI_SERVER_URL": "https://git.example.org/gitlab",
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_PROJECT_ID": "11",
    "CI_PROJECT_PATH": "group/sub/shop",
    "CI_MERGE_REQUEST_IID": "45",
    "CI_MERGE_REQUEST_PROJECT_ID": "11",
    "CI_MERGE_REQUEST_PROJECT_PATH": "group/sub/shop",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "11",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": BASE,
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
    "CI_MERGE_REQUEST_TITLE": "Draft: fix: it",
    "CI_MERGE_REQUEST_LABELS": "security,backend",
    "CI_COMMIT_SHA": HEAD,
    "CI_COMMIT_BEFORE_SHA": "0" * 40,
    "CI_JOB_TOKEN": "glcbt-x",
    "CI_JOB_URL": "https://git.example.org/gitlab/group/sub/shop/-/jobs/3",
}


def _github(event: Any = PULL, **more: str) -> CiContext:
    found = read_ci(GITHUB | more, lambda path: json.dumps(event))
    assert found is not None
    return found


def _gitlab(**more: str) -> CiContext:
    found = read_ci(GITLAB | more)
    assert found is not None
    return found


def test_outside_of_a_ci_there_is_no_context() -> None:
    assert read_ci({}) is None
    assert read_ci({"CI": "true", "GITHUB_TOKEN": "x", "GITLAB_TOKEN": "y"}) is None


def test_a_pull_request() -> None:
    ci = _github()
    assert (ci.forge, ci.repository, ci.number) == (ForgeKind.GITHUB, "octo/shop", 123)
    assert (ci.base, ci.head) == (BASE, HEAD)  # never the commit that GitHub merged for the test
    assert (ci.base_branch, ci.branch) == ("main", "feature")
    assert (ci.title, ci.labels, ci.draft, ci.fork) == (
        "feat: a change",
        ("security",),
        False,
        False,
    )
    assert (ci.token_kind, ci.token_from) == (TokenKind.ACCESS, "GITHUB_TOKEN")
    assert (ci.summary, ci.output) == ("/tmp/summary", "/tmp/output")
    assert ci.run_url == "https://github.com/octo/shop/actions/runs/9001"
    assert ci.may_post


@pytest.mark.parametrize(
    ("head_repo", "fork"), [({"id": 5}, False), ({"id": 6}, True), (None, True)]
)
def test_a_fork_is_told_by_numbers_and_a_deleted_one_is_one(head_repo: Any, fork: bool) -> None:
    event = json.loads(json.dumps(PULL))
    event["pull_request"]["head"]["repo"] = head_repo
    assert _github(event).fork is fork


def test_a_comment_on_a_pull_request_and_on_an_issue() -> None:
    about = {"issue": {"number": 9, "pull_request": {"url": "u"}}, "comment": {"body": "/synapse"}}
    ci = _github(about, GITHUB_EVENT_NAME="issue_comment", GITHUB_REF="refs/heads/main")
    assert (ci.number, ci.head) == (9, "")  # GITHUB_SHA is the default branch: not the change
    plain = {"issue": {"number": 9}, "comment": {"body": "/synapse"}}
    assert _github(plain, GITHUB_EVENT_NAME="issue_comment", GITHUB_REF="").number == 0


@pytest.mark.parametrize(("sender", "author"), [("Bot", "User"), ("User", "Bot"), ("Bot", "Bot")])
def test_a_comment_is_a_bot_s_by_its_author_or_its_sender(sender: str, author: str) -> None:
    comment = {"id": 3_000_000_001, "user": {"type": author}}
    event = {"action": "created", "comment": comment, "sender": {"type": sender}}
    ci = _github(event, GITHUB_EVENT_NAME="issue_comment")
    assert (ci.action, ci.comment, ci.by_bot) == ("created", 3_000_000_001, True)
    comment["user"] = event["sender"] = {"type": "User"}
    assert not _github(event, GITHUB_EVENT_NAME="issue_comment").by_bot


@pytest.mark.parametrize("number", [True, -1, 0, "7", 1.5, None, [7]])
def test_an_id_that_is_no_number_is_none(number: Any) -> None:
    ci = _github({"comment": {"id": number}, "pull_request": {"number": number}}, GITHUB_REF="")
    assert (ci.comment, ci.number) == (0, 0)


def test_a_merge_queue_compares_with_the_base_it_names() -> None:
    event = {"action": "checks_requested", "merge_group": {"head_sha": HEAD, "base_sha": BASE}}
    more = {"GITHUB_EVENT_NAME": "merge_group", "GITHUB_SHA": HEAD, "GITHUB_REF": "refs/heads/q"}
    ci = _github(event, **more)
    assert (ci.number, ci.base, ci.head) == (0, BASE, HEAD)


@pytest.mark.parametrize(("pulls", "number"), [([{"number": 4}], 4), ([], 0), ([{}, {}], 0)])
def test_a_workflow_run_may_not_name_its_pull_request(pulls: Any, number: int) -> None:
    event = {"workflow_run": {"head_sha": HEAD, "pull_requests": pulls}}
    more = {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_REF": "refs/heads/main"}
    ci = _github(event, **more)
    assert (ci.number, ci.head) == (number, HEAD)


def test_a_push() -> None:
    event = {"before": BASE, "after": HEAD}
    more = {"GITHUB_EVENT_NAME": "push", "GITHUB_SHA": HEAD, "GITHUB_REF": "refs/heads/main"}
    ci = _github(event, **more)
    assert (ci.number, ci.base, ci.head, ci.fork, ci.may_post) == (0, BASE, HEAD, None, False)
    assert _github({"before": "0" * 40}, **more).base == ""


@pytest.mark.parametrize(
    "event",
    [
        "",
        "null",
        "[]",
        "{",
        '{"pull_request": 5}',
        '{"pull_request": {"number": "7; rm"}}',
        "[" * 9999,
    ],
)
def test_a_payload_that_is_none_leaves_the_number_of_the_ref(event: str) -> None:
    ci = read_ci(GITHUB, lambda path: event)
    assert ci is not None
    assert (ci.number, ci.head, ci.title) == (123, "", "")


def test_an_enterprise_server() -> None:
    ci = _github(
        GITHUB_API_URL="https://ghe.example.org/api/v3", GITHUB_SERVER_URL="https://ghe.example.org"
    )
    assert ci.api_url == "https://ghe.example.org/api/v3"
    assert ci.run_url.startswith("https://ghe.example.org/")


def test_a_merge_request() -> None:
    ci = _gitlab(GITLAB_TOKEN="glpat-x")
    assert (ci.forge, ci.project, ci.number) == (ForgeKind.GITLAB, "11", 45)
    assert ci.api_url == "https://git.example.org/gitlab/api/v4"
    assert (ci.base, ci.head, ci.repository) == (BASE, HEAD, "group/sub/shop")
    assert (ci.labels, ci.draft, ci.fork) == (("security", "backend"), True, False)
    assert (ci.token, ci.token_kind) == ("glpat-x", TokenKind.ACCESS)
    assert ci.may_post


def test_a_job_token_is_known_as_such_up_front() -> None:
    ci = _gitlab()
    assert (ci.token_kind, ci.token_from, ci.may_post) == (TokenKind.JOB, "CI_JOB_TOKEN", False)


@pytest.mark.parametrize("value", ["", "  ", "$GITLAB_TOKEN", "${GITLAB_TOKEN}"])
def test_a_variable_that_was_not_expanded_is_no_token(value: str) -> None:
    """A protected variable on an unprotected branch."""
    assert _gitlab(GITLAB_TOKEN=value).token_kind is TokenKind.JOB


def test_a_fork_of_gitlab_names_the_target_project() -> None:
    ci = _gitlab(CI_PROJECT_ID="99", CI_MERGE_REQUEST_SOURCE_PROJECT_ID="99")
    assert (ci.project, ci.fork) == ("11", True)


def test_a_merged_results_pipeline_reviews_the_source_branch() -> None:
    ci = _gitlab(CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=HEAD, CI_COMMIT_SHA=MERGE)
    assert ci.head == HEAD


def test_a_branch_pipeline_has_no_merge_request() -> None:
    variables = {k: v for k, v in GITLAB.items() if not k.startswith("CI_MERGE_REQUEST")}
    ci = read_ci(variables | {"CI_COMMIT_BEFORE_SHA": BASE, "CI_COMMIT_REF_NAME": "feature"})
    assert ci is not None
    assert (ci.number, ci.base, ci.head, ci.branch) == (0, BASE, HEAD, "feature")


@pytest.mark.parametrize("iid", ["", "0", "-1", "4x", "9" * 30])
def test_a_number_that_is_none_is_none(iid: str) -> None:
    assert _gitlab(CI_MERGE_REQUEST_IID=iid).number == 0


def test_a_revision_that_is_none_is_none() -> None:
    ci = _gitlab(CI_COMMIT_SHA="--upload-pack=x", CI_MERGE_REQUEST_DIFF_BASE_SHA="main")
    assert (ci.head, ci.base) == ("", "")


def test_the_token_is_in_no_repr() -> None:
    assert "ghs_x" not in repr(_github())
    assert "glcbt-x" not in repr(_gitlab())
    place = GitLabPlace("https://g/api/v4", "11", 45, _gitlab().token)
    assert "glcbt-x" not in repr(place)


def test_each_forge_has_its_own_tokens() -> None:
    both = {"GH_TOKEN": "gh", "GITLAB_TOKEN": "gl"}
    assert find_token(both, ForgeKind.GITHUB)[0] == "gh"
    assert find_token(both, ForgeKind.GITLAB)[0] == "gl"
    assert find_token({}, ForgeKind.GITHUB) == ("", TokenKind.NONE, "")


def test_the_place_knows_the_change_only_of_its_own_job() -> None:
    ci = _gitlab()
    own, other = known_of(ci, 45), known_of(ci, 46)
    assert (ci.number, own.head, own.title) == (45, HEAD, "Draft: fix: it")
    assert (other.head, ci.project) == ("", "11")

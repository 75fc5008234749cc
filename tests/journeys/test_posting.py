"""The whole job on a pull or merge request: read, reviewed, posted once, kept up to date."""

from __future__ import annotations

from typing import Any

import pytest

from synapse_bot.domain.markers import parse
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeToken, FakeUser
from synapse_bot.forge.faults import Fault, FaultKind, Seen

CLEAN = '"""Adds."""\n\n\ndef add(first, second):\n    return first + second\n'
FIXED = CLEAN + "\n\ndef run(command):\n    return subprocess.run([command], check=True)\n"
MORE = "\n\ndef calculate(text):\n    return eval(text)\n"


def test_a_pull_request_gets_one_summary_and_a_comment_on_the_line(github: Any) -> None:
    ran = github.review()
    assert ran.code == 0, ran.err
    (comment,) = github.comments
    assert (comment["path"], comment["line"], comment["side"]) == ("app.py", 9, "RIGHT")
    (summary,) = github.summaries
    assert summary.startswith("<!-- synapse-bot:")
    assert "Command injection" in summary
    assert github.fake.check_runs[-1]["conclusion"] == "success"
    assert "posted: " in ran.err


def test_a_second_run_writes_nothing(github: Any) -> None:
    github.review()
    before = github.writes(), list(github.summaries), len(github.comments)
    ran = github.review()
    after = github.writes(), list(github.summaries), len(github.comments)
    assert after == before
    assert "posted: nothing new" in ran.err


def test_a_push_adds_what_is_new_and_resolves_what_is_fixed(github: Any) -> None:
    github.review()
    (first,) = github.comments
    github.repository.commit({"app.py": FIXED + MORE}, "fix: no shell")
    github.review()
    assert len(github.comments) == 2
    assert github.comments[1]["line"] == 13
    assert list(github.fake.resolved) == [first["id"]]
    assert len(github.summaries) == 1, "edited in place"


def test_a_finding_that_moves_keeps_its_thread(github: Any) -> None:
    github.review()
    text = (github.repository.root / "app.py").read_text()
    github.repository.commit({"app.py": "X = 1\n\n\n" + text}, "feat: constant")
    github.review()
    assert len(github.comments) == 1
    assert not github.fake.resolved


def test_a_person_has_the_last_word(github: Any) -> None:
    github.review()
    (comment,) = github.comments
    github.fake.say(FakeUser(41, "ada"), "We accept this.", reply_to=comment["id"])
    github.repository.commit({"app.py": FIXED}, "fix: no shell")
    github.review()
    assert not github.fake.resolved, "a thread that a person answered in is left to people"


def test_a_forged_marker_is_nobody_s_summary(github: Any) -> None:
    github.review()
    (ours,) = github.summaries
    github.fake.say(FakeUser(66, "mallory"), ours.replace("PASS", "APPROVED"))
    github.repository.commit({"more.py": "eval(input())\n"}, "feat: more")
    github.review()
    mallory = [row for row in github.fake.issue_comments if row["user"]["id"] == 66]
    assert [row["body"] for row in mallory] == [ours.replace("PASS", "APPROVED")]
    assert len(github.summaries) == 2


def test_an_incomplete_review_is_neutral_and_names_the_reason(github: Any) -> None:
    github.repository.commit({"bad.py": "\x00\x01" * 5000}, "feat: not text")
    ran = github.review()
    assert ran.code == 3
    check = github.fake.check_runs[-1]
    assert check["conclusion"] == "neutral"
    assert check["output"]["title"].startswith("Not fully reviewed: ")


def test_a_dry_run_and_no_post_write_nothing_to_the_forge(github: Any) -> None:
    github.review("--dry-run")
    github.review("--no-post")
    assert github.writes() == 0


def test_a_read_only_token_costs_the_comments_and_never_the_review(github: Any) -> None:
    github.fake.tokens["good"] = FakeToken(ACTIONS_BOT, writes=False, checks=False, statuses=False)
    ran = github.review()
    assert ran.code == 0
    assert "Command injection" in ran.out
    assert "not posted: " in ran.err
    assert not github.summaries


def test_without_a_token_the_error_says_what_to_set(
    github: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    ran = github.review()
    assert ran.code == 2
    assert "GITHUB_TOKEN" in ran.err


def test_an_unknown_number_is_a_clear_error(github: Any) -> None:
    where = ("--repository", "team/shop", "--api-url", github.api_url)
    ran = github.command("review", "--pr", "999", *where)
    assert ran.code == 2
    assert "999" in ran.err


def test_the_change_on_the_forge_is_what_the_audit_names(github: Any) -> None:
    audit = github.review("--format", "json", "--dry-run").json
    assert audit["change"]["head"] == github.repository.git("rev-parse", "feature")
    assert audit["change"]["repository"] == "team/shop"
    assert not [row for row in github.comments if parse(row["body"])]


def test_a_merge_request_gets_one_summary_and_a_discussion_on_the_line(gitlab: Any) -> None:
    ran = gitlab.review()
    assert ran.code == 0, ran.err
    (note,) = gitlab.findings
    assert (note["position"]["new_path"], note["position"]["new_line"]) == ("app.py", 9)
    assert sum("Command injection" in n["body"] for n in gitlab.fake.notes) == 2


def test_a_second_run_on_a_merge_request_adds_no_note(gitlab: Any) -> None:
    gitlab.review()
    before = [note["body"] for note in gitlab.fake.notes]
    ran = gitlab.review()
    assert [note["body"] for note in gitlab.fake.notes] == before
    assert "posted: nothing new" in ran.err


def test_a_fix_on_a_merge_request_resolves_our_own_discussion(gitlab: Any) -> None:
    gitlab.review()
    gitlab.repository.commit({"app.py": FIXED}, "fix: no shell")
    gitlab.review()
    assert [note["resolved"] for note in gitlab.findings] == [True]


def test_a_job_token_cannot_post_and_the_review_still_lands_in_files(
    gitlab: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("GITLAB_TOKEN")
    refs = gitlab.refs
    for name, value in {
        "GITLAB_CI": "true",
        "CI_JOB_TOKEN": "job",
        "CI_API_V4_URL": gitlab.api_url,
        "CI_SERVER_URL": gitlab.api_url.removesuffix("/api/v4"),
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": str(gitlab.fake.iid),
        "CI_MERGE_REQUEST_PROJECT_ID": str(gitlab.fake.project_id),
        "CI_MERGE_REQUEST_PROJECT_PATH": gitlab.fake.project_path,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": refs["base_sha"],
        "CI_COMMIT_SHA": refs["head_sha"],
    }.items():
        monkeypatch.setenv(name, value)
    ran = gitlab.review("--format", "codequality", "--out", str(tmp_path / "out"))
    assert "GITLAB_TOKEN" in ran.err
    assert not gitlab.fake.notes
    assert (tmp_path / "out" / "gl-code-quality-report.json").is_file()
    assert ran.code == 0


def test_a_step_is_told_of_the_findings_and_of_no_command_in_them(
    github: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    summary, output = tmp_path / "summary", tmp_path / "output"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    text = (github.repository.root / "app.py").read_text()
    github.repository.commit({"app.py": text + MORE + "# ::error::forged\n"}, "feat: more")
    ran = github.review("--annotate")
    token = ran.out.split("::stop-commands::")[1].split("\n")[0]
    shielded, told = ran.out.split(f"::{token}::")
    assert "Command injection" in shielded
    assert "::error file=app.py,line=9,endLine=9,title=Command injection::" in told
    assert "forged" not in told
    assert "Command injection" in summary.read_text()
    assert "findings-high<<" in output.read_text()


def test_the_first_summary_links_to_the_comments_it_is_posted_with(github: Any) -> None:
    github.review()
    (summary,), (comment,) = github.summaries, github.comments
    assert f"]({comment['html_url']})" in summary


def test_labels_are_added_on_request_by_what_the_review_says(
    github: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = "pass=reviewed,fast=quick,high=look here,critical=stop"
    monkeypatch.setenv("SYNAPSE_BOT__POST__LABELS", labels)
    assert github.review().code == 0
    assert github.fake.labels == ["reviewed", "quick", "look here"]


def test_a_token_that_may_not_label_says_so_and_posts_all_else(
    github: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(seen: Seen) -> None:
        if seen.path.endswith("/labels"):
            github.plan.at[seen.number] = Fault(FaultKind.ANSWER, 403, body={"message": "no"})

    monkeypatch.setenv("SYNAPSE_BOT__POST__LABELS", "pass=reviewed")
    github.plan.on_request = refuse
    ran = github.review()
    assert ran.code == 0
    assert "not allowed: labels: " in ran.err
    assert github.summaries
    assert github.fake.check_runs

"""The whole job on a pull or merge request: read, reviewed, posted once, kept up to date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from synapse_bot.domain.markers import parse
from synapse_bot.forge import limiter
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeGitHub, FakeToken, FakeUser
from synapse_bot.forge.fake_github_repository import FakeRevisions
from synapse_bot.forge.fake_gitlab import FakeGitLab
from synapse_bot.forge.fake_gitlab import FakeToken as GitLabToken
from synapse_bot.forge.fake_gitlab import FakeUser as GitLabUser
from synapse_bot.forge.faults import Loopback

CLEAN = '"""Adds."""\n\n\ndef add(first, second):\n    return first + second\n'
FIXED = CLEAN + "\n\ndef run(command):\n    return subprocess.run([command], check=True)\n"
MORE = "\n\ndef calculate(text):\n    return eval(text)\n"


@dataclass
class GitHub:
    """A fake GitHub that serves the repository of the test, and the command line against it."""

    repository: Any
    fake: FakeGitHub
    api_url: str
    command: Any

    def review(self, *more: str) -> Any:
        self.fake.push(FakeRevisions(self.repository.root, "main", "feature"))
        where = ("--repository", "team/shop", "--api-url", self.api_url)
        return self.command(
            "review", "--pr", "7", *where, "--only", "python-security", "--route", "fast", *more
        )

    @property
    def comments(self) -> list[Any]:
        return self.fake.review_comments

    @property
    def summaries(self) -> list[str]:
        return [row["body"] for row in self.fake.issue_comments]

    def writes(self) -> int:
        return sum(
            method != "GET" and not (path.endswith("/graphql") and "mutation" not in str(body))
            for method, path, body in self.fake.requests
        )


def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second between two writes to a double, and none of the CI's own variables."""
    defaults = {**(limiter.Limiter.__init__.__kwdefaults__ or {}), "interval_s": 0.0}
    monkeypatch.setattr(limiter.Limiter.__init__, "__kwdefaults__", defaults)
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def github(planted: Any, command: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    _unhurried(monkeypatch)
    monkeypatch.setenv("GITHUB_TOKEN", "good")
    fake = FakeGitHub(
        FakeRevisions(planted.root, "main", "feature"), {"good": FakeToken(ACTIONS_BOT)}
    )
    with Loopback(fake.app) as server:
        yield GitHub(planted, fake, f"{server.url}{fake.root}", command)


def test_a_pull_request_gets_one_summary_and_a_comment_on_the_line(github: GitHub) -> None:
    ran = github.review()
    assert ran.code == 0, ran.err
    (comment,) = github.comments
    assert (comment["path"], comment["line"], comment["side"]) == ("app.py", 9, "RIGHT")
    (summary,) = github.summaries
    assert summary.startswith("<!-- synapse-bot:")
    assert "Command injection" in summary
    assert github.fake.check_runs[-1]["conclusion"] == "success"
    assert "posted: " in ran.err


def test_a_second_run_writes_nothing(github: GitHub) -> None:
    github.review()
    before = github.writes(), list(github.summaries), len(github.comments)
    ran = github.review()
    after = github.writes(), list(github.summaries), len(github.comments)
    assert after == before
    assert "posted: nothing new" in ran.err


def test_a_push_adds_what_is_new_and_resolves_what_is_fixed(github: GitHub) -> None:
    github.review()
    (first,) = github.comments
    github.repository.commit({"app.py": FIXED + MORE}, "fix: no shell")
    github.review()
    assert len(github.comments) == 2
    assert github.comments[1]["line"] == 13
    assert list(github.fake.resolved) == [first["id"]]
    assert len(github.summaries) == 1, "edited in place"


def test_a_finding_that_moves_keeps_its_thread(github: GitHub) -> None:
    github.review()
    text = (github.repository.root / "app.py").read_text()
    github.repository.commit({"app.py": "X = 1\n\n\n" + text}, "feat: constant")
    github.review()
    assert len(github.comments) == 1
    assert not github.fake.resolved


def test_a_person_has_the_last_word(github: GitHub) -> None:
    github.review()
    (comment,) = github.comments
    github.fake.say(FakeUser(41, "ada"), "We accept this.", reply_to=comment["id"])
    github.repository.commit({"app.py": FIXED}, "fix: no shell")
    github.review()
    assert not github.fake.resolved, "a thread that a person answered in is left to people"


def test_a_forged_marker_is_nobody_s_summary(github: GitHub) -> None:
    github.review()
    (ours,) = github.summaries
    github.fake.say(FakeUser(66, "mallory"), ours.replace("PASS", "APPROVED"))
    github.repository.commit({"more.py": "eval(input())\n"}, "feat: more")
    github.review()
    mallory = [row for row in github.fake.issue_comments if row["user"]["id"] == 66]
    assert [row["body"] for row in mallory] == [ours.replace("PASS", "APPROVED")]
    assert len(github.summaries) == 2


def test_an_incomplete_review_is_neutral_and_names_the_reason(github: GitHub) -> None:
    github.repository.commit({"bad.py": "\x00\x01" * 5000}, "feat: not text")
    ran = github.review()
    assert ran.code == 3
    check = github.fake.check_runs[-1]
    assert check["conclusion"] == "neutral"
    assert check["output"]["title"].startswith("Not fully reviewed: ")


def test_a_dry_run_and_no_post_write_nothing_to_the_forge(github: GitHub) -> None:
    github.review("--dry-run")
    github.review("--no-post")
    assert github.writes() == 0


def test_a_read_only_token_costs_the_comments_and_never_the_review(github: GitHub) -> None:
    github.fake.tokens["good"] = FakeToken(ACTIONS_BOT, writes=False, checks=False, statuses=False)
    ran = github.review()
    assert ran.code == 0
    assert "Command injection" in ran.out
    assert "not posted: " in ran.err
    assert not github.summaries


def test_without_a_token_the_error_says_what_to_set(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    ran = github.review()
    assert ran.code == 2
    assert "GITHUB_TOKEN" in ran.err


def test_an_unknown_number_is_a_clear_error(github: GitHub) -> None:
    where = ("--repository", "team/shop", "--api-url", github.api_url)
    ran = github.command("review", "--pr", "999", *where)
    assert ran.code == 2
    assert "999" in ran.err


def test_the_change_on_the_forge_is_what_the_audit_names(github: GitHub) -> None:
    audit = github.review("--format", "json", "--dry-run").json
    assert audit["change"]["head"] == github.repository.git("rev-parse", "feature")
    assert audit["change"]["repository"] == "team/shop"
    assert not [row for row in github.comments if parse(row["body"])]


def _entry(repository: Any, path: str) -> dict[str, Any]:
    """What GitLab's /diffs says of one modified file."""
    patch = repository.git("diff", "main", "feature", "--", path) + "\n"
    return {
        "old_path": path,
        "new_path": path,
        "a_mode": "100644",
        "b_mode": "100644",
        "diff": patch[patch.index("\n@@ -") + 1 :],
        "new_file": False,
        "renamed_file": False,
        "deleted_file": False,
        "collapsed": False,
        "too_large": False,
        "generated_file": False,
    }


@dataclass
class GitLab:
    repository: Any
    fake: FakeGitLab
    api_url: str
    command: Any

    def review(self, *more: str) -> Any:
        refs = _refs(self.repository)
        self.fake.push([_entry(self.repository, "app.py")], refs)
        project, iid = str(self.fake.project_id), str(self.fake.iid)
        where = ("--repository", project, "--api-url", self.api_url)
        return self.command(
            "review", "--mr", iid, *where, "--only", "python-security", "--route", "fast", *more
        )

    @property
    def findings(self) -> list[Any]:
        return [note for note in self.fake.notes if note.get("position")]


def _refs(repository: Any) -> dict[str, str]:
    base, head = repository.git("rev-parse", "main"), repository.git("rev-parse", "feature")
    return {"base_sha": base, "start_sha": base, "head_sha": head}


@pytest.fixture
def gitlab(planted: Any, command: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitLab]:
    _unhurried(monkeypatch)
    monkeypatch.setenv("GITLAB_TOKEN", "good")
    bot = GitLabUser(77, "project_11_bot", bot=True)
    tokens = {"good": GitLabToken(bot), "job": GitLabToken(bot, kind="job")}
    fake = FakeGitLab([_entry(planted, "app.py")], _refs(planted), tokens)
    with Loopback(fake.app) as server:
        yield GitLab(planted, fake, f"{server.url}{fake.root}/api/v4", command)


def test_a_merge_request_gets_one_summary_and_a_discussion_on_the_line(gitlab: GitLab) -> None:
    ran = gitlab.review()
    assert ran.code == 0, ran.err
    (note,) = gitlab.findings
    assert (note["position"]["new_path"], note["position"]["new_line"]) == ("app.py", 9)
    assert sum("Command injection" in n["body"] for n in gitlab.fake.notes) == 2


def test_a_second_run_on_a_merge_request_adds_no_note(gitlab: GitLab) -> None:
    gitlab.review()
    before = [note["body"] for note in gitlab.fake.notes]
    ran = gitlab.review()
    assert [note["body"] for note in gitlab.fake.notes] == before
    assert "posted: nothing new" in ran.err


def test_a_fix_on_a_merge_request_resolves_our_own_discussion(gitlab: GitLab) -> None:
    gitlab.review()
    gitlab.repository.commit({"app.py": FIXED}, "fix: no shell")
    gitlab.review()
    assert [note["resolved"] for note in gitlab.findings] == [True]


def test_a_job_token_cannot_post_and_the_review_still_lands_in_files(
    gitlab: GitLab, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("GITLAB_TOKEN")
    refs = _refs(gitlab.repository)
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
    github: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
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

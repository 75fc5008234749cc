"""`runs list` and `runs show` read back what a review recorded."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest
from click.testing import CliRunner

from synapse_bot.domain.change import Change
from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.domain.plan import Plan, Rationale
from synapse_bot.domain.review import Review, Verdict
from synapse_bot.domain.spec import Route
from synapse_bot.entry.commands.runs import command
from synapse_bot.report.audit import render_audit
from synapse_bot.store.base import Run
from synapse_bot.store.sqlite import SqliteStore

PLAN = Plan(Route.FAST, Rationale("small", "3 files"), (), (), 60.0)
REVIEW = Review(
    "20261124-060000-aa",
    Change("main...feature"),
    PLAN,
    Verdict.INCOMPLETE,
    ("security failed (timeout): no answer in 60 s",),
    (),
    (),
    (),
)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def recorded(folder, id_, **other):
    review = replace(REVIEW, id=id_)
    run = Run(id_, "k", "main...feature", "fast", "incomplete", 0, "2026-11-24T06:00:00Z", 1.25, "")
    SqliteStore.open(folder).record(replace(run, **other), render_audit(review))
    return review


def run(*arguments):
    return CliRunner().invoke(command, [str(a) for a in arguments])


def test_runs_lie_in_the_git_folder_whatever_folder_one_stands_in(repository):
    recorded(repository / ".git" / "synapse-bot", "20261124-060000-aa", ref="main..feature")
    below = repository / "deep" / "er"
    below.mkdir(parents=True)
    done = run("list", "--repo", below)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "id                  started           verdict     findings  route  seconds  change",
        "20261124-060000-aa  2026-11-24 06:00  incomplete  0         fast   1.2      main..feature",
    ]


def test_outside_of_a_repository_runs_lie_with_the_user(repository, tmp_path):
    recorded(tmp_path / "state" / "synapse-bot", "r1")
    plain = tmp_path / "plain"
    plain.mkdir()
    assert "r1" in run("list", "--repo", plain).stdout
    assert "r1" not in run("list", "--repo", repository).stdout


def test_the_list_as_json_is_for_scripts(repository):
    for id_ in ("r1", "r2", "r3"):
        recorded(repository / ".git" / "synapse-bot", id_)
    rows = json.loads(run("list", "--repo", repository, "--json", "--limit", 2).stdout)
    assert [row["id"] for row in rows] == ["r3", "r2"]
    assert rows[0]["verdict"] == "incomplete"


def test_an_empty_history_says_so_and_creates_nothing(repository):
    done = run("list", "--repo", repository)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no runs are recorded here" in done.stderr
    assert run("list", "--repo", repository, "--json").stdout == "[]\n"
    assert not (repository / ".git" / "synapse-bot").exists()


def test_a_run_is_shown_again_by_its_prefix_or_the_newest_without(repository):
    folder = repository / ".git" / "synapse-bot"
    old = recorded(folder, "a1", started_at="2026-11-01T00:00:00Z")
    new = recorded(folder, "b2")
    shown = [run("show", "--repo", repository, *more) for more in (["a"], [])]
    assert [done.exit_code for done in shown] == [0, 0]
    assert all("security failed" in done.stdout for done in shown)
    audits = [
        run("show", "--repo", repository, *more, "--format", "json").stdout for more in (["a"], [])
    ]
    assert audits == [render_audit(old), render_audit(new)]


@pytest.mark.parametrize("format_", ["markdown", "sarif", "codequality", "sast", "rdjsonl"])
def test_a_run_is_shown_in_every_format(repository, format_):
    recorded(repository / ".git" / "synapse-bot", "a1")
    assert run("show", "--repo", repository, "a1", "--format", format_).exit_code == 0


def test_an_unclear_prefix_is_a_usage_error_that_names_the_runs(repository):
    recorded(repository / ".git" / "synapse-bot", "ab1")
    recorded(repository / ".git" / "synapse-bot", "ab2")
    for prefix, message in (("ab", "2 runs begin so: ab2, ab1."), ("x", "No run begins with 'x'")):
        done = run("show", "--repo", repository, prefix)
        assert done.exit_code == 2
        assert message in done.stderr


def test_nothing_to_show_is_a_usage_error(repository):
    done = run("show", "--repo", repository)
    assert done.exit_code == 2
    assert "No runs are recorded here" in done.stderr


def test_an_audit_of_another_version_can_still_be_printed(repository):
    store = SqliteStore.open(repository / ".git" / "synapse-bot")
    store.record(Run("a1", "k", "r", "fast", "pass", 0, "2026", 1.0, ""), '{"schema": "old"}')
    assert isinstance(run("show", "--repo", repository, "a1").exception, StoreUnusable)
    done = run("show", "--repo", repository, "a1", "--format", "json")
    assert done.stdout == '{"schema": "old"}\n'


def test_a_hostile_branch_name_drives_no_terminal(repository):
    hostile = "x\x1b[2J\n::error::\u202e" + "y" * 500
    recorded(repository / ".git" / "synapse-bot", "a1", ref=hostile)
    out = run("list", "--repo", repository).stdout
    assert len(out.splitlines()) == 2
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert len(out.splitlines()[1]) < 140

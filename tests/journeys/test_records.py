"""What is recorded of a review: it costs no review, shows no secret, and is told in order."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.entry.commands.runs import newest
from synapse_bot.forge.faults import Fault, FaultKind
from synapse_bot.runtime import workflow
from synapse_bot.store.base import Run

SECRET = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
ONLY = ("--only", "python-security", "--route", "fast")


def folder(repository: Any) -> Path:
    return Path(repository.root / ".git" / "synapse-bot")


def test_no_secret_of_a_change_is_in_any_file_of_the_record(planted: Any, command: Any) -> None:
    planted.branch(f"fix/{SECRET}")
    planted.commit(
        {"app.py": f"import os\n\nTOKEN = '{SECRET}'\nos.system(input())\n", f"{SECRET}.py": ""},
        f"fix: {SECRET}",
    )
    intent = ("--intent", SECRET, "--label", SECRET)
    assert command("review", "--base", "main", *intent).code == 0
    assert SECRET not in command("runs", "list").out + command("runs", "show").out
    found = [
        (table, column)
        for table, column, value in values(folder(planted) / "runs.sqlite3")
        if SECRET in str(value)
    ]
    # Paths and revisions have to be found again by whoever takes the run up.
    assert set(found) <= {("steps", "data")}, found
    for step, data in steps(folder(planted) / "runs.sqlite3"):
        words = data.replace(f"{SECRET}.py", "").replace(f"fix/{SECRET}", "")
        assert SECRET not in words, step


def values(path: Path) -> list[tuple[str, str, Any]]:
    with sqlite3.connect(path) as connection:
        names = [
            r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        found = []
        for name in names:
            rows = connection.execute(f"SELECT * FROM {name}")
            columns = [column[0] for column in rows.description]
            found += [(name, c, v) for row in rows for c, v in zip(columns, row, strict=True)]
    return found


def steps(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        return list(connection.execute("SELECT step, data FROM steps"))


def test_a_run_that_cannot_be_held_is_reviewed_and_not_recorded(planted: Any, command: Any) -> None:
    folder(planted).mkdir(parents=True)
    (folder(planted) / "alive").write_text("in the way")
    ran = command("review", *ONLY)
    assert ran.code == 0, ran.err
    assert "Command injection" in ran.out
    assert "not recorded: a run cannot be held" in ran.err


def test_a_forge_slower_than_the_heartbeat_cancels_nothing(
    github: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the change is read there is no row whose loss could mean anything."""
    monkeypatch.setattr(workflow, "BEAT_S", 0.05)
    github.plan.begin({0: Fault(FaultKind.SLOW, delay_s=0.5)})
    ran = github.review()
    assert ran.code == 0, ran.err
    assert len(github.summaries) == 1


def test_what_is_cancelled_just_before_it_would_be_posted_is_not_posted(
    github: Any,
    fake_tool: Callable[[str, str], Path],
    declaration: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workflow, "BEAT_S", 1_000.0)
    cancel = f"cd {github.repository.root}; {sys.executable} -m synapse_bot runs cancel 20 >&2"
    fake_tool("canceller", cancel)
    text = declaration("canceller", "canceller").replace("timeout: 2s", "timeout: 60s")
    github.repository.merge({".synapse-bot/specialists/canceller.yaml": text + "deadline: 60s\n"})
    monkeypatch.setenv("SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS", "true")
    ran = github.review("--only", "canceller")
    assert ran.code != 0
    assert "was cancelled" in ran.err
    assert github.summaries == []


def run(id_: str, started: str, verdict: str = "pass") -> Run:
    return Run(id_, "key", "ref", "fast", verdict, 0, started, 0.0, "")


def test_runs_are_listed_by_their_time_and_each_once() -> None:
    old, late, new = run("a", "2026-01-01"), run("b", "2026-01-02"), run("c", "2026-01-03")
    open_, twice = run("x", "2026-01-01T12"), run("b", "2026-01-02", "cancelled")
    assert newest([twice, open_], [new, late, old]) == (new, late, open_, old)

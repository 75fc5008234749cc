"""The deadline of a review: what is finished by then is told, and who is missing, and why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.domain.errors import RunAlive
from synapse_bot.engine.liveness import executor_id
from synapse_bot.entry.host import read_host
from synapse_bot.store.journal import SqlJournal
from synapse_bot.store.sqlite_file import SqliteDatabase
from synapse_bot.wiring.making import taken_up
from synapse_bot.wiring.records import open_records

SLEEPER = f"300.{os.getpid()}"  # of this run of the tests alone
FOUND = '{"p":"%s","l":9,"rule":"x","m":"found by %s"}'


@pytest.fixture
def five(
    planted: Any,
    fake_tool: Callable[[str, str], Path],
    declaration: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """The planted change, and five specialists; the tool of `e-slow` sleeps for minutes."""
    until(lambda: not asleep())  # the tool of a process that a test killed ends soon after it
    files = {}
    for name in ("a", "b", "c", "d"):
        fake_tool(f"tool-{name}", f"printf '{FOUND}\\n' \"$1\" {name}")
        files[f".synapse-bot/specialists/{name}.yaml"] = declaration(name, f"tool-{name}")
    fake_tool("tool-slow", f"exec sleep {SLEEPER}")
    slow = declaration("e-slow", "tool-slow").replace("    timeout: 2s\n", "    timeout: 200s\n")
    files[".synapse-bot/specialists/e-slow.yaml"] = slow + "deadline: 200s\n"
    planted.merge(files)
    monkeypatch.setenv("SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS", "true")
    return planted


ONLY = tuple(word for name in ("a", "b", "c", "d", "e-slow") for word in ("--only", name))
ASKED = ("review", "--route", "fast", "--full", *ONLY)


def test_at_the_deadline_the_finished_are_told_and_the_missing_named(
    five: Any, command: Any
) -> None:
    ran = command(*ASKED, "--format", "json", "--deadline", "3s")
    assert ran.code == 3, ran.err
    assert ran.json["verdict"] == "incomplete"
    outcomes = {outcome["by"]: outcome for outcome in ran.json["outcomes"]}
    assert {by for by in "abcd" if outcomes[by]["kind"] == "opinion"} == set("abcd")
    slow = outcomes["e-slow"]
    assert (slow["kind"], slow["failed_kind"]) == ("failed", "timeout")
    assert sum("e-slow" in reason for reason in ran.json["reasons"]) == 1
    assert {by for by, outcome in outcomes.items() if outcome["kind"] == "failed"} == {"e-slow"}
    assert not asleep()
    (run,) = command("runs", "list", "--json").json
    shown = command("runs", "show", run["id"]).out
    assert "status: timeout" in shown, "the timeline says so"


def test_a_restart_wins_no_time(five: Any, command: Any) -> None:
    """Killed while it waits, and taken up once the deadline has passed: told at once."""
    with begun(five, *ASKED, "--deadline", "20s") as process:
        until(lambda: asleep() and finished(five) == 4)
        process.send_signal(signal.SIGKILL)
    (run,) = command("runs", "list", "--json").json
    assert run["verdict"] == "interrupted"
    until(lambda: time.time() > start_of(run["started_at"]) + 21)
    ran = command("runs", "resume", run["id"])
    assert ran.code == 3, ran.err
    assert "resumed: 4 specialists had finished (a, b, c, d)" in ran.err
    audit = command("runs", "show", run["id"], "--format", "json").json
    (slow,) = (o for o in audit["outcomes"] if o["by"] == "e-slow")
    assert slow["failed_kind"] == "timeout"
    assert "not begun" in slow["why"]
    assert not asleep()


def test_a_new_deadline_is_given_only_by_a_person(five: Any, command: Any) -> None:
    with begun(five, *ASKED, "--deadline", "4s") as process:
        until(asleep)
        process.send_signal(signal.SIGKILL)
    (run,) = command("runs", "list", "--json").json
    until(lambda: time.time() > start_of(run["started_at"]) + 5)
    command("runs", "resume", run["id"], "--deadline", "2s")
    audit = command("runs", "show", run["id"], "--format", "json").json
    (slow,) = (o for o in audit["outcomes"] if o["by"] == "e-slow")
    assert "not begun" not in slow["why"], "it was asked again, and had its time"


def test_a_new_deadline_is_one_however_old_the_run_is(five: Any, command: Any) -> None:
    with begun(five, *ASKED, "--deadline", "100s") as process:
        until(asleep)
        process.send_signal(signal.SIGKILL)
    (run,) = command("runs", "list", "--json").json
    day = "UPDATE workflows SET started_at = started_at - 86400, deadline_at = deadline_at - 86400"
    SqliteDatabase(five.root / ".git" / "synapse-bot").write(lambda t: t.change(day))
    command("runs", "resume", run["id"], "--deadline", "3s")
    audit = command("runs", "show", run["id"], "--format", "json").json
    (slow,) = (o for o in audit["outcomes"] if o["by"] == "e-slow")
    assert "not begun" not in slow["why"], "it was asked again, and had its time"


def test_what_is_alive_is_not_taken_up_and_what_is_cancelled_ends(five: Any, command: Any) -> None:
    with begun(five, *ASKED, "--deadline", "100s") as process:
        until(asleep)
        (run,) = command("runs", "list", "--json").json
        assert run["verdict"] == "running"
        refused = command("runs", "resume", run["id"])
        assert refused.code == 2
        assert "is alive" in refused.err
        assert command("runs", "cancel", run["id"], "--why", "not needed").code == 0
        process.wait(timeout=60)
    assert process.returncode != 0
    assert not asleep()
    (run,) = command("runs", "list", "--json").json
    assert run["verdict"] == "cancelled"
    again = command("runs", "resume", run["id"])
    assert again.code == 2
    assert "cancelled: not needed" in again.err


def test_another_configuration_does_not_go_on_in_the_middle(five: Any, command: Any) -> None:
    with begun(five, *ASKED, "--deadline", "100s") as process:
        until(asleep)
        process.send_signal(signal.SIGKILL)
    (run,) = command("runs", "list", "--json").json
    os.environ["SYNAPSE_BOT__GATE__FAIL_ON"] = "low"
    try:
        refused = command("runs", "resume", run["id"])
    finally:
        del os.environ["SYNAPSE_BOT__GATE__FAIL_ON"]
    assert refused.code == 2
    assert "configuration has changed" in refused.err
    ran = command("runs", "resume", run["id"], "--deadline", "1s")
    assert "resumed:" in ran.err, "as it began, it may go on"


def test_of_two_that_take_a_run_up_one_is_refused_and_nothing_is_lost(
    five: Any, command: Any
) -> None:
    with begun(five, *ASKED, "--deadline", "100s") as process:
        until(lambda: asleep() and finished(five) == 4)
        process.send_signal(signal.SIGKILL)
    records = open_records(read_host(), five.root)
    (row,) = records.workflows.list()
    with taken_up(row, records, lambda remote: remote) as taken:
        other = replace(records, owner=executor_id())
        with pytest.raises(RunAlive), taken_up(row, other, lambda remote: remote):
            pass
        assert records.workflows.beat(row.id, taken.workflow.owner, time.time()), (
            "it is the first's"
        )
    shown = command("runs", "show", row.id)
    assert "is interrupted" in shown.out
    assert "opinion-given" in shown.out, "its timeline so far"


def test_a_late_result_edits_the_comment(
    github: Any,
    fake_tool: Callable[[str, str], Path],
    declaration: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_tool("tool-late", f"sleep 4; printf '{FOUND}\\n' \"$1\" late")
    late = declaration("late", "tool-late").replace("    timeout: 2s\n", "    timeout: 60s\n")
    github.repository.merge({".synapse-bot/specialists/late.yaml": late + "deadline: 60s\n"})
    monkeypatch.setenv("SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS", "true")
    monkeypatch.setenv("SYNAPSE_BOT__LIMITS__LATE", "60s")
    ran = github.review("--only", "late", "--deadline", "2s")
    assert ran.code == 0, ran.err
    (summary,) = github.summaries
    bodies = [
        str(body)
        for method, path, body in github.fake.requests
        if method in ("POST", "PATCH") and "/issues/" in path and "/comments" in path
    ]
    assert "ncomplete" in bodies[0]
    assert "late" in bodies[0]
    assert "ncomplete" not in summary


def begun(repository: Any, *argv: str) -> Any:
    """The command line as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "synapse_bot", *argv],
        cwd=repository.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finished(repository: Any) -> int:
    """How many specialists are on record as finished."""
    journal = SqlJournal(SqliteDatabase(repository.root / ".git" / "synapse-bot", read_only=True))
    return sum(len(journal.seconds(f"examine:{name}")) for name in "abcd")


def until(what: Callable[[], bool]) -> None:
    for _ in range(600):
        if what():
            return
        time.sleep(0.1)
    raise AssertionError("it never came")


def start_of(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def asleep() -> bool:
    """Whether the slow tool's child is there."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"sleep\0{SLEEPER}".encode() in entry.read_bytes():
                return True
        except OSError:
            continue
    return False

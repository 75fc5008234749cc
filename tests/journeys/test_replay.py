"""A recorded review is made again: the same, or on another configuration, without any model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.store.sqlite_file import SqliteDatabase


@pytest.fixture
def run(planted: Any, command: Any) -> str:
    command("review", "--route", "fast", "--only", "python-security", "--only", "tampering")
    return str(command("runs", "list", "--json").json[0]["id"])


def test_a_replay_of_the_same_finds_no_difference_and_records_nothing(
    run: str, command: Any
) -> None:
    ran = command("runs", "replay", run)
    assert (ran.code, "No difference." in ran.out) == (0, True), ran.out + ran.err
    assert len(command("runs", "list", "--json").json) == 1


def test_what_is_recorded_is_not_examined_again(
    run: str, command: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With no tool to be found, a replay still says what the tools said."""
    assert command("runs", "replay", run).code == 0
    audit = command("runs", "replay", run, "--json").json
    spent = {name for name in audit["timings"] if name.startswith("examine:")}
    recorded = command("runs", "show", run, "--format", "json").json
    assert spent == {"examine:python-security", "examine:tampering"}
    for name in spent:
        assert audit["timings"][name] == recorded["timings"][name], "its time is the recorded one"


def test_a_step_may_be_done_anew(run: str, command: Any) -> None:
    audit = command("runs", "replay", run, "--from", "examine:tampering", "--json").json
    recorded = command("runs", "show", run, "--format", "json").json
    name = "examine:python-security"
    assert audit["timings"][name] == recorded["timings"][name]
    assert audit["timings"]["examine:tampering"] != recorded["timings"]["examine:tampering"]
    refused = command("runs", "replay", run, "--from", "nonsense")
    assert (refused.code, "no step 'nonsense'" in refused.err) == (2, True)


def test_every_step_that_the_help_names_may_be_done_anew(run: str, command: Any) -> None:
    for step in ("change", "plan", "carry", "examine", "debate"):
        ran = command("runs", "replay", run, "--from", step)
        assert (ran.code, "No difference." in ran.out) == (0, True), step + ran.out + ran.err


def test_a_run_recorded_in_another_form_says_so(run: str, command: Any, planted: Any) -> None:
    database = SqliteDatabase(planted.root / ".git" / "synapse-bot")
    step = "UPDATE steps SET data = '[1]' WHERE step = 'examine:tampering'"
    database.write(lambda t: t.change(step))
    refused = command("runs", "replay", run)
    assert refused.code == 2
    assert "examine:tampering" in refused.err
    assert "in another form" in refused.err
    assert command("runs", "replay", run, "--from", "examine:tampering").code == 0
    database.write(lambda t: t.change("UPDATE runs SET audit = '{}'"))
    refused = command("runs", "replay", run)
    assert (refused.code, "in another form" in refused.err) == (2, True), refused.err


def test_a_fork_shows_what_other_settings_make_of_it(
    run: str, command: Any, tmp_path: Path
) -> None:
    strict = tmp_path / "strict.yml"
    strict.write_text("gate: {fail_on: low}\n")
    ran = command("runs", "fork", run, "--config", str(strict))
    assert "Verdict: pass -> fail" in ran.out, ran.out + ran.err
    new, old = command("runs", "list", "--json").json
    assert (old["id"], new["verdict"]) == (run, "fail")
    assert "No difference." in command("runs", "replay", new["id"]).out


def test_a_change_that_moved_on_is_replayed_as_it_was(run: str, command: Any, planted: Any) -> None:
    planted.commit({"app.py": "X = 1\n"}, "fix: gone")
    assert "No difference." in command("runs", "replay", run).out


def test_the_timeline_tells_the_life_of_a_review_in_order(run: str, command: Any) -> None:
    shown = command("runs", "show", run).out
    timeline = shown[shown.index("Timeline") :]
    words = ["requested", "diff-read", "classified", "planned", "opinion-given", "concluded"]
    places = [timeline.index(word) for word in words]
    assert places == sorted(places)


def test_what_is_staged_and_has_changed_is_not_mixed(planted: Any, command: Any) -> None:
    (planted.root / "app.py").write_text("import os\n\nos.system(input())\n")
    planted.git("add", "-A")
    command("review", "--staged", "--only", "python-security")
    run = command("runs", "list", "--json").json[0]["id"]
    (planted.root / "app.py").write_text("import os\n\nos.system('ls')\n")
    planted.git("add", "-A")
    refused = command("runs", "replay", run)
    assert refused.code == 2
    assert "not what it was" in refused.err


def test_a_run_of_an_unknown_form_says_so(run: str, command: Any) -> None:
    refused = command("runs", "replay", "nothing-like-it")
    assert refused.code == 2
    assert "No one run begins with" in refused.err
    assert json.loads(command("runs", "list", "--json").out)[0]["id"] == run


def test_a_branch_that_is_gone_leaves_its_revisions(planted: Any, command: Any) -> None:
    command("review", "--head", "feature", "--route", "fast", "--only", "tampering")
    run = command("runs", "list", "--json").json[0]["id"]
    planted.git("checkout", "-q", "main")
    planted.git("branch", "-D", "feature")
    assert "No difference." in command("runs", "replay", run).out

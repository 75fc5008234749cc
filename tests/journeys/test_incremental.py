"""An incremental review says what a full one says, and does less for it."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.report.audit import stable

DEEP = ("review", "--route", "deep", "--format", "json")
SNIPPETS = (
    "import os\nos.system('ls ' + input())\n",
    "import pickle\n\n\ndef load(raw):\n    return pickle.loads(raw)\n",
    "def f(items=[]):\n    items.append(1)\n    return items\n",
    "try:\n    pass\nexcept Exception:\n    pass\n",
    "password = 'correct horse battery staple 42'\n",
    "value = eval(input())\n",
    "def add(first, second):\n    return first + second\n",
)


@pytest.fixture
def many(repository: Any) -> Any:
    """A change of eight files, each of a few snippets."""
    choose = random.Random(7)
    files = {f"m{n}.py": "".join(choose.sample(SNIPPETS, 3)) for n in range(8)}
    repository.commit(files)
    return repository


def _inherited(audit: dict[str, Any]) -> tuple[int, int]:
    found = audit.get("inherited") or {"files": 0, "out_of": 0}
    return found["files"], found["out_of"]


def _same(one: str, other: str) -> bool:
    """Equal but for how often a tool ran and how long that took."""

    def essence(text: str) -> Any:
        audit = json.loads(stable(text))
        for outcome in audit["outcomes"]:
            outcome.pop("runs", None)
        return audit

    return bool(essence(one) == essence(other))


def test_after_any_commits_an_incremental_review_equals_a_full_one(many: Any, command: Any) -> None:
    choose = random.Random(11)
    command(*DEEP)
    for _ in range(4):
        touched = choose.sample(range(8), choose.randint(1, 3))
        many.commit({f"m{n}.py": "".join(choose.sample(SNIPPETS, 4)) for n in touched})
        short = command(*DEEP)
        full = command(*DEEP, "--full", "--dry-run")
        files, out_of = _inherited(short.json)
        assert 0 < files < out_of
        assert _inherited(full.json) == (0, 0)
        assert _same(short.out, full.out)


def test_only_what_was_touched_is_given_to_the_tools(many: Any, command: Any) -> None:
    command(*DEEP)
    many.commit({"m0.py": "value = eval(input())\n"})
    said = command(*DEEP, "--verbose").err
    assert re.search(r"specialist started: python-security, 1 files", said)
    assert "incremental: 7 of 8 files" in said


def test_a_force_push_keeps_what_it_did_not_touch(many: Any, command: Any) -> None:
    command(*DEEP)
    many.git("commit", "-q", "--amend", "-m", "feat: another message")
    assert _inherited(command(*DEEP).json) == (8, 8)


def test_on_a_base_that_moved_everything_is_examined(many: Any, command: Any) -> None:
    command(*DEEP)
    many.merge({"other.py": "first = 1\n"})
    assert _inherited(command(*DEEP).json) == (0, 0)


@pytest.mark.parametrize("option", [("--min-severity", "high"), ("--skip", "spelling")])
def test_with_other_settings_everything_is_examined(
    many: Any, command: Any, option: tuple[str, str]
) -> None:
    command(*DEEP)
    assert _inherited(command(*DEEP, *option).json) == (0, 0)


def test_the_settings_may_switch_it_off(
    many: Any, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(*DEEP)
    monkeypatch.setenv("SYNAPSE_BOT__REVIEW__INCREMENTAL", "false")
    assert _inherited(command(*DEEP).json) == (0, 0)


def test_a_record_that_cannot_be_read_costs_the_time_and_nothing_else(
    many: Any, command: Any
) -> None:
    first = command(*DEEP)
    import sqlite3

    (file,) = Path(many.root, ".git").rglob("runs.sqlite3")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE runs SET audit = '{\"schema\": 1}'")
    again = command(*DEEP)
    assert _inherited(again.json) == (0, 0)
    assert _same(first.out, again.out)


def test_a_finding_of_an_untouched_file_still_fails_the_gate(many: Any, command: Any) -> None:
    gate = ("--fail-on", "medium")
    assert command(*DEEP, *gate).code == 1
    many.commit({"new.py": "fine = 1\n"})
    ran = command(*DEEP, *gate)
    assert _inherited(ran.json)[0] == 8
    assert ran.code == 1

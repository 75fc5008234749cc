"""C17: the exit-code contract of docs/exit-codes.md as one table, by the real command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.runtime import review as runtime

CLEAN, FINDING, BROKEN, BOTH = "clean", "finding", "broken", "finding and broken"

# (what the change brings, options) -> exit code
TABLE = [
    (CLEAN, (), 0),
    (CLEAN, ("--fail-on", "info"), 0),
    (FINDING, (), 0),
    (FINDING, ("--fail-on", "never"), 0),
    (FINDING, ("--fail-on", "high"), 1),
    (FINDING, ("--fail-on", "info"), 1),
    (FINDING, ("--fail-on", "critical"), 0),
    (FINDING, ("--fail-on", "high", "--on-incomplete", "neutral"), 1),
    (FINDING, ("--fail-on", "high", "--min-severity", "critical"), 0),
    (BROKEN, (), 3),
    (BROKEN, ("--fail-on", "info"), 3),
    (BROKEN, ("--on-incomplete", "neutral"), 0),
    (BOTH, ("--fail-on", "high"), 1),
    (BOTH, ("--fail-on", "high", "--on-incomplete", "neutral"), 1),
    (BOTH, ("--fail-on", "never"), 3),
    (FINDING, ("--base", "no-such"), 2),
    (FINDING, ("--fail-on", "sometimes"), 2),
    (FINDING, ("--staged", "--base", "main"), 2),
    (FINDING, ("--format", "sarif", "--format", "json"), 2),
]
FORMATS = ("terminal", "markdown", "json", "sarif", "codequality", "sast", "rdjsonl")


@pytest.fixture
def bring(
    repository: Any,
    fake_tool: Callable[[str, str], Path],
    declaration: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], tuple[str, ...]]:
    def make(what: str) -> tuple[str, ...]:
        text = "def run(command):\n    return subprocess.run(command, shell=True)\n"
        repository.commit({"new.py": text if FINDING in what else "ONE = 1\n"})
        only: tuple[str, ...] = ("--only", "python-security", "--route", "fast")
        if BROKEN in what:
            fake_tool("tool-broken", "exit 42")
            file = ".synapse-bot/specialists/broken.yaml"
            repository.merge({file: declaration("broken", "tool-broken")})
            monkeypatch.setenv("SYNAPSE_BOT__SPECIALISTS__ALLOW_COMMANDS", "tool-broken")
            only = (*only, "--only", "broken")
        return only

    return make


@pytest.mark.parametrize(("what", "options", "code"), TABLE)
def test_the_contract(
    command: Any,
    bring: Callable[[str], tuple[str, ...]],
    what: str,
    options: tuple[str, ...],
    code: int,
) -> None:
    ran = command("review", *bring(what), *options)
    assert ran.code == code, ran.out + ran.err


@pytest.mark.parametrize("format_", FORMATS)
def test_the_format_does_not_change_the_code(
    command: Any, bring: Callable[[str], tuple[str, ...]], format_: str, tmp_path: Path
) -> None:
    only = bring(BOTH)
    assert command("review", *only, "--format", format_).code == 3
    out = ("--out", str(tmp_path / "out"))
    assert command("review", *only, "--format", format_, *out, "--fail-on", "high").code == 1
    assert command("review", *only, "--format", format_, "--dry-run").code == 3


def test_our_own_bug_is_4_and_its_traceback_is_kept(
    planted: Any, command: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def bug(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(runtime, "make_plan", bug)
    ran = command("review", "--fail-on", "info")
    assert ran.code == 4
    kept = next(tmp_path.glob("synapse-bot-traceback-*.txt"))
    assert str(kept) in ran.err
    assert "ZeroDivisionError: a bug" in kept.read_text()


def test_an_out_that_cannot_be_written_is_no_bug(
    planted: Any, command: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way\n")
    ran = command("review", "--out", str(tmp_path / "file" / "below"), "--format", "json")
    assert ran.code == 2
    assert "below" in ran.err
    assert "hint: " in ran.err


def run_for_a_reader_who_leaves(*argv: str) -> int:
    """The code of the real program, whose stdout nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    code = "from synapse_bot.entry.main import main; main()"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *argv], stdout=writer, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writer)
    assert b"Traceback" not in done.stderr
    return done.returncode


@pytest.mark.parametrize(
    ("what", "options", "code"),
    [(CLEAN, (), 0), (FINDING, ("--fail-on", "high"), 1), (BROKEN, (), 3)],
)
def test_a_reader_who_leaves_does_not_change_the_code(
    command: Any,
    bring: Callable[[str], tuple[str, ...]],
    what: str,
    options: tuple[str, ...],
    code: int,
) -> None:
    only = bring(what)
    argv = ("review", *only, *options, "--dry-run", "--format", "json")
    assert run_for_a_reader_who_leaves(*argv) == code


@pytest.mark.parametrize("argv", [("config", "schema"), ("tools", "list"), ("--help",)])
def test_other_verbs_take_it_as_the_end(command: Any, argv: tuple[str, ...]) -> None:
    assert run_for_a_reader_who_leaves(*argv) == 0

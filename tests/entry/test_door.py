"""The error door: every way to fail has one message and one exit code."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from synapse_bot.domain.errors import ExitCode, RefMissing, SynapseError
from synapse_bot.entry.door import enter


def command(error: BaseException | None = None, value: object = None) -> click.Command:
    @click.command()
    @click.option("--number", type=int)
    def run(number: int | None) -> object:
        if error is not None:
            raise error
        return value

    return run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RefMissing("no such ref: x"), 2, "error: no such ref: x"),
        (SynapseError("odd", "do this"), 2, "hint: do this"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (click.UsageError("no"), 2, "error: no"),
        (ValueError("ours"), 4, "bug: ValueError: ours"),
        (RecursionError("deep"), 4, "bug: RecursionError"),
    ],
)
def test_what_is_raised_decides_the_exit_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enter(command(error), []) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("value", [None, ExitCode.PASS, ExitCode.FINDINGS, ExitCode.INCOMPLETE])
def test_what_a_verb_returns_is_the_exit_code(value: ExitCode | None) -> None:
    assert enter(command(value=value), []) == (value or 0)


def test_a_wrong_option_is_usage_and_names_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert enter(command(), ["--number", "many"]) == ExitCode.USAGE
    assert "--help" in capsys.readouterr().err


def test_a_bug_saves_its_traceback_and_prints_the_path(capsys: pytest.CaptureFixture[str]) -> None:
    enter(command(ValueError("boom")), [])
    path = Path(capsys.readouterr().err.split("report it with ")[1].strip())
    try:
        assert "ValueError: boom" in path.read_text()
        assert path.stat().st_mode & 0o077 == 0
    finally:
        path.unlink()


def test_a_message_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    enter(command(RefMissing("\x1b[2J\u202eevil\n::set-output name=x::y")), [])
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert not any(line.startswith("::") for line in said.splitlines())


def test_a_secret_in_a_message_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    token = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" + "K1l2M3n4O5p6Q7r8"
    enter(command(RefMissing(f"https://user:{token}@host/x")), [])
    assert token not in capsys.readouterr().err

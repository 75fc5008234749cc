"""The command line: instant help, no SDK, and a way out of every wrong turn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from synapse_bot import __version__
from synapse_bot.entry.door import enter
from synapse_bot.entry.main import VERBS, cli

SDKS = ("openai", "anthropic", "github", "gitlab")


def imported(*argv: str) -> set[str]:
    """The modules that a fresh process has imported after ``synapse-bot *argv``."""
    code = (
        "import sys\nfrom synapse_bot.entry.main import main\n"
        f"try: main({list(argv)!r})\nexcept SystemExit: pass\n"
        "print('|'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return set(done.stderr.strip().splitlines()[-1].split("|"))


def test_help_imports_no_sdk_and_nothing_heavy() -> None:
    modules = imported("--help")
    assert not modules & {*SDKS, "pydantic", "yaml", "rich", "asyncio", "sqlite3", "unidiff"}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert enter(cli, [verb, "--help"]) == 0
    assert "Usage: synapse-bot" in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert enter(cli, ["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_a_misspelt_verb_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert enter(cli, ["reveiw"]) == 2
    assert "Did you mean 'review'?" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--pr", "--mr"])
def test_a_request_whose_repository_is_not_known_asks_for_it(
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert enter(cli, ["review", option, "7"]) == 2
    assert "--repository OWNER/NAME" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [
        ["review", "--staged", "--base", "main"],
        ["review", "--pr", "7", "--staged"],
        ["review", "--pr", "7", "--mr", "8"],
        ["review", "--pr", "0"],
        ["review", "--diff", "x.diff", "--staged"],
        ["review", "--format", "json", "--format", "sarif"],
        ["review", "--fail-on", "dreadful"],
        ["review", "--min-confidence", "2"],
        ["review", "--diff", "/nonexistent.diff"],
    ],
)
def test_contradictions_are_usage_errors(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert enter(cli, argv) == 2
    assert capsys.readouterr().err.startswith("error: ")

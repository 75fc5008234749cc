"""`synapse-bot breakers`, and what a review of the real command line makes of them."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from synapse_bot.breaker.sqlite import FILE, SqliteBreakers
from synapse_bot.domain.breaker import Breaker, Call
from synapse_bot.entry.breakers import breaker_lines
from synapse_bot.entry.commands.breakers import command
from synapse_bot.entry.health import Health
from synapse_bot.entry.host import read_host

KEY = "provider:openai"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", folder], check=True)
    (folder / ".git" / "synapse-bot").mkdir(mode=0o700)
    return folder


def put(repository: Path, *breakers: Breaker) -> SqliteBreakers:
    store = SqliteBreakers(repository / ".git" / "synapse-bot")
    for breaker in breakers:
        store.change(breaker.key, lambda _, breaker=breaker: (breaker, None))
    return store


def failed(key: str, retry_in_s: float, why: str = "500 Internal Server Error") -> Breaker:
    now = time.time()
    return Breaker(key, (Call(now, True),) * 5, 1, now + retry_in_s, why=why)


def run(repository: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--repo", str(repository)])


def test_nothing_known_is_said_and_makes_no_file(repository: Path) -> None:
    done = run(repository, "list")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "closed" in done.stderr
    assert not list((repository / ".git" / "synapse-bot").iterdir())


def test_each_breaker_is_a_line_with_its_state_and_reason(repository: Path) -> None:
    half = Breaker("tool:semgrep", (Call(time.time(), True),), 2, time.time() - 1)
    closed = Breaker("model:a/b", (Call(1.0, False), Call(2.0, True)))
    put(repository, failed(KEY, 300), half, closed)
    lines = run(repository, "list").stdout.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [
        ["model:a/b", "closed"],
        [KEY, "open"],
        ["tool:semgrep", "half_open"],
    ]
    assert "tried again in" in lines[1]
    assert "500 Internal Server Error" in lines[1]


def test_the_list_is_also_json(repository: Path) -> None:
    put(repository, failed(KEY, 300))
    (row,) = json.loads(run(repository, "list", "--json").stdout)
    assert (row["key"], row["state"], row["failures"]) == (KEY, "open", 5)


def test_a_reason_cannot_move_the_cursor_or_show_a_secret(repository: Path) -> None:
    put(repository, failed(KEY, 300, "\x1b[2Jghp_0123456789abcdefghijABCDEFGHIJ012345\u202e"))
    out = run(repository, "list").stdout
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "ghp_0123456789" not in out


def test_reset_forgets_one_or_all(repository: Path) -> None:
    store = put(repository, failed(KEY, 300), failed("tool:a", 300), failed("tool:b", 300))
    assert run(repository, "reset", KEY).exit_code == 0
    assert [breaker.key for breaker in store.all()] == ["tool:a", "tool:b"]
    assert run(repository, "reset", "--all").stdout == "reset: tool:a, tool:b\n"
    assert store.all() == ()


@pytest.mark.parametrize("arguments", [(), (KEY, "--all"), ("provider:unknown",)])
def test_reset_of_nothing_in_particular_is_a_fault_of_usage(
    repository: Path, arguments: tuple[str, ...]
) -> None:
    put(repository, failed("tool:a", 300))
    assert run(repository, "reset", *arguments).exit_code == 2


def test_a_damaged_file_is_a_warning_of_the_list_and_of_doctor(repository: Path) -> None:
    (repository / ".git" / "synapse-bot" / FILE).write_bytes(b"no database" * 1000)
    done = run(repository, "list")
    assert done.exit_code == 0
    assert "warning" in done.stderr
    assert [line.health for line in breaker_lines(read_host(), repository)] == [Health.WARN]


def test_doctor_warns_of_each_that_is_open_and_says_how_to_end_it(repository: Path) -> None:
    assert [line.health for line in breaker_lines(read_host(), repository)] == [Health.OK]
    put(repository, failed(KEY, 300), Breaker("tool:x", (Call(time.time(), True),)))
    (line,) = breaker_lines(read_host(), repository)
    assert line.health is Health.WARN
    assert KEY in line.what
    assert f"breakers reset {KEY}" in line.advice


@pytest.mark.parametrize("arguments", [("--help",), ("list", "--help"), ("reset", "--help")])
def test_help_has_examples(arguments: tuple[str, ...]) -> None:
    out = CliRunner().invoke(command, arguments).output
    assert "synapse-bot breakers reset provider:openai" in out

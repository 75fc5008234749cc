"""`specialists test` as its user meets it, with a specialist of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from synapse_bot.entry.commands.specialists_test import command

OWN = """\
id: own
description: Finds what ruff calls E722.
languages: [python]
actions:
  - id: ruff
    tool: ruff
    argv: [check, --isolated, --no-cache, --select=E722, --output-format=json, "{files}"]
    output:
      format: json
      fields: {path: filename, line: location.row, rule: code, message: message}
"""
LINE = "a.py:3 broad-except medium 0.7 (ruff E722)"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".synapse-bot/specialists").mkdir(parents=True)
    (tmp_path / ".synapse-bot/specialists/own.yaml").write_text(OWN)
    files = tmp_path / ".synapse-bot/tests/own/files"
    files.mkdir(parents=True)
    (files / "a.py").write_text("try:\n    a()\nexcept:\n    b()\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_update_writes_what_is_found_and_the_next_run_passes(repository: Path) -> None:
    assert run("own", "--update").exit_code == 0
    expected = (repository / ".synapse-bot/tests/own/expected.txt").read_text()
    assert expected == f"[fast]\n{LINE}\n[deep]\n{LINE}\n"
    done = run("own")
    assert done.exit_code == 0
    assert "ok       own fast: 1 findings" in done.output


def test_what_differs_is_shown_and_the_exit_code_says_so(repository: Path) -> None:
    expected = repository / ".synapse-bot/tests/own/expected.txt"
    expected.write_text(f"[fast]\n{LINE.replace('medium', 'high')}\n[deep]\n{LINE}\n")
    done = run()
    assert done.exit_code == 1
    assert f"  - {LINE.replace('medium', 'high')}" in done.output
    assert f"  + {LINE}" in done.output
    assert "ok       own deep" in done.output


@pytest.mark.usefixtures("repository")
def test_an_id_without_fixtures_is_an_error_that_says_where_they_go() -> None:
    done = run("secrets")
    assert done.exit_code != 0
    assert "no fixtures for secrets" in str(done.exception)


def test_a_missing_tool_is_skipped_and_no_expectation_is_written(repository: Path) -> None:
    own = repository / ".synapse-bot/specialists/own.yaml"
    own.write_text(OWN.replace("tool: ruff", "tool: no-such-tool"))
    done = run("own", "--update")
    assert done.exit_code == 0
    assert "skipped  own fast: needs no-such-tool" in done.output
    assert not (repository / ".synapse-bot/tests/own/expected.txt").exists()

"""The action's script installs nothing floating, keeps secrets, prints safely, ends as told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from synapse_bot.entry.action import FILES, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    Act = Callable[..., CompletedProcess[str]]

# Stands in for the program: notes its arguments and its environment, ends as told.
_NOTED = """\
import json, os, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([sys.argv[1:], dict(os.environ)]) + "\\n")
"""
_ACTION = """\
print("::error file=app.py::ours")
print("::set-output name=verdict::pass", file=sys.stderr)
sys.exit(int(os.environ["CODE"]))
"""
_SECRETS = {
    "INPUT_GITHUB_TOKEN": "ghs_secret",
    "INPUT_OPENAI_API_KEY": "sk-secret",
    "INPUT_ANTHROPIC_API_KEY": "ant-secret",
}


@pytest.fixture
def act(root: Path, tmp_path: Path) -> Act:
    """Runs scripts/action.sh beside a stand-in program, as a runner would."""
    home = tmp_path / "action"
    entry = home / "synapse_bot" / "entry"
    entry.mkdir(parents=True)
    for folder in (entry.parent, entry):
        (folder / "__init__.py").touch()
    (entry.parent / "__main__.py").write_text(_NOTED)
    (entry / "action.py").write_text(_NOTED + _ACTION)
    python = tmp_path / "temp" / "synapse-bot" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (tmp_path / "work").mkdir()

    def _act(code: int = 0, **inputs: str) -> CompletedProcess[str]:
        return subprocess.run(
            ["bash", root / "scripts" / "action.sh"],
            cwd=tmp_path / "work",
            env={
                "PATH": os.environ["PATH"],
                "GITHUB_ACTION_PATH": str(home),
                "RUNNER_TEMP": str(tmp_path / "temp"),
                "CALLS": str(tmp_path / "calls"),
                "CODE": str(code),
                **inputs,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return _act


def _calls(tmp_path: Path) -> list[Any]:
    return [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4])
def test_the_step_ends_as_the_program_ends(act: Act, code: int) -> None:
    assert act(code).returncode == code


def test_tools_are_installed_first_unless_that_is_turned_off(act: Act, tmp_path: Path) -> None:
    act()
    assert [argv for argv, _ in _calls(tmp_path)] == [["tools", "install"], []]
    (tmp_path / "calls").unlink()
    act(INPUT_INSTALL_TOOLS="false")
    assert [argv for argv, _ in _calls(tmp_path)] == [[]]


def test_the_program_gets_the_secrets_and_an_installer_none(act: Act, tmp_path: Path) -> None:
    act(**_SECRETS)
    (_, installing), (_, reviewing) = _calls(tmp_path)
    assert not [name for name, value in installing.items() if "secret" in value]
    wanted = ("GITHUB_TOKEN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY")
    assert [reviewing[name] for name in wanted] == list(_SECRETS.values())
    assert not set(_SECRETS) & set(reviewing)


def test_an_input_that_is_not_given_hides_no_key_of_the_job(act: Act, tmp_path: Path) -> None:
    act(**dict.fromkeys(_SECRETS, ""), OPENAI_API_KEY="of the job", INPUT_INSTALL_TOOLS="false")
    ((_, reviewing),) = _calls(tmp_path)
    assert reviewing["OPENAI_API_KEY"] == "of the job"
    assert "ANTHROPIC_API_KEY" not in reviewing


def test_no_secret_is_an_argument_of_a_process(root: Path) -> None:
    script = (root / "scripts" / "action.sh").read_text()
    for name in _SECRETS:
        uses = [line.split()[0] for line in script.splitlines() if name in line]
        assert set(uses) == {"export", "give"}, name  # builtins of the shell, both


def test_dependencies_that_cannot_be_installed_are_incomplete_and_leave_nothing(
    act: Act, tmp_path: Path
) -> None:
    venv = tmp_path / "temp" / "synapse-bot" / "venv"
    (venv / "bin" / "python").unlink()
    (venv / "bin").rmdir()
    ran = act(INPUT_PYTHON="false")
    assert ran.returncode == 3
    assert not venv.exists()
    assert not (tmp_path / "calls").exists()


def test_the_runner_obeys_no_line_of_a_note(act: Act) -> None:
    tokens = set()
    for _ in range(2):
        printed = act().stdout
        found = re.search(r"^::stop-commands::([0-9a-f]{32})\n(.*)^::\1::$", printed, re.M | re.S)
        assert found
        assert "::set-output" in found[2]
        assert printed.startswith("::error file=app.py::ours\n"), "an annotation of ours stands"
        tokens.add(found[1])
    assert len(tokens) == 2


def test_the_reviewed_folder_is_no_place_to_import_from(act: Act, tmp_path: Path) -> None:
    hostile = tmp_path / "work" / "synapse_bot"
    hostile.mkdir()
    (hostile / "__init__.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')")
    (tmp_path / "work" / "json.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')")
    act()
    assert not (tmp_path / "pwned").exists()
    assert len(_calls(tmp_path)) == 2


def test_every_input_is_handed_on_and_read(root: Path) -> None:
    action = yaml.safe_load((root / "action.yml").read_text())
    script = (root / "scripts" / "action.sh").read_text()
    read = set(
        re.findall(r'given\("([\w-]+)"\)', (root / "synapse_bot/entry/action.py").read_text())
    )
    environment = action["runs"]["steps"][0]["env"]
    for name in action["inputs"]:
        variable = "INPUT_" + name.upper().replace("-", "_")
        assert f"inputs.{name}" in environment[variable], name
        assert variable in script or name in read | set(SETTINGS), name
    assert len(environment) == len(action["inputs"])


def test_an_input_is_empty_by_default_so_that_it_overrides_no_file(root: Path) -> None:
    inputs = yaml.safe_load((root / "action.yml").read_text())["inputs"]
    ours = {name for name, row in inputs.items() if row["default"]}
    assert ours == {"post", "install-tools", "python"}


def test_every_output_is_one_that_the_program_sets(root: Path) -> None:
    action = yaml.safe_load((root / "action.yml").read_text())
    step = (root / "synapse_bot" / "entry" / "step.py").read_text()
    told = set(re.findall(r'^        "([\w-]+)": ', step, re.MULTILINE))
    assert set(action["outputs"]) == told | set(FILES) | {"exit-code"}
    for name, row in action["outputs"].items():
        assert row["value"] == f"${{{{ steps.review.outputs.{name} }}}}"

"""The action passes what it is given on, prints safely, and ends as the review ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

Act = "Callable[..., CompletedProcess[str]]"

# Stands in for the program: notes its arguments, writes what a review writes, ends as told.
_REVIEW = """\
import json, os, pathlib, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "review" and os.environ.get("AUDIT"):
    out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
    (out / "synapse-review.json").write_text(os.environ["AUDIT"])
    (out / "synapse-review.md").write_text("# Review")
    (out / "synapse-review.sarif").write_text("{}")
    print("::set-output name=verdict::pass")
sys.exit(int(os.environ["CODE"]) if sys.argv[1] == "review" else 0)
"""


@pytest.fixture
def act(root: Path, tmp_path: Path) -> Callable[..., CompletedProcess[str]]:
    """Runs scripts/action.sh beside a stand-in program, as a runner would."""
    home = tmp_path / "action"
    (home / "scripts").mkdir(parents=True)
    for name in ("action.sh", "action_outputs.py"):
        (home / "scripts" / name).write_text((root / "scripts" / name).read_text())
    (home / "synapse_bot").mkdir()
    (home / "synapse_bot" / "__init__.py").touch()
    (home / "synapse_bot" / "__main__.py").write_text(_REVIEW)
    python = tmp_path / "temp" / "synapse-bot" / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()

    def _act(code: int = 0, audit: str = "", **inputs: str) -> CompletedProcess[str]:
        return subprocess.run(
            ["bash", home / "scripts" / "action.sh"],
            cwd=work,
            env={
                "PATH": os.environ["PATH"],
                "GITHUB_ACTION_PATH": str(home),
                "RUNNER_TEMP": str(tmp_path / "temp"),
                "GITHUB_OUTPUT": str(tmp_path / "output"),
                "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
                "CALLS": str(tmp_path / "calls"),
                "CODE": str(code),
                "AUDIT": audit,
                **inputs,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return _act


def _outputs(tmp_path: Path) -> dict[str, str]:
    lines = (tmp_path / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


AUDIT = '{"verdict": "fail", "claims": [{}, {}]}'


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4])
def test_the_step_ends_as_the_review_ends(
    act: Callable[..., CompletedProcess[str]], tmp_path: Path, code: int
) -> None:
    assert act(code, AUDIT).returncode == code
    outputs = _outputs(tmp_path)
    assert (outputs["exit-code"], outputs["verdict"]) == (str(code), "fail")
    assert outputs["findings-count"] == "2"
    assert outputs["sarif-file"].endswith("synapse-review.sarif")
    assert (tmp_path / "summary").read_text() == "# Review"


def test_a_review_that_wrote_nothing_is_incomplete(
    act: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    act(4)
    assert _outputs(tmp_path)["verdict"] == "incomplete"
    assert _outputs(tmp_path)["sarif-file"] == ""


def test_a_verdict_that_we_do_not_know_is_no_pass(
    act: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    act(0, '{"verdict": "pass\\nsarif-file=/etc/passwd", "claims": []}')
    assert _outputs(tmp_path)["verdict"] == "incomplete"
    assert _outputs(tmp_path)["sarif-file"].endswith("synapse-review.sarif")


def test_inputs_become_options_and_no_shell_reads_them(
    act: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    act(0, AUDIT, INPUT_BASE="$(touch pwned)", INPUT_HEAD="a b", INPUT_FAIL_ON="high")
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[0] == '["tools", "install"]'
    assert '"--base", "$(touch pwned)", "--head", "a b"' in calls[1]
    assert '"--fail-on", "high"' in calls[1]
    assert "--route" not in calls[1]
    assert not (tmp_path / "work" / "pwned").exists()


def test_a_pull_request_is_posted_on_unless_that_is_turned_off(
    act: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    act(0, AUDIT, INPUT_PR="7", INPUT_BASE="abc", INPUT_INSTALL_TOOLS="false")
    act(0, AUDIT, INPUT_PR="7", INPUT_BASE="abc", INPUT_INSTALL_TOOLS="false", INPUT_POST="false")
    posted, read = (tmp_path / "calls").read_text().splitlines()
    assert '"--pr", "7"' in posted
    assert "--base" not in posted
    assert '"--base", "abc"' in read
    assert "--pr" not in read


def test_the_outputs_count_what_is_high_and_name_the_route(
    act: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    claims = ", ".join(f'{{"finding": {{"severity": "{s}"}}}}' for s in ("high", "low", "critical"))
    act(0, f'{{"verdict": "pass", "plan": {{"route": "deep"}}, "claims": [{claims}]}}')
    assert _outputs(tmp_path)["findings-high"] == "2"
    assert _outputs(tmp_path)["mode"] == "deep"


def test_a_push_of_a_new_branch_is_compared_with_the_default_branch(
    act: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    act(0, AUDIT, INPUT_BASE="0" * 40, INPUT_HEAD="abc", INPUT_INSTALL_TOOLS="false")
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == 1
    assert "--base" not in calls[0]


def test_the_runner_obeys_no_line_of_the_review(act: Callable[..., CompletedProcess[str]]) -> None:
    tokens = set()
    for _ in range(2):
        printed = act(0, AUDIT).stdout
        found = re.search(r"^::stop-commands::([0-9a-f]{32})\n(.*)^::\1::$", printed, re.M | re.S)
        assert found
        assert "::set-output" in found[2]
        tokens.add(found[1])
    assert len(tokens) == 2


def test_the_reviewed_folder_is_no_place_to_import_from(
    act: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    hostile = tmp_path / "work" / "synapse_bot"
    hostile.mkdir()
    (hostile / "__init__.py").touch()
    (hostile / "__main__.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')")
    (tmp_path / "work" / "json.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')")
    act(0, AUDIT)
    assert not (tmp_path / "pwned").exists()
    assert len((tmp_path / "calls").read_text().splitlines()) == 2


def test_every_input_and_output_of_the_action_is_used(root: Path) -> None:
    action = yaml.safe_load((root / "action.yml").read_text())
    script = (root / "scripts" / "action.sh").read_text()
    environment = action["runs"]["steps"][0]["env"]
    for name in action["inputs"]:
        variable = "INPUT_" + name.upper().replace("-", "_")
        assert f"inputs.{name}" in environment[variable], name
        assert variable in script, name
    written = (root / "scripts" / "action_outputs.py").read_text()
    for name in action["outputs"]:
        assert f'"{name}"' in written, name


def test_the_action_looks_for_the_files_that_a_review_writes(
    root: Path,
) -> None:
    from synapse_bot.report.formats import FORMATS

    written = {FORMATS[name].file_name for name in ("json", "markdown", "sarif")}
    text = (root / "scripts" / "action_outputs.py").read_text()
    assert set(re.findall(r'"(synapse-review\.\w+)"', text)) == written
    assert FORMATS["markdown"].file_name in (root / "scripts" / "action.sh").read_text()

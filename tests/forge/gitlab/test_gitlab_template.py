"""templates/gitlab-ci.yml: valid for GitLab, pinned, and in step with the command."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from synapse_bot import __version__
from synapse_bot.config.keys import KEYS
from synapse_bot.report.formats import FORMATS

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "templates" / "gitlab-ci.yml"
_INPUT = re.compile(r"\$\[\[ inputs\.([a-z-]+) \]\]")


@pytest.fixture(scope="module")
def text() -> str:
    return TEMPLATE.read_text(encoding="utf-8")


def _inputs(text: str) -> dict[str, Any]:
    inputs: dict[str, Any] = next(yaml.safe_load_all(text))["spec"]["inputs"]
    return inputs


def _filled(text: str, **given: str) -> str:
    """The job as GitLab reads it, with the inputs in their places."""
    defaults = {name: spec["default"] for name, spec in _inputs(text).items()}
    values = {name: str(value) for name, value in defaults.items()} | given
    values["tools"] = values["tools"].lower()
    return _INPUT.sub(lambda match: values[match[1]], text.partition("\n---\n")[2])


def _job(text: str, **given: str) -> dict[str, Any]:
    (job,) = yaml.safe_load(_filled(text, **given)).values()
    assert isinstance(job, dict)
    return job


def _check(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "check-jsonschema"
    argv = [program, "--builtin-schema", "vendor.gitlab-ci", path]
    return subprocess.run(argv, capture_output=True, text=True)


@pytest.mark.parametrize("part", ["header", "job"])
def test_gitlabs_own_schema_accepts_it(text: str, part: str, tmp_path: Path) -> None:
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(text.partition("\n---\n")[0] if part == "header" else _filled(text))
    done = _check(file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_would_see_a_fault(text: str, tmp_path: Path) -> None:
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(_filled(text).replace("artifacts:", "artefacts: 5\n  artifacts: 5\n  x:"))
    assert _check(file).returncode != 0


def test_every_input_is_used_described_and_has_a_default(text: str) -> None:
    inputs = _inputs(text)
    assert set(_INPUT.findall(text)) == set(inputs)
    assert all({"description", "default"} <= set(spec) for spec in inputs.values())


def test_no_input_is_pasted_into_a_command(text: str) -> None:
    job = _job(text, version="$(id)", route="$(id)", deadline="$(id)")
    commands = [*job["before_script"], *job["script"]]
    assert not any("$(id)" in command for command in commands)


def test_the_whole_history_is_there_and_the_job_is_for_merge_requests(text: str) -> None:
    job = _job(text)
    assert job["variables"]["GIT_DEPTH"] == "0"
    assert job["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]


def test_settings_are_keys_that_exist(text: str) -> None:
    names = {f"SYNAPSE_BOT__{key.replace('.', '__').upper()}" for key in KEYS}
    used = {name for name in _job(text)["variables"] if name.startswith("SYNAPSE_BOT__")}
    assert used <= names
    assert len(used) == 4


def test_empty_inputs_override_nothing(text: str) -> None:
    variables = _job(text)["variables"]
    assert {v for name, v in variables.items() if name.startswith("SYNAPSE_BOT__")} == {""}


def test_reports_are_files_that_the_command_writes(text: str) -> None:
    job = _job(text)
    (line,) = job["script"]
    asked = re.findall(r"--format (\w+)", line)
    out = re.findall(r"--out (\S+)", line)[0]
    written = {f"{out}/{FORMATS[name].file_name}" for name in asked}
    assert set(job["artifacts"]["reports"].values()) <= written
    assert job["artifacts"]["when"] == "always"  # a gate that fails has reports too


def test_everything_is_pinned(text: str) -> None:
    inputs = _inputs(text)
    assert inputs["version"]["default"] == __version__
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"ARG PYTHON={inputs['image']['default']}\n" in dockerfile
    assert re.search(r"@sha256:[0-9a-f]{64}$", inputs["image"]["default"])


def test_the_shell_takes_every_command(text: str) -> None:
    job = _job(text)
    script = "\n".join([*job["before_script"], *job["script"]])
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

"""Workflows, ours and those that we tell people to copy, are safe and pinned (C18, C19)."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from synapse_bot.config.templates import github_workflow, gitlab_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    Run = Callable[..., CompletedProcess[str]]

_USES = re.compile(r"^\s*(?:-\s+)?uses:\s*(?P<target>\S+)(?P<rest>.*)$", re.MULTILINE)
_PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
_SHOWS_DEFECTS = "docs/rules.md#"  # each rule with an example of what it finds
_VERSION = re.compile(r"^\s+# v\d+\.\d+\.\d+$")


def _workflow_blocks(blocks: list[Any]) -> list[Any]:
    """The blocks that are whole GitHub workflows (YAML 1.1 reads the key `on` as true)."""
    found = []
    for block in blocks:
        if block.name.startswith(_SHOWS_DEFECTS):
            continue
        try:
            parsed = yaml.safe_load(block.text)
        except yaml.YAMLError:
            continue
        if isinstance(parsed, dict) and "jobs" in parsed and (True in parsed or "on" in parsed):
            found.append(block)
    return found


def _steps(block: Any) -> list[Any]:
    """The block as steps of a job; none where it is something else."""
    try:
        parsed = yaml.safe_load(block.text)
    except yaml.YAMLError:
        return []
    rows = parsed if isinstance(parsed, list) else []
    return (
        rows if rows and all(isinstance(r, dict) and {"uses", "run"} & set(r) for r in rows) else []
    )


def _around(steps: str) -> str:
    """A workflow with nothing to complain about, around steps that a page shows alone."""
    job = "    name: j\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    permissions: {}\n"
    group = "concurrency:\n  group: page\n  cancel-in-progress: true\n"
    head = f"name: page\non: pull_request\npermissions: {{}}\n{group}"
    return f"{head}jobs:\n  j:\n{job}    steps:\n{textwrap.indent(steps, ' ' * 6)}"


@pytest.fixture
def workflows(root: Path, blocks: list[Any], tmp_path: Path) -> Path:
    """A folder like a repository's, with every workflow, also those of the pages."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for file in (root / ".github" / "workflows").iterdir():
        (folder / file.name).write_text(file.read_text())
    taught = _workflow_blocks(blocks)
    assert any(block.name.startswith("README.md") for block in taught)
    for number, block in enumerate(taught):
        (folder / f"page-{number}.yml").write_text(f"# {block.name}\n{block.text}")
    alone = [block for block in blocks if _steps(block)]
    assert any(block.name.startswith("docs/github.md") for block in alone)
    for number, block in enumerate(alone):
        (folder / f"steps-{number}.yml").write_text(f"# {block.name}\n{_around(block.text)}")
    (folder / "init.yml").write_text(github_workflow())  # what `synapse-bot init` writes
    (tmp_path / "action.yml").write_text((root / "action.yml").read_text())
    dependabot = (root / ".github" / "dependabot.yml").read_text()
    (tmp_path / ".github" / "dependabot.yml").write_text(dependabot)
    return tmp_path


def test_a_security_auditor_finds_nothing_in_any_workflow(workflows: Path, run: Run) -> None:
    done = run("zizmor", "--offline", "--no-config", "--persona", "auditor", "--no-progress", ".",
               cwd=workflows)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings" in done.stdout + done.stderr


def test_the_auditor_would_see_a_dangerous_workflow(workflows: Path, run: Run) -> None:
    (workflows / ".github" / "workflows" / "bad.yml").write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
    )
    done = run("zizmor", "--offline", "--no-config", "--persona", "auditor", ".", cwd=workflows)
    assert done.returncode != 0


def test_every_workflow_is_one_that_the_runner_accepts(workflows: Path, run: Run) -> None:
    files = sorted((workflows / ".github" / "workflows").glob("*.yml"))
    done = run("actionlint", "-no-color", *files, cwd=workflows)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("vendor.github-workflows", ".github/workflows/*.yml"),
        ("vendor.github-actions", "action.yml"),
        ("vendor.dependabot", ".github/dependabot.yml"),
    ],
)
def test_files_of_the_forge_fit_its_schemas(
    workflows: Path, run: Run, schema: str, pattern: str
) -> None:
    files = sorted(workflows.glob(pattern))
    done = run("check-jsonschema", "--builtin-schema", schema, *files)
    assert files
    assert done.returncode == 0, done.stdout + done.stderr


def test_gitlab_jobs_of_the_pages_fit_gitlabs_schema(
    blocks: list[Any], tmp_path: Path, run: Run
) -> None:
    jobs = [block.text for block in blocks if "CI_MERGE_REQUEST" in block.text]
    assert jobs
    for number, text in enumerate([*jobs, gitlab_job()]):
        file = tmp_path / f"{number}.yml"
        file.write_text(text)
        done = run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", file)
        assert done.returncode == 0, f"{text}: {done.stdout}"


def test_every_action_is_pinned_by_commit_and_says_its_version(
    root: Path, tracked: list[Path], blocks: list[Any]
) -> None:
    texts = {
        str(path.relative_to(root)): path.read_text()
        for path in tracked
        if path.is_relative_to(root / ".github") or path == root / "action.yml"
    }
    texts |= {block.name: block.text for block in blocks}
    texts["init"] = github_workflow()
    pins: dict[str, set[str]] = {}
    seen = 0
    for name, text in texts.items():
        for found in _USES.finditer(text):
            target = found["target"]
            if target.startswith("./"):
                continue
            seen += 1
            assert _PINNED.match(target), f"{name}: {target} is not pinned by a commit"
            assert _VERSION.match(found["rest"]), f"{name}: {target} lacks its version"
            pins.setdefault(target.partition("@")[0], set()).add(target.partition("@")[2])
    assert seen > 10
    assert {action for action, commits in pins.items() if len(commits) > 1} == set()


def test_no_workflow_has_rights_at_the_top_or_a_cache(root: Path) -> None:
    for file in (root / ".github" / "workflows").iterdir():
        text = file.read_text()
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {}, file.name
        assert "pull_request_target" not in text, file.name
        assert "actions/cache" not in text, file.name
        for name, job in workflow["jobs"].items():
            assert isinstance(job.get("permissions"), dict), f"{file.name}: {name}"
            assert job.get("timeout-minutes"), f"{file.name}: {name}"
            for step in job["steps"]:
                assert "cache" not in step.get("with", {}), f"{file.name}: {name}"


def test_no_expression_stands_in_a_script(root: Path, blocks: list[Any]) -> None:
    files = [*(root / ".github" / "workflows").iterdir(), root / "action.yml"]
    documents = [yaml.safe_load(file.read_text()) for file in files]
    documents += [yaml.safe_load(block.text) for block in _workflow_blocks(blocks)]
    scripts = [script for document in documents for script in _scripts(document)]
    assert len(scripts) > 8
    for script in scripts:
        assert "${{" not in script


def _scripts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [script for item in value for script in _scripts(item)]
    if isinstance(value, dict):
        own = [value["run"]] if isinstance(value.get("run"), str) else []
        return own + [script for item in value.values() for script in _scripts(item)]
    return []


def test_the_image_is_pinned_and_runs_as_nobody(root: Path) -> None:
    text = (root / "Dockerfile").read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
    assert set(bases) - stages == {"${PYTHON}"}
    assert re.search(r"^ARG PYTHON=python:[\w.-]+@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert re.search(r"^USER \d+$", text, re.MULTILINE)
    assert "--require-hashes" in text

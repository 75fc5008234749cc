"""The GitLab template, run as a job: real repository, real installer, fake GitLab on loopback.

gitlab-ci-local (npm) reads the template with its inputs, applies the rules and runs the job in a
shell. Installed once and kept in pytest's cache; without npm or rsync these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "templates" / "gitlab-ci.yml"
PAGE = ROOT / "docs" / "gitlab.md"
RUNNER = "gitlab-ci-local@4.61.1"  # the last that runs on Node 20


@pytest.fixture(scope="session")
def gitlab_ci_local(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The program, moved to its place whole: workers may make it at once."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is absent: gitlab-ci-local comes from there")
    if shutil.which("rsync") is None:
        pytest.skip("rsync is absent: gitlab-ci-local copies a job's files with it")
    cache = getattr(request.config, "cache", None)  # absent with -p no:cacheprovider
    home = Path(cache.mkdir("gitlab-npm")) if cache else tmp_path_factory.mktemp("gitlab-npm")
    kept = home / RUNNER
    if not kept.is_dir():
        made = Path(tempfile.mkdtemp(dir=home))
        (made / "package.json").write_text('{"private": true}')
        argv = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", RUNNER]
        done = subprocess.run(argv, cwd=made, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            shutil.rmtree(made)
            pytest.skip(f"npm cannot install {RUNNER} here: {done.stderr.strip()[-200:]}")
        try:
            made.rename(kept)
        except OSError:  # another worker was faster
            shutil.rmtree(made)
    return kept / "node_modules" / ".bin" / "gitlab-ci-local"


@pytest.fixture(scope="session")
def wheel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, which is what the job's pip finds."""
    out = tmp_path_factory.mktemp("wheel")
    argv = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(out),
        str(ROOT),
    ]
    subprocess.run(argv, check=True, capture_output=True)
    return out


@pytest.fixture(scope="session")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What these tests run with, but for ourselves: pip installs the wheel, without a network."""
    folder = tmp_path_factory.mktemp("dependencies")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "synapse_bot" not in entry.name and entry.suffix != ".pth":
            (folder / entry.name).symlink_to(entry)
    return folder


@dataclass(frozen=True)
class Job:
    """``rc`` is the pipeline's; ``artefacts`` the folder of what GitLab would keep."""

    rc: int
    log: str
    artefacts: Path

    @property
    def quality(self) -> Any:
        return json.loads((self.artefacts / "gl-code-quality-report.json").read_text())


@dataclass
class Pipeline:
    program: Path
    gitlab: Any
    machine: dict[str, str]

    def run(self, *, token: str = "GITLAB_TOKEN", source: str = "merge_request_event") -> Job:
        """The pipeline of the merge request, with one token under the name ``token``."""
        gitlab, refs, root = self.gitlab, self.gitlab.refs, self.gitlab.repository.root
        values = {
            "GITLAB_CI": "true",  # which gitlab-ci-local denies
            "CI_PIPELINE_SOURCE": source,
            "CI_PROJECT_DIR": str(root),  # with an image named, the runner says the container's
            "CI_SERVER_URL": gitlab.api_url.removesuffix("/api/v4"),
            "CI_MERGE_REQUEST_IID": str(gitlab.fake.iid),
            "CI_MERGE_REQUEST_PROJECT_ID": str(gitlab.fake.project_id),
            "CI_MERGE_REQUEST_PROJECT_PATH": gitlab.fake.project_path,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": refs["base_sha"],
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            token: "job" if token == "CI_JOB_TOKEN" else "good",
            "SYNAPSE_BOT__REVIEW__ONLY": "python-security",
            **self.machine,
        }
        argv = [str(self.program), "--force-shell-executor", "--no-color"]
        argv += [part for pair in values.items() for part in ("--variable", "=".join(pair))]
        done = subprocess.run(
            argv, cwd=root, env=self._shell(), capture_output=True, text=True, timeout=300
        )
        kept = root / ".gitlab-ci-local" / "artifacts" / "synapse-bot" / "synapse-bot"
        return Job(done.returncode, done.stdout + done.stderr, kept)

    def _shell(self) -> dict[str, str]:
        """A shell executor hands its own environment on: no token may come from there."""
        return {name: os.environ[name] for name in ("PATH", "HOME")} | {
            "GIT_CONFIG_GLOBAL": os.devnull
        }


@pytest.fixture
def pipeline(
    gitlab: Any, gitlab_ci_local: Path, wheel_folder: Path, dependencies: Path, tmp_path: Path
) -> Pipeline:
    gitlab.repository.git("remote", "add", "origin", "git@gitlab.test:group/shop.git")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    machine = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(scratch),
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],  # where the analysers are
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheel_folder),
        "PYTHONPATH": str(dependencies),
        "NO_PROXY": "127.0.0.1",
    }
    return Pipeline(gitlab_ci_local, gitlab, machine)


def _include(gitlab: Any, **inputs: Any) -> None:
    """The repository's own .gitlab-ci.yml: our template, with ``inputs``."""
    given = {"tools": False, "route": "fast", **inputs}
    include = {"local": "/review.yml", "inputs": given}
    gitlab.repository.merge({"review.yml": TEMPLATE.read_text(encoding="utf-8")})
    _paste(gitlab, yaml.safe_dump({"include": [include]}))


def _paste(gitlab: Any, config: str) -> None:
    """The repository's own .gitlab-ci.yml is ``config``."""
    gitlab.repository.merge({".gitlab-ci.yml": config})
    gitlab.fake.push(gitlab.fake.entries, gitlab.refs)


def test_the_template_posts_once_and_leaves_the_code_quality_report(
    pipeline: Pipeline, gitlab: Any
) -> None:
    _include(gitlab)
    first = pipeline.run()
    assert first.rc == 0, first.log
    (note,) = gitlab.findings
    assert (note["position"]["new_path"], note["position"]["new_line"]) == ("app.py", 9)
    assert len([n for n in gitlab.fake.notes if not n.get("position")]) == 1
    (row,) = first.quality
    assert row["location"]["path"] == "app.py"
    assert row["location"]["lines"]["begin"] == 9
    assert (first.artefacts / "gl-sast-report.json").is_file()
    before = (deepcopy(gitlab.fake.notes), gitlab.fake.notifications)
    second = pipeline.run()
    assert second.rc == 0, second.log
    assert "synapse-bot starting" in second.log
    assert (gitlab.fake.notes, gitlab.fake.notifications) == before


def test_a_gate_that_fails_fails_the_job_and_its_reports_are_kept(
    pipeline: Pipeline, gitlab: Any
) -> None:
    _include(gitlab, **{"fail-on": "low"})
    ran = pipeline.run()
    assert ran.rc == 1, ran.log
    assert len(ran.quality) == 1
    assert len(gitlab.findings) == 1


def test_with_a_job_token_only_the_job_ends_fine_and_leaves_its_files(
    pipeline: Pipeline, gitlab: Any
) -> None:
    _include(gitlab)
    ran = pipeline.run(token="CI_JOB_TOKEN")
    assert ran.rc == 0, ran.log
    assert gitlab.fake.notes == []
    assert "GITLAB_TOKEN" in ran.log
    assert len(ran.quality) == 1


def test_no_module_of_the_change_takes_the_installers_place(
    pipeline: Pipeline, gitlab: Any
) -> None:
    _include(gitlab)
    gitlab.repository.commit({f"{name}.py": "raise SystemExit(9)\n" for name in ("venv", "pip")})
    gitlab.fake.push(gitlab.fake.entries, gitlab.refs)
    ran = pipeline.run(token="CI_JOB_TOKEN")
    assert ran.rc == 0, ran.log
    assert len(ran.quality) == 1


def test_a_pipeline_of_a_push_has_no_review(pipeline: Pipeline, gitlab: Any) -> None:
    _include(gitlab)
    ran = pipeline.run(source="push")
    assert (ran.rc, "pipeline finished" in ran.log) == (0, True), ran.log
    assert "synapse-bot starting" not in ran.log
    assert gitlab.fake.notes == []


def test_the_job_that_ends_the_page_works_when_pasted(pipeline: Pipeline, gitlab: Any) -> None:
    _, _, last = PAGE.read_text(encoding="utf-8").rpartition("```yaml\n")
    block, end, rest = last.partition("```\n")
    assert (end, rest) == ("```\n", ""), "the page ends with the job"
    _paste(gitlab, block)
    ran = pipeline.run()
    assert ran.rc == 0, ran.log
    assert len(gitlab.findings) == 1
    assert len(ran.quality) == 1

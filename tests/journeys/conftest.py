"""A real repository, and the real command line run inside it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.entry.door import enter
from synapse_bot.entry.main import cli
from synapse_bot.forge import limiter
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeGitHub, FakeToken
from synapse_bot.forge.fake_github_repository import FakeRevisions
from synapse_bot.forge.fake_gitlab import FakeGitLab
from synapse_bot.forge.fake_gitlab import FakeToken as GitLabToken
from synapse_bot.forge.fake_gitlab import FakeUser as GitLabUser
from synapse_bot.forge.faults import FaultPlan, FaultyApp, Loopback

CLEAN = '"""Adds."""\n\n\ndef add(first, second):\n    return first + second\n'
DANGER = CLEAN + "\n\ndef run(command):\n    return subprocess.run(command, shell=True)\n"


@dataclass
class Repository:
    """A git repository with helpers that read like the story of a test."""

    root: Path

    def git(self, *arguments: str, **extra: Any) -> str:
        who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
        done = subprocess.run(
            ["git", *who, *arguments],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
            **extra,
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None], message: str = "feat: a change") -> str:
        for path, content in files.items():
            file = self.root / path
            if content is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def merge(self, files: Mapping[str, str]) -> None:
        """Commit ``files`` to the base, under the change that is checked out."""
        self.git("checkout", "-q", "main")
        self.commit(files, "chore: merged before")
        self.git("checkout", "-q", "feature")
        self.git("rebase", "-q", "main")

    def branch(self, name: str) -> None:
        self.git("checkout", "-q", "-b", name)


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Command:
    """Runs ``synapse-bot`` in this process; what it prints and exits with."""

    capsys: pytest.CaptureFixture[str]
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *argv: str) -> Ran:
        self.capsys.readouterr()
        code = enter(cli, list(argv))
        printed = self.capsys.readouterr()
        return Ran(int(code), printed.out, printed.err)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """`main` with one clean module; the branch `feature` is checked out and equal to it."""
    root = tmp_path / "project"
    root.mkdir()
    made = Repository(root)
    made.git("init", "-q", "-b", "main")
    made.commit({"app.py": CLEAN, "README.md": "# Project\n"}, "chore: start")
    made.branch("feature")
    monkeypatch.chdir(root)
    return made


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The command line, with a home of its own but the machine's installed tools."""
    home = tmp_path / "home"
    home.mkdir()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return Command(capsys)


@pytest.fixture
def planted(repository: Repository) -> Repository:
    """The branch `feature` adds one command injection."""
    repository.commit({"app.py": DANGER})
    return repository


@pytest.fixture
def fake_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a program of the given name and shell script on PATH, for a specialist to run."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def declaration() -> Callable[[str, str], str]:
    """The text of a specialist ``name`` whose only action runs ``tool`` and reads JSON lines."""

    def make(name: str, tool: str) -> str:
        return (
            f"id: {name}\ndescription: A tool.\nkind: tool\nlanguages: [python]\n"
            f"actions:\n  - id: run\n    tool: {tool}\n    argv: ['{{files}}']\n"
            "    timeout: 2s\n    output_mb: 8\n"
            "    output: {format: jsonl, fields: {path: p, line: l, rule: r, message: m}}\n"
        )

    return make


@dataclass
class GitHub:
    """A fake GitHub that serves the repository of the test, and the command line against it."""

    repository: Any
    fake: FakeGitHub
    api_url: str
    command: Any
    plan: FaultPlan

    def review(self, *more: str) -> Any:
        self.fake.push(FakeRevisions(self.repository.root, "main", "feature"))
        where = ("--repository", "team/shop", "--api-url", self.api_url)
        return self.command(
            "review", "--pr", "7", *where, "--only", "python-security", "--route", "fast", *more
        )

    @property
    def comments(self) -> list[Any]:
        return self.fake.review_comments

    @property
    def summaries(self) -> list[str]:
        return [row["body"] for row in self.fake.issue_comments]

    def writes(self) -> int:
        return sum(
            method != "GET" and not (path.endswith("/graphql") and "mutation" not in str(body))
            for method, path, body in self.fake.requests
        )


def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second between two writes to a double, and none of the CI's own variables."""
    defaults = {**(limiter.Limiter.__init__.__kwdefaults__ or {}), "interval_s": 0.0}
    monkeypatch.setattr(limiter.Limiter.__init__, "__kwdefaults__", defaults)
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def github(planted: Any, command: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    _unhurried(monkeypatch)
    monkeypatch.setenv("GITHUB_TOKEN", "good")
    fake = FakeGitHub(
        FakeRevisions(planted.root, "main", "feature"), {"good": FakeToken(ACTIONS_BOT)}
    )
    plan = FaultPlan()
    with Loopback(FaultyApp(fake.app, plan)) as server:
        yield GitHub(planted, fake, f"{server.url}{fake.root}", command, plan)


def _entry(repository: Any, path: str) -> dict[str, Any]:
    """What GitLab's /diffs says of one modified file."""
    patch = repository.git("diff", "main", "feature", "--", path) + "\n"
    return {
        "old_path": path,
        "new_path": path,
        "a_mode": "100644",
        "b_mode": "100644",
        "diff": patch[patch.index("\n@@ -") + 1 :],
        "new_file": False,
        "renamed_file": False,
        "deleted_file": False,
        "collapsed": False,
        "too_large": False,
        "generated_file": False,
    }


@dataclass
class GitLab:
    repository: Any
    fake: FakeGitLab
    api_url: str
    command: Any

    def review(self, *more: str) -> Any:
        refs = _refs(self.repository)
        self.fake.push([_entry(self.repository, "app.py")], refs)
        project, iid = str(self.fake.project_id), str(self.fake.iid)
        where = ("--repository", project, "--api-url", self.api_url)
        return self.command(
            "review", "--mr", iid, *where, "--only", "python-security", "--route", "fast", *more
        )

    @property
    def refs(self) -> dict[str, str]:
        return _refs(self.repository)

    @property
    def findings(self) -> list[Any]:
        return [note for note in self.fake.notes if note.get("position")]


def _refs(repository: Any) -> dict[str, str]:
    base, head = repository.git("rev-parse", "main"), repository.git("rev-parse", "feature")
    return {"base_sha": base, "start_sha": base, "head_sha": head}


@pytest.fixture
def gitlab(planted: Any, command: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitLab]:
    _unhurried(monkeypatch)
    monkeypatch.setenv("GITLAB_TOKEN", "good")
    bot = GitLabUser(77, "project_11_bot", bot=True)
    tokens = {"good": GitLabToken(bot), "job": GitLabToken(bot, kind="job")}
    fake = FakeGitLab([_entry(planted, "app.py")], _refs(planted), tokens)
    with Loopback(fake.app) as server:
        yield GitLab(planted, fake, f"{server.url}{fake.root}/api/v4", command)

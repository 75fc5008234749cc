"""Specialists at work in tests: real files, real diffs as values, real or written-here tools."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.config.data import data_dir
from synapse_bot.config.settings import Sandbox
from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk
from synapse_bot.domain.opinion import Outcome
from synapse_bot.domain.spec import (
    ActionSpec,
    OutputFormat,
    OutputSpec,
    Route,
    SpecialistKind,
    SpecialistSpec,
)
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.materialise import materialise
from synapse_bot.specialist.taxonomy import Taxonomy
from synapse_bot.specialist.tool import ToolSpecialist
from synapse_bot.specialist.toolbox import Toolbox

LANGUAGES = {".py": "python", ".js": "javascript", ".yml": "yaml", ".sh": "shell"}

RUFF = OutputSpec(
    OutputFormat.JSON,
    fields={
        "path": "filename",
        "line": "location.row",
        "column": "location.column",
        "end_line": "end_location.row",
        "end_column": "end_location.column",
        "rule": "code",
        "message": "message",
        "url": "url",
    },
)
BANDIT = OutputSpec(
    OutputFormat.JSON,
    items="results",
    fields={
        "path": "filename",
        "line": "line_number",
        "rule": "test_id",
        "message": "issue_text",
        "severity": "issue_severity",
        "confidence": "issue_confidence",
    },
)
SEMGREP = OutputSpec(
    OutputFormat.JSON,
    items="results",
    fields={
        "path": "path",
        "line": "start.line",
        "end_line": "end.line",
        "rule": "check_id",
        "message": "extra.message",
        "severity": "extra.severity",
    },
)
LINE = OutputSpec(
    OutputFormat.REGEX,
    pattern=r"(?P<path>.+?):(?P<line>\d+): (?P<rule>[\w-]+): (?P<message>.*)",
)


def ruff_action(**changes: Any) -> ActionSpec:
    argv = (
        *("check", "--isolated", "--ignore-noqa", "--no-cache", "--select", "S"),
        *("--output-format", "json", "{files}"),
    )
    return replace(ActionSpec("ruff", "ruff", argv, RUFF), **changes)


def bandit_action(**changes: Any) -> ActionSpec:
    argv = ("-q", "--ignore-nosec", "--ini", "/dev/null", "-f", "json", "{files}")
    return replace(ActionSpec("bandit", "bandit", argv, BANDIT), **changes)


def added_file(path: str, text: str) -> FileDiff:
    """A file that the change adds, as a parsed diff has it."""
    lines = text.split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    hunk = Hunk(0, 0, 1, len(lines), "", "\n".join("+" + line for line in lines))
    return FileDiff(path, None, FileStatus.ADDED, hunks=(hunk,) if lines else ())


@dataclass
class Lab:
    """Builds examinations and runs specialists in a folder of the test's own."""

    folder: Path
    search_path: str
    sandbox: Sandbox = Sandbox.AUTO
    taxonomy: Taxonomy = field(default_factory=Taxonomy)
    count: int = 0
    cache: Path | None = None

    def toolbox(self) -> Toolbox:
        return Toolbox.open(
            data_dir("rules"), self.cache or self.folder / "cache", self.search_path
        )

    def need(self, name: str) -> None:
        """Skip the test unless this machine has the tool, installed by us or on PATH."""
        self.cache = user_cache()
        if self.toolbox().find(name) is None:
            pytest.skip(f"{name} is not installed: synapse-bot tools install {name}")

    def task(
        self,
        files: Mapping[str, str],
        diffs: Iterable[FileDiff] | None = None,
        route: Route = Route.DEEP,
        deadline_s: float = 60.0,
    ) -> Examination:
        self.count += 1
        home = self.folder / f"task{self.count}"
        texts = {path: text.encode("utf-8", "surrogateescape") for path, text in files.items()}
        scratch = home / "scratch"
        scratch.mkdir(parents=True)
        made = [added_file(path, text) for path, text in files.items()]
        return Examination(
            diff=Diff(tuple(made if diffs is None else diffs)),
            paths=tuple(files),
            route=route,
            deadline_s=deadline_s,
            placed=materialise(texts, home / "files"),
            texts=dict(files),
            scratch=scratch,
            languages={path: LANGUAGES.get(Path(path).suffix, "") for path in files},
            kinds=load_filekinds().paths,
        )

    def spec(self, *actions: ActionSpec, **changes: Any) -> SpecialistSpec:
        return SpecialistSpec(
            "lab", "A specialist of a test.", SpecialistKind.TOOL, actions, **changes
        )

    def examine(self, task: Examination, *actions: ActionSpec, **changes: Any) -> Outcome:
        specialist = ToolSpecialist(
            self.spec(*actions, **changes),
            self.toolbox(),
            self.taxonomy,
            data_dir("rules"),
            self.sandbox,
        )
        return asyncio.run(specialist.examine(task))

    def script(self, name: str, body: str) -> str:
        """A tool of the test's own on the search path: Python, run by this interpreter."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f"#!{os.path.realpath(sys.executable)} -IS\n{body}")
        path.chmod(0o755)
        self.search_path = f"{folder}:{self.search_path.removeprefix(f'{folder}:')}"
        return name


def user_cache() -> Path:
    """Where `tools install` puts things for whoever runs the tests."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "synapse-bot"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    # The environment that runs the tests comes first: mypy and flake8 are in it.
    scripts = Path(sys.executable).parent
    return Lab(tmp_path, f"{scripts}:{os.environ.get('PATH', os.defpath)}")


@pytest.fixture
def parts() -> Any:
    """The building blocks of this file, by name: test modules cannot import it."""

    class Parts:
        ruff = staticmethod(ruff_action)
        bandit = staticmethod(bandit_action)
        added_file = staticmethod(added_file)
        LINE, RUFF, BANDIT = LINE, RUFF, BANDIT
        SEMGREP = SEMGREP

    return Parts

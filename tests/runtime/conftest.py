"""Values that stand for a small change, and a roster whose specialists are scripted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk
from synapse_bot.domain.finding import Finding, Location, Placement
from synapse_bot.domain.opinion import Opinion, Outcome, Skipped
from synapse_bot.domain.plan import Assignment, Plan, Rationale
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import (
    ActionSpec,
    OutputFormat,
    OutputSpec,
    Route,
    SpecialistKind,
    SpecialistSpec,
)
from synapse_bot.runtime.survey import Survey
from synapse_bot.specialist.base import Examination

Examine = Callable[[Examination], Awaitable[Outcome]]


def _spec(id_: str, **changes: Any) -> SpecialistSpec:
    routes = changes.pop("routes", frozenset(Route))
    action = ActionSpec("run", "tool", (), OutputSpec(OutputFormat.JSONL), routes=routes)
    return SpecialistSpec(id_, "", SpecialistKind.TOOL, (action,), **changes)


def _finding(path: str = "a.py", line: int = 1, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "rule": "rule",
        "message": "message",
        "location": Location(path, line, line),
        "severity": Severity.MEDIUM,
        "confidence": 0.7,
        "by": "one",
        "family": "rule",
        "placement": Placement.ADDED,
        "fingerprint": f"{path}{line}",
    }
    return Finding(**{**values, **changes})


def _survey(*paths: str, **changes: Any) -> Survey:
    files = tuple(
        FileDiff(path, None, FileStatus.ADDED, hunks=(Hunk(0, 0, 1, 1, "", "+x"),))
        for path in paths
    )
    values: dict[str, Any] = {
        "diff": Diff(files),
        "texts": dict.fromkeys(paths, b"x\n"),
        "kept_back": {},
        "partial": frozenset(),
        "languages": {path: "python" if path.endswith(".py") else "" for path in paths},
    }
    return Survey(**{**values, **changes})


@dataclass
class ScriptedSpecialist:
    spec: SpecialistSpec
    script: Examine

    async def examine(self, task: Examination) -> Outcome:
        return await self.script(task)


@dataclass
class ScriptedRoster:
    """A Roster whose specialists run the given functions."""

    specs: tuple[SpecialistSpec, ...] = ()
    scripts: Mapping[str, Examine] = field(default_factory=dict)
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: tuple[Skipped, ...] = ()

    def missing(self, spec: SpecialistSpec, route: Route) -> tuple[str, ...]:
        return self.lacking.get(spec.id, ())

    def hint(self, missing: Sequence[str]) -> str:
        return f"synapse-bot tools install {' '.join(missing)}"

    def specialist(self, spec: SpecialistSpec) -> ScriptedSpecialist:
        return ScriptedSpecialist(spec, self.scripts.get(spec.id, _clean(spec.id)))

    def priced(self, usage: Any, duty: Any = None) -> tuple[str, Any]:
        return "scripted/model", usage

    def unable(self, spec: SpecialistSpec) -> Skipped | None:
        return None

    async def aclose(self) -> None:
        return None

    def tool_versions(self) -> Mapping[str, str]:
        return {}


def _clean(id_: str) -> Examine:
    async def examine(task: Examination) -> Outcome:
        return Opinion(id_, examined=task.paths)

    return examine


def _plan(*assignments: Assignment, skipped: tuple[Skipped, ...] = ()) -> Plan:
    return Plan(Route.FAST, Rationale("small", "It is small."), assignments, skipped, 60.0)


@pytest.fixture
def make() -> Any:
    """The makers of this file under one name."""

    class Make:
        spec = staticmethod(_spec)
        finding = staticmethod(_finding)
        survey = staticmethod(_survey)
        plan = staticmethod(_plan)
        roster = ScriptedRoster

        @staticmethod
        def assignment(spec: SpecialistSpec, *paths: str, deadline_s: float = 5.0) -> Assignment:
            return Assignment(spec, paths, deadline_s)

    return Make


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir(mode=0o700)
    return folder

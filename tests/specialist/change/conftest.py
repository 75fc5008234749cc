"""A change between two sets of files, with the rest of the repository around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.classifier.languages import load_languages
from synapse_bot.domain.diff import Diff, FileDiff
from synapse_bot.domain.spec import Route
from synapse_bot.forge.memory import MemoryPast
from synapse_bot.specialist.base import Examination
from synapse_bot.specialist.change import (
    benchmarks,
    boundaries,
    compiled_contracts,
    contracts,
    dependencies,
    migrations,
    script_contracts,
    untested,
)
from synapse_bot.specialist.example import change_between
from synapse_bot.specialist.runner import Looked

SCANS: Mapping[str, Callable[..., Any]] = {
    "benchmarks": benchmarks.scan,
    "boundaries": boundaries.scan,
    "compiled": compiled_contracts.scan,
    "contracts": contracts.scan,
    "dependencies": dependencies.scan,
    "migrations": migrations.scan,
    "scripts": script_contracts.scan,
    "untested": untested.scan,
}


def examination(
    before: Mapping[str, str], after: Mapping[str, str], renamed: Mapping[str, str] | None = None
) -> Examination:
    """The change to ``before`` that writes the files ``after``; others of it stay.

    ``renamed`` maps a new path to the old one, for files that moved.
    """
    old = {path: before[path] for path in after if path in before}
    files: list[FileDiff] = list(change_between(old, after).files)
    for new, was in (renamed or {}).items():
        moved = change_between({new: before[was]}, {new: after[new]}).files[0]
        files = [f for f in files if f.path != new] + [replace(moved, old_path=was)]
    languages = load_languages()
    return Examination(
        diff=Diff(tuple(files)),
        paths=tuple(file.path for file in files if file.path in after),
        route=Route.DEEP,
        deadline_s=30,
        placed={},
        texts=dict(after),
        languages={path: languages.of(path, b"") for path in after},
        kinds=load_filekinds().paths,
        past=MemoryPast({path: text.encode() for path, text in before.items()}),
    )


@pytest.fixture
def scan() -> Callable[..., Any]:
    """``scan(name, before, after)``: the findings as (rule, path, line, message)."""

    def run(name: str, before: Mapping[str, str], after: Mapping[str, str], **keys: Any) -> Any:
        task = examination(before, after, **keys)
        answer = SCANS[name](task, task.paths, None)
        found = answer.findings if isinstance(answer, Looked) else answer
        return [(raw.rule, raw.path, raw.line, raw.message) for raw in found]

    return run

"""Checks that run in this process, by the name that an action's ``in_process`` gives."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from synapse_bot.specialist import betterleaks
from synapse_bot.specialist.runner import Run, Runner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Answer, Place


def _later(module: str) -> Run:
    """The scan of a module of this package, loaded when it is first run."""

    def run(task: Examination, paths: Sequence[str], place: Place) -> Answer:
        loaded: Any = import_module(f"synapse_bot.specialist.{module}")
        found: Answer = loaded.scan(task, paths, place)
        return found

    return run


RUNNERS: Mapping[str, Runner] = {
    "benchmarks": Runner(_later("change.benchmarks")),
    "betterleaks": Runner(betterleaks.scan, betterleaks.missing),
    "boundaries": Runner(_later("change.boundaries")),
    "compiled-contracts": Runner(_later("change.compiled_contracts")),
    "dependencies": Runner(_later("change.dependencies")),
    "hidden-characters": Runner(_later("unseen")),
    "migrations": Runner(_later("change.migrations")),
    "python-contracts": Runner(_later("change.contracts")),
    "script-contracts": Runner(_later("change.script_contracts")),
    "secret-patterns": Runner(_later("secret_patterns")),
    "python-web": Runner(_later("python.scan"), aside=False),
    "suppressions": Runner(_later("suppressions")),
    "templates": Runner(_later("template.scan")),
    "untested": Runner(_later("change.untested")),
}

"""The specialist of kind ``tool``: runs the actions of its declaration side by side.

An action that breaks costs its own findings. The specialist then is Failed, and its outcome
still carries what the other actions found.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Outcome, Skipped
from synapse_bot.specialist.action import Action, ActionResult, Bench, speaks
from synapse_bot.specialist.builders import BUILDERS
from synapse_bot.specialist.guarded import HINT, ToolLeaves, tools_of
from synapse_bot.specialist.inprocess import RUNNERS
from synapse_bot.specialist.verdicts import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.breaker.guard import Guard
    from synapse_bot.config.settings import Sandbox
    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.spec import ActionSpec, Route, SpecialistSpec
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.taxonomy import Taxonomy
    from synapse_bot.specialist.toolbox import Toolbox


@dataclass(frozen=True)
class ToolSpecialist:
    """``rules_dir`` is the folder rules/ of this program, as an absolute path.

    ``guard`` leaves alone a tool that keeps dying; None runs every tool.
    """

    spec: SpecialistSpec
    toolbox: Toolbox
    taxonomy: Taxonomy
    rules_dir: Path
    sandbox_mode: Sandbox
    guard: Guard | None = None

    async def examine(self, task: Examination) -> Outcome:
        """What the actions of ``task.route`` find in ``task.paths``. Never raises for a tool."""
        if skipped := self._skipped(task):
            return skipped
        started = time.monotonic()
        if self.guard is None:
            results = await self._results(task, _actions(self.spec, task.route))
            return self._outcome(task, results, time.monotonic() - started)
        tools = tools_of(self.spec.actions, task.route)
        leaves = await ToolLeaves.ask(self.guard, tools, task.deadline_s)
        return await self._with_leave(task, leaves, started)

    async def _with_leave(self, task: Examination, leaves: ToolLeaves, started: float) -> Outcome:
        """The outcome of the actions whose tools are not left alone."""
        actions = _actions(self.spec, task.route)
        why = {action.id: leaves.refused(action) for action in actions}
        allowed = tuple(action for action in actions if not why[action.id])
        if not allowed:
            said = "; ".join(dict.fromkeys(why.values()))
            return Skipped(self.spec.id, said, HINT, paths=task.paths)
        try:
            results = await self._results(task, allowed)
            await leaves.tell(zip(allowed, results, strict=True), task.deadline_s)
        finally:
            leaves.drop()
        left = [_left_alone(a, why[a.id], task) for a in actions if why[a.id]]
        return self._outcome(task, [*results, *left], time.monotonic() - started)

    async def _results(
        self, task: Examination, specs: Sequence[ActionSpec]
    ) -> Sequence[ActionResult]:
        """Of the actions, side by side."""
        bench = Bench(
            self.spec, self.toolbox, self.taxonomy, self.rules_dir.resolve(), self.sandbox_mode
        )
        scratch = _scratch(self.spec.id, task)
        actions = [Action(spec, bench, task, scratch / spec.id) for spec in specs]
        try:
            return await asyncio.gather(*(action.run() for action in actions))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _skipped(self, task: Examination) -> Skipped | None:
        if not _actions(self.spec, task.route):
            return Skipped(self.spec.id, f"has no action on the {task.route} route", matters=False)
        if not task.paths:
            return Skipped(self.spec.id, "no file for it to examine", matters=False)
        if missing := missing_tools(self.spec, task.route, self.toolbox):
            return Skipped(
                self.spec.id, f"needs {', '.join(missing)}", install_hint(missing, self.toolbox),
                paths=task.paths,
            )  # fmt: skip
        return None

    def _outcome(
        self, task: Examination, results: Sequence[ActionResult], seconds: float
    ) -> Outcome:
        found = sorted((f for result in results for f in result.findings), key=by_place)
        builder = BUILDERS.get(self.spec.result_builder, BUILDERS["findings"])
        findings = builder(found, self.spec.builder_params, task.kinds)
        gaps = tuple(dict.fromkeys(gap for result in results for gap in result.gaps))
        unread = {path for result in results for path in result.unread}
        read = {path for result in results for path in result.read} - unread
        examined = tuple(path for path in task.paths if path in read)
        runs = tuple(run for result in results for run in result.runs)
        if broken := [result.failure for result in results if result.failure]:
            return Failed(
                self.spec.id,
                broken[0].kind,
                "; ".join(failure.why for failure in broken),
                next((failure.hint for failure in broken if failure.hint), ""),
                findings,
                examined,
                seconds,
                runs,
                gaps=gaps,
            )
        notes = tuple(note for result in results for note in result.notes)
        return Opinion(self.spec.id, findings, examined, seconds, runs, notes=notes, gaps=gaps)


def _left_alone(action: ActionSpec, why: str, task: Examination) -> ActionResult:
    """An action that was not run: what it would have read is not examined."""
    paths = (path for path in task.paths if speaks(action, task.languages.get(path, "")))
    return ActionResult(failure=Failure(FailureKind.CRASHED, why, HINT), unread=frozenset(paths))


def _scratch(name: str, task: Examination) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=task.scratch)).resolve()


def _actions(spec: SpecialistSpec, route: Route) -> tuple[ActionSpec, ...]:
    return tuple(action for action in spec.actions if route in action.routes)


def by_place(finding: Finding) -> tuple[str, int, int, str, str, str, str]:
    """Any order of arrival gives the same opinion."""
    place = finding.location
    return (
        place.path,
        place.start_line,
        place.start_column,
        finding.rule,
        finding.tool,
        finding.tool_rule,
        finding.message,
    )


def reads(spec: SpecialistSpec, route: Route, language: str) -> bool:
    """Whether any action of ``spec`` on ``route`` reads files of ``language``."""
    return any(speaks(action, language) for action in _actions(spec, route))


def with_engine(spec: SpecialistSpec, tool: str, engine: str) -> SpecialistSpec:
    """``spec`` with one of the two ways to run ``tool``.

    "experimental" is the declared arguments alone, "classic" the fallback's alone, "auto" the
    first and on failure the second.
    """
    return replace(spec, actions=tuple(_engine(a, tool, engine) for a in spec.actions))


def _engine(action: ActionSpec, tool: str, engine: str) -> ActionSpec:
    if action.tool != tool or not action.fallback or engine == "auto":
        return action
    argv = action.fallback if engine == "classic" else action.argv
    return replace(action, argv=argv, fallback=())


def missing_tools(spec: SpecialistSpec, route: Route, toolbox: Toolbox) -> tuple[str, ...]:
    """The tools that ``spec`` needs on ``route`` and this machine lacks, sorted."""
    missing = {name for name in spec.requires if toolbox.find(name) is None}
    for action in _actions(spec, route):
        if action.in_process:
            missing |= (
                {RUNNERS[action.in_process].missing(toolbox)} if _known(action) else {_of(action)}
            )
        elif toolbox.find(action.tool) is None:
            missing.add(action.tool)
    return tuple(sorted(missing - {""}))


def _known(action: ActionSpec) -> bool:
    return action.in_process in RUNNERS


def _of(action: ActionSpec) -> str:
    return f"the runner {action.in_process!r}"


def install_hint(missing: Sequence[str], toolbox: Toolbox) -> str:
    """What to do about ``missing``."""
    ours = [name for name in missing if name in toolbox.pins and toolbox.pins[name].lock]
    if ours:
        return f"Run `synapse-bot tools install {' '.join(ours)}`."
    return f"Put {', '.join(missing)} on PATH."

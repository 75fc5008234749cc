"""Making a recorded review again from what its journal holds, perhaps on another configuration.

No model is asked: where the record has no answer, the specialist is skipped, and says so. Nothing
is posted.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import SynapseError
from synapse_bot.domain.workflow import Recorded, WorkflowState
from synapse_bot.engine.inline import InlineEngine
from synapse_bot.runtime.life import Life
from synapse_bot.runtime.request_json import request_json, request_of
from synapse_bot.runtime.review import review
from synapse_bot.runtime.workflow import begun
from synapse_bot.wiring.parts import open_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from synapse_bot.domain.review import Review
    from synapse_bot.domain.workflow import Workflow
    from synapse_bot.runtime.request import Host, Remote
    from synapse_bot.runtime.review import Parts
    from synapse_bot.wiring.records import Records

# In the order of the story. Doing one anew does anew what follows from it.
STEPS = ("change", "sight", "plan", "carry", "examine", "debate")


class NothingRecorded(SynapseError):
    hint = "synapse-bot runs list shows what is recorded; runs prune may have taken the steps."


class StepUnknown(SynapseError):
    hint = "Steps are change, plan, carry, examine, examine:ID and debate."


class Memory:
    """A Journal in memory: what was recorded of one run, for another one."""

    def __init__(self, steps: Mapping[str, Recorded]) -> None:
        self._steps = dict(steps)

    def recall(self, run: str, step: str) -> Recorded | None:
        return self._steps.get(step)

    def record(self, run: str, step: str, recorded: Recorded) -> None:
        self._steps[step] = recorded

    def steps(self, run: str) -> Mapping[str, Recorded]:
        return dict(self._steps)

    def seconds(self, step: str, limit: int = 50) -> tuple[float, ...]:
        return ()


async def make_again(
    workflow: Workflow,
    records: Records,
    host: Host,
    scratch: Path,
    with_token: Callable[[Remote], Remote],
    *,
    from_step: str = "",
    config: Path | None = None,
    keep: bool = False,
) -> tuple[Review, Review]:
    """(the recorded review, the one made now). ``keep`` records it as a run of its own.

    Raises NothingRecorded, StepUnknown, RequestUnreadable, RunOutdated, and what a review raises.
    """
    from synapse_bot.report.audit import parse_audit

    audit = records.runs.audit(workflow.id)
    if audit is None:
        raise NothingRecorded(f"the run {workflow.id} is {workflow.state}: it has no review yet")
    try:
        before = parse_audit(audit)
    except ValueError as error:
        raise NothingRecorded(f"the run {workflow.id} is recorded in another form") from error
    recorded = records.journal.steps(workflow.id)
    if not recorded:
        raise NothingRecorded(f"no steps of the run {workflow.id} are recorded")
    steps = without(recorded, from_step)
    request = request_of(workflow.request, with_token)
    asked = replace(request.asked, keep=keep)
    if config is not None:
        asked = replace(asked, config_file=config)
    life = Life.begin()
    memory = Memory(steps)
    engine = InlineEngine(memory, life.id, resumed=True)
    parts = await open_parts(asked, host, scratch, lambda event: None, life, engine)
    after = await review(replace(parts, earlier=None, silent=True))
    if keep:
        _keep(parts, memory.steps(life.id), request_json(asked), after, records)
    return before, after


def _keep(
    parts: Parts, steps: Mapping[str, Recorded], request: str, after: Review, records: Records
) -> None:
    """``after`` as a run of its own, with all its steps, which can be replayed in turn."""
    row = begun(parts, request, records.owner, records.tenant)
    records.workflows.begin(row)
    for name, recorded in steps.items():
        records.journal.record(row.id, name, recorded)
    records.record(after)
    records.workflows.finish(row.id, records.owner, WorkflowState.DONE, time.time())


def without(steps: Mapping[str, Recorded], from_step: str) -> Mapping[str, Recorded]:
    """``steps`` before ``from_step``. Raises StepUnknown.

    A plan that is made anew lets the examinations stand: their keys tell which still hold.
    """
    if not from_step:
        return steps
    if from_step.startswith("examine:"):
        if from_step not in steps:
            raise StepUnknown(f"no step {from_step!r} is recorded")
        return {name: step for name, step in steps.items() if name not in (from_step, "debate")}
    if from_step not in STEPS:
        raise StepUnknown(f"there is no step {from_step!r}")
    gone = STEPS[STEPS.index(from_step) :]
    if from_step == "plan":
        gone = ("plan", "carry", "debate")
    return {name: step for name, step in steps.items() if name.partition(":")[0] not in gone}

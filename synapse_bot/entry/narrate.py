"""--verbose: each event as one line on stderr, as it happens."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from synapse_bot.domain.events import (
    DebateHeld,
    DebateStarted,
    DiffRead,
    Event,
    ReviewFinished,
    ReviewPlanned,
    ReviewPosted,
    SpecialistCrashed,
    SpecialistFinished,
    SpecialistStarted,
)
from synapse_bot.domain.opinion import Outcome, Skipped
from synapse_bot.report.sanitise import one_line
from synapse_bot.report.wording import debated, plural

if TYPE_CHECKING:
    from synapse_bot.domain.negotiation import Claim


class Narrator:
    """A hook; seconds count from its making."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def __call__(self, event: Event) -> None:
        seconds = time.monotonic() - self.started
        print(f"{seconds:7.3f} s  {_words(event)}", file=sys.stderr, flush=True)


def _words(event: Event) -> str:
    match event:
        case DiffRead():
            return f"diff read: {event.files} files, +{event.added} -{event.removed}"
        case ReviewPlanned():
            plan = event.plan
            return f"planned: {plan.route} ({plan.rationale.rule}), {len(plan.assignments)} to ask"
        case SpecialistStarted():
            return f"specialist started: {event.id}, {event.files} files"
        case SpecialistFinished():
            return f"specialist finished: {_outcome(event.outcome)}"
        case SpecialistCrashed():
            stands = "".join(f", {one.key} is {one.state}" for one in event.breakers)
            why = one_line(event.why, 200)
            return f"specialist crashed: {event.id}, {event.kind}: {why}{stands}"
        case DebateStarted():
            return f"debate started: {plural(event.claims, 'claim')}"
        case DebateHeld():
            return f"debate held: {_debate(event.claim)}"
        case ReviewFinished():
            return f"review finished: {event.review.verdict}"
        case ReviewPosted():
            return f"review posted: {event.why_not or 'done'}"


def _debate(claim: Claim) -> str:
    finding, negotiation = claim.finding, claim.negotiation
    debate = negotiation.debate if negotiation else None
    said = len(debate.arguments) if debate else 0
    place = one_line(f"{finding.rule} at {finding.location}", 200)
    return f"{place}, {said} arguments, {debated(debate)}; it counts as {finding.severity}"


def _outcome(outcome: Outcome) -> str:
    if isinstance(outcome, Skipped):
        return f"{outcome.by}, skipped"
    runs = ", ".join(f"{run.tool} {run.seconds:.2f} s" for run in outcome.runs)
    return f"{outcome.by}, {type(outcome).__name__.lower()}, {len(outcome.findings)} raw ({runs})"

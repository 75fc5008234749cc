"""Domain events as entries of the ledger: the life of a review, as `runs show` tells it.

Counts and names only: no source text and no message of a finding gets here, and what looks like a
secret in a name is masked.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

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
from synapse_bot.domain.ledger import Entry
from synapse_bot.domain.opinion import Failed, Opinion, Skipped
from synapse_bot.domain.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from synapse_bot.domain.feedback import Feedback
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.domain.plan import Plan
    from synapse_bot.domain.review import Review


class Appends(Protocol):
    """The part of a Ledger that is needed here."""

    def append(self, *entries: Entry) -> None: ...


class Ledgered:
    """A hook that writes what happens to the run ``run`` into ``ledger``.

    A fact has a key, so that a later life of the review adds none twice. ``begin`` or ``resumed``
    comes first.
    """

    def __init__(
        self, ledger: Appends, run: str, tenant: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._tenant = tenant
        self._clock = clock
        self._digest = ""

    def begin(self, config_digest: str, **facts: Any) -> None:
        """The review was requested, and is made with this configuration from here on."""
        self._digest = config_digest
        self.note("requested", facts, key="requested")

    def resumed(self, config_digest: str, attempt: int) -> None:
        """The review goes on in another life, the ``attempt``-th."""
        self._digest = config_digest
        self.note("resumed", {"attempt": attempt}, key=f"resumed/{attempt}")

    def note(self, kind: str, data: Mapping[str, Any], *, key: str = "") -> None:
        """One fact, known as soon as it happened."""
        now = self._clock()
        unique = f"{self._run}/{key}" if key else ""
        self._ledger.append(self._entry(kind, data, unique, now))

    def __call__(self, event: Event) -> None:
        now = self._clock()
        entries = [
            self._entry(kind, data, f"{self._run}/{key}", now) for kind, key, data in _facts(event)
        ]
        if entries:
            self._ledger.append(*entries)

    def _entry(self, kind: str, data: Mapping[str, Any], key: str, now: float) -> Entry:
        return Entry(self._tenant, self._run, kind, now, now, self._digest, masked(data), key)


def masked(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """``data`` with the secrets in its texts masked: a branch, a path or a label may hold one."""
    return {redact(key): _masked(value) for key, value in data.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return masked(value)
    return [_masked(item) for item in value] if isinstance(value, list) else value


def feedback_entry(feedback: Feedback, run: str, tenant: str, known_at: float) -> Entry:
    """What a person said of a finding of ``run``: which person, and in which words, is not kept."""
    data = {
        "who": "person",
        "what": str(feedback.said),
        "fingerprint": feedback.fingerprint,
        "rule": feedback.rule,
        "by": feedback.by,
        "comment": feedback.comment,
        "obeyed": feedback.obeyed,
    }
    key = f"feedback/{feedback.repository}/{feedback.comment}"
    happened_at = min(feedback.said_at or known_at, known_at)  # clocks differ: never in the future
    return Entry(
        tenant, run, "feedback", happened_at, known_at, feedback.config_digest, masked(data), key
    )


def _facts(event: Event) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(type, key within the run, data)"""
    match event:
        case ReviewPlanned():
            yield from _planned(event.plan)
        case SpecialistFinished():
            by = event.outcome.by
            yield "opinion-given", f"opinion-given/{by}", {"by": by, **_outcome(event.outcome)}
        case ReviewFinished():
            yield from _settled(event.review)
            yield "concluded", "concluded", _conclusion(event.review)
        case ReviewPosted():
            # A review may be posted at its deadline, and again when the late are done.
            data = _posted(event)
            yield "posted", "/".join(["posted", *map(str, data.values())]), data
        case DiffRead():
            counts = {"files": event.files, "added": event.added, "removed": event.removed}
            yield "diff-read", "diff-read", counts
        case SpecialistCrashed():
            stands = {one.key: str(one.state) for one in event.breakers}
            crash = {"by": event.id, "kind": str(event.kind), "breakers": stands}
            yield "specialist-crashed", f"specialist-crashed/{event.id}", crash
        case SpecialistStarted() | DebateStarted() | DebateHeld():
            return


def _planned(plan: Plan) -> Iterator[tuple[str, str, dict[str, Any]]]:
    why = plan.rationale
    # The table decides alone: whatever chooses by chance later says with which probability.
    route = {"route": str(plan.route), "rule": why.rule, "facts": list(why.facts)}
    yield "classified", "classified", {**route, "propensity": 1.0}
    yield (
        "planned",
        "planned",
        {
            "specialists": list(plan.specialist_ids),
            "deadlines_s": {a.spec.id: a.deadline_s for a in plan.assignments},
            "files": {a.spec.id: len(a.paths) for a in plan.assignments},
            "skipped": {skipped.by: skipped.why for skipped in plan.skipped},
            "deadline_s": plan.deadline_s,
            "propensities": dict.fromkeys(plan.specialist_ids, 1.0),
        },
    )


def _outcome(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Opinion():
            status = "finished"
        case Failed():
            status = str(outcome.kind)
        case Skipped():
            return {"status": "skipped", "why": outcome.why}
    usage = outcome.usage
    return {
        "status": status,
        "seconds": round(outcome.seconds, 3),
        "findings": dict(Counter(str(finding.severity) for finding in outcome.findings)),
        "rules": dict(Counter(finding.rule for finding in outcome.findings)),
        "tokens": usage.tokens if usage else 0,
        "usd": usage.cost_usd if usage else 0.0,
    }


def _settled(review: Review) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for claim in review.claims:
        found = claim.negotiation
        if found is None:
            continue
        key = f"conflict-settled/{claim.finding.fingerprint}"
        yield (
            "conflict-settled",
            key,
            {
                "fingerprint": claim.finding.fingerprint,
                "rule": claim.finding.rule,
                "strategy": found.strategy,
                "stances": {stance.by: str(stance.severity) for stance in found.stances},
                "severity": str(found.severity),
                "stalemate": found.stalemate,
                "debated": found.debate is not None,
                "escalated": claim.escalation is not None,
            },
        )


def _conclusion(review: Review) -> dict[str, Any]:
    usage = review.usage
    return {
        "verdict": str(review.verdict),
        "reasons": list(review.reasons),
        "claims": dict(Counter(str(claim.finding.severity) for claim in review.claims)),
        "escalations": len(review.escalations),
        "failed": {failed.by: str(failed.kind) for failed in review.failed},
        "status": "timeout" if any(f.kind == "timeout" for f in review.failed) else "finished",
        "seconds": round(review.seconds, 3),
        "tokens": usage.tokens if usage else 0,
        "usd": usage.cost_usd if usage else 0.0,
    }


def _posted(event: ReviewPosted) -> dict[str, Any]:
    done = event.posted
    if done is None:
        return {"why_not": event.why_not}
    return {
        "url": done.summary_url,
        "created": done.created,
        "edited": done.edited,
        "resolved": done.resolved,
        "deleted": done.deleted,
    }

"""How the steps of a review are kept, and what decides whether one stands for another."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from synapse_bot.domain.change import Change
from synapse_bot.domain.negotiation import Claim
from synapse_bot.domain.opinion import Failed, Opinion, Outcome, Skipped
from synapse_bot.domain.plan import Plan
from synapse_bot.domain.redaction import redact
from synapse_bot.runtime.carry import Carried

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.plan import Assignment
    from synapse_bot.domain.spec import Route
    from synapse_bot.domain.workflow import Json
    from synapse_bot.engine.base import Kept

T = TypeVar("T")


class CarriedOf:
    """What was carried from an earlier review into ``plan``; for the usual nothing, nothing."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._values: Values[Carried] = Values(Carried)

    def encode(self, value: Carried) -> Json:
        return None if value == Carried(self._plan, self._plan) else self._values.encode(value)

    def decode(self, data: Json) -> Carried:
        """Raises ValueError for data of another shape."""
        if data is None:
            return Carried(self._plan, self._plan)
        return self._values.decode(data)


def _as_it_is(value: T) -> T:
    return value


class Values(Generic[T]):
    """Values of the domain, of one shape, as the audit writes them; ``masked`` hides secrets."""

    def __init__(self, shape: Any, masked: Callable[[T], T] = _as_it_is) -> None:
        self._shape = shape
        self._masked = masked

    def encode(self, value: T) -> Json:
        from synapse_bot.report.codec import encode

        return cast("Json", encode(self._masked(value)))

    def decode(self, data: Json) -> T:
        """Raises ValueError for data of another shape."""
        from synapse_bot.report.codec import decode

        return cast("T", decode(self._shape, data))


def _discreet_change(change: Change) -> Change:
    """What its author wrote. What finds the change again stays as it is."""
    return replace(
        change,
        title=redact(change.title),
        body=redact(change.body),
        intent=redact(change.intent),
        labels=tuple(map(redact, change.labels)),
    )


def _discreet_plan(plan: Plan) -> Plan:
    """The facts quote the change; paths have to be found again."""
    facts = tuple(map(redact, plan.rationale.facts))
    return replace(plan, rationale=replace(plan.rationale, facts=facts))


CHANGE: Kept[Change] = Values(Change, _discreet_change)
SIGHT: Kept[str] = Values(str)
PLAN: Kept[Plan] = Values(Plan, _discreet_plan)
OUTCOME: Kept[Outcome] = Values(Opinion | Failed | Skipped)
CLAIMS: Kept[tuple[Claim, ...]] = Values(tuple[Claim, ...])


def examination_key(assignment: Assignment, route: Route, model: str) -> str:
    """What decides what a specialist finds in a pinned change: its declaration, the files and,
    for one that asks, the model."""
    told = [
        assignment.spec.digest,
        str(route),
        *assignment.paths,
        "skimmed",
        *assignment.skimmed,
        model if assignment.spec.model is not None else "",
    ]
    return digest(told)


def digest(value: object) -> str:
    """16 hex digits of the SHA-256 of ``value`` as JSON."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def sight(diff: Diff) -> str:
    """Tells one diff from another: a digest of its files and of every line in them."""
    seen = hashlib.sha256()
    for file in diff.files:
        told = f"{file.path}\0{file.old_path}\0{file.status}\0{file.old_blob}\0{file.new_blob}\0"
        seen.update(told.encode("utf-8", "surrogatepass"))
        for hunk in file.hunks:
            seen.update(
                f"{hunk.old_start},{hunk.new_start}\0{hunk.body}".encode("utf-8", "replace")
            )
    return seen.hexdigest()[:16]

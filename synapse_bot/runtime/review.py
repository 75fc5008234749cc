"""One review, from a change to one consolidated result. Read this file first.

Everything else is a detail of one line here: the forge reads the change, the survey tells what
nobody need read, the plan says who examines what and why, the specialists examine side by side,
their findings are negotiated, and the verdict says what is known and what is not.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from synapse_bot import __version__
from synapse_bot.domain.events import DiffRead, ReviewFinished, ReviewPlanned
from synapse_bot.domain.opinion import Skipped
from synapse_bot.domain.review import Review
from synapse_bot.negotiation.settle import negotiate
from synapse_bot.negotiation.verdict import conclude
from synapse_bot.runtime.carry import Maker, carry
from synapse_bot.runtime.cover import cover
from synapse_bot.runtime.deadline import Deadline
from synapse_bot.runtime.discretion import keep_secrets
from synapse_bot.runtime.fanout import fan_out
from synapse_bot.runtime.plan import make_plan
from synapse_bot.runtime.select import above_thresholds, within_filter
from synapse_bot.runtime.survey import survey_change

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from synapse_bot.classifier.filekinds import FileKinds
    from synapse_bot.classifier.languages import Languages
    from synapse_bot.classifier.table import Routes
    from synapse_bot.config.settings import Settings
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.domain.plan import Plan
    from synapse_bot.engine.base import Engine
    from synapse_bot.forge.base import Forge
    from synapse_bot.negotiation.policy import NegotiationPolicy
    from synapse_bot.runtime.carry import Carried
    from synapse_bot.runtime.roster import Roster
    from synapse_bot.runtime.survey import Survey


@dataclass(frozen=True)
class Parts:
    """What a review is made with. wiring chooses the members; the story knows only ports."""

    change: Change
    forge: Forge
    roster: Roster
    routes: Routes
    kinds: FileKinds
    languages: Languages
    policy: NegotiationPolicy
    settings: Settings
    engine: Engine
    scratch: Path  # a private folder of this review, removed by its owner
    emit: Hook
    notices: tuple[str, ...] = ()
    earlier: Review | None = None  # the last recorded review on the same base, if any
    rules_digest: str = ""
    cache: Path | None = None  # a folder that outlives the review; None keeps nothing


async def review(parts: Parts) -> Review:
    """Review ``parts.change``. A broken specialist makes the result incomplete; it never raises."""
    deadline = Deadline.start(parts.settings.limits.deadline_s)
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    survey, plan = await plan_review(parts)
    carried = _carried(parts, survey, plan)
    try:
        fresh = await parts.engine.step(
            "examine",
            lambda: fan_out(
                carried.left,
                survey,
                parts.roster,
                scratch=parts.scratch,
                remaining_s=deadline.remaining_s,
                emit=parts.emit,
                known=carried.opinions.values(),
            ),
        )
        outcomes = keep_secrets(carried.joined(fresh))
        outcomes = within_filter((*outcomes, *plan.skipped), parts.settings.show.filter_mode)
        weights = {spec.id: spec.weight for spec in parts.roster.specs}
        models = {spec.id for spec in parts.roster.specs if spec.model}
        claims = negotiate(outcomes, parts.policy, weights, models)
        if parts.policy.debate.enabled and any(_asked_a_model(o, models) for o in outcomes):
            claims = await _debated(parts, survey, claims, outcomes, weights, deadline)
    finally:
        await parts.roster.aclose()
    claims, kept_back = above_thresholds(claims, parts.settings.show)
    coverage = cover(survey, plan, outcomes)
    required = {spec.id for spec in parts.roster.specs if spec.required}
    required.update(parts.settings.choice.required)
    verdict, reasons = conclude(claims, outcomes, coverage, parts.settings.gate.fail_on, required)
    result = Review(
        id=run_id(),
        change=parts.change,
        plan=plan,
        verdict=verdict,
        reasons=reasons,
        claims=claims,
        outcomes=outcomes,
        coverage=coverage,
        suppressions=kept_back,
        notices=(*parts.notices, *survey.notices, *(survey.past.gaps if survey.past else ())),
        config_digest=parts.settings.digest,
        rules_digest=parts.rules_digest,
        tool_versions=parts.roster.tool_versions(),
        timings=parts.engine.timings,
        started_at=started_at,
        seconds=deadline.elapsed_s(),
        version=__version__,
        inherited=carried.inherited,
    )
    parts.emit(ReviewFinished(result))
    return result


async def plan_review(parts: Parts) -> tuple[Survey, Plan]:
    """Everything before a specialist runs; `synapse-bot plan` stops here."""
    step, change = parts.engine.step, parts.change
    diff = await step("diff", lambda: parts.forge.diff(change))
    added, removed = (sum(file.counts[side] for file in diff.files) for side in (0, 1))
    parts.emit(DiffRead(len(diff.files), added, removed))
    survey = await step(
        "survey",
        lambda: survey_change(
            parts.forge, change, diff, parts.kinds, parts.languages, parts.settings, parts.cache
        ),
    )
    plan = make_plan(change, survey, parts.routes, parts.roster, parts.settings)
    parts.emit(ReviewPlanned(plan))
    return survey, plan


def _asked_a_model(outcome: Outcome, models: Collection[str]) -> bool:
    return outcome.by in models and not isinstance(outcome, Skipped)


async def _debated(
    parts: Parts,
    survey: Survey,
    claims: tuple[Claim, ...],
    outcomes: tuple[Outcome, ...],
    weights: Mapping[str, float],
    deadline: Deadline,
) -> tuple[Claim, ...]:
    """``claims`` after a debate of those on which a model and others are far apart."""
    # Here, so that a review without a model loads none of it.
    from synapse_bot.negotiation.conclusion import Bench
    from synapse_bot.runtime.debate import debate

    specs = parts.roster.specs
    bench = Bench(
        parts.policy,
        {**weights, **parts.policy.weights},
        {spec.id: spec.domain for spec in specs},
        frozenset(spec.id for spec in specs if spec.model),
    )
    used = sum(o.usage.tokens for o in outcomes if not isinstance(o, Skipped) and o.usage)
    # As many tokens as were used before it: a debate at most doubles what a review costs.
    ask = parts.roster.debaters(used, deadline.remaining_s)
    return await parts.engine.step(
        "debate", lambda: debate(claims, outcomes, bench, ask, survey, parts.emit)
    )


def _carried(parts: Parts, survey: Survey, plan: Plan) -> Carried:
    """What of ``plan`` an earlier review has done already."""
    settings = parts.settings
    maker = Maker(parts.change.base, __version__, settings.digest, parts.rules_digest)
    return carry(parts.earlier, maker, plan, survey.diff, parts.roster.tool_versions())


def run_id() -> str:
    """Sortable by time, unique beyond it."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(4)}"

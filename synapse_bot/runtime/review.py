"""One review, from a change to one consolidated result. Read this file first.

Everything else is a detail of one line here: the forge reads the change, the survey tells what
nobody need read, the plan says who examines what and why, the specialists examine side by side,
their findings are negotiated, and the verdict says what is known and what is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from synapse_bot import __version__
from synapse_bot.domain.errors import RunOutdated
from synapse_bot.domain.events import DiffRead, ReviewFinished, ReviewPlanned
from synapse_bot.domain.opinion import Skipped
from synapse_bot.domain.review import Review
from synapse_bot.negotiation.settle import negotiate
from synapse_bot.negotiation.verdict import conclude
from synapse_bot.runtime.carry import Maker, carry
from synapse_bot.runtime.cover import cover
from synapse_bot.runtime.deadline import Deadline
from synapse_bot.runtime.discretion import keep_secrets
from synapse_bot.runtime.fanout import Fanned, fan_out
from synapse_bot.runtime.kept import CLAIMS, PLAN, SIGHT, CarriedOf, digest, sight
from synapse_bot.runtime.plan import make_plan, paced
from synapse_bot.runtime.select import above_thresholds, within_filter
from synapse_bot.runtime.survey import survey_change

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from synapse_bot.classifier.filekinds import FileKinds
    from synapse_bot.classifier.languages import Languages
    from synapse_bot.classifier.table import Routes
    from synapse_bot.config.settings import Settings
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.debate import Filed, Question
    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.domain.plan import Plan
    from synapse_bot.engine.base import Engine
    from synapse_bot.forge.base import Forge
    from synapse_bot.negotiation.policy import NegotiationPolicy
    from synapse_bot.runtime.carry import Carried
    from synapse_bot.runtime.life import Life
    from synapse_bot.runtime.roster import Roster
    from synapse_bot.runtime.survey import Survey

    Early = Callable[[Review], Awaitable[None]]


async def _nobody(review: Review) -> None:
    """Nobody waits for a first word."""


def _unknown(specialist: str) -> None:
    """Nothing is known of how long it takes."""


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
    life: Life
    notices: tuple[str, ...] = ()
    earlier: Review | None = None  # the last recorded review on the same base, if any
    rules_digest: str = ""
    cache: Path | None = None  # a folder that outlives the review; None keeps nothing
    silent: bool = False  # a replay: no model is asked, what none is recorded of is skipped
    early: Early = _nobody  # is given the review at its deadline, where some go on behind it
    pace: Callable[[str], float | None] = _unknown  # seconds that a specialist should need

    def deadline(self) -> Deadline:
        usual_s = self.settings.limits.deadline_s
        limit_s, window_s = self.life.limit_s(usual_s), self.life.window_s(usual_s)
        return Deadline.of(self.life.started_at, limit_s, window_s)

    @property
    def config_digest(self) -> str:
        """Of everything that a team may have changed: the settings in force and the rules."""
        return digest([self.settings.digest, self.rules_digest])


async def review(parts: Parts) -> Review:
    """Review ``parts.change``. A broken specialist makes the result incomplete; it never raises."""
    deadline = parts.deadline()
    survey, plan = await plan_review(parts)
    carried = await parts.engine.step(
        "carry", lambda: _carried(parts, survey, plan), CarriedOf(plan), key=parts.config_digest
    )
    examined = Examined(survey, plan, carried, deadline)
    try:
        fanned = await parts.engine.step("examine", lambda: _fan_out(parts, examined))
        try:
            if fanned.late:
                await parts.early(await _conclude(parts, examined, fanned.outcomes, last=False))
                await fanned.until(None)
        finally:
            await fanned.aclose()
        result = await _conclude(parts, examined, fanned.outcomes)
    finally:
        await parts.roster.aclose()
    parts.emit(ReviewFinished(result))
    return result


@dataclass(frozen=True)
class Examined:
    """What the specialists were given."""

    survey: Survey
    plan: Plan
    carried: Carried
    deadline: Deadline


async def _fan_out(parts: Parts, examined: Examined) -> Fanned:
    return await fan_out(
        examined.carried.left,
        examined.survey,
        parts.roster,
        parts.engine,
        scratch=parts.scratch,
        deadline=examined.deadline,
        emit=parts.emit,
        known=examined.carried.opinions.values(),
        model=parts.settings.models.default,
        silent=parts.silent,
        late_s=parts.settings.limits.late_s,
    )


async def _conclude(
    parts: Parts, examined: Examined, fresh: tuple[Outcome, ...], *, last: bool = True
) -> Review:
    """From the outcomes to the one result. Only the ``last`` word of a review is debated."""
    survey, plan, carried = examined.survey, examined.plan, examined.carried
    outcomes = keep_secrets(carried.joined(fresh))
    outcomes = within_filter((*outcomes, *plan.skipped), parts.settings.show.filter_mode)
    weights = {spec.id: spec.weight for spec in parts.roster.specs}
    models = {spec.id for spec in parts.roster.specs if spec.model}
    claims = negotiate(outcomes, parts.policy, weights, models)
    if last and parts.policy.debate.enabled and any(_asked_a_model(o, models) for o in outcomes):
        claims = await _debated(parts, survey, claims, outcomes, weights, examined.deadline)
    claims, kept_back = above_thresholds(claims, parts.settings.show)
    coverage = cover(survey, plan, outcomes)
    required = {spec.id for spec in parts.roster.specs if spec.required}
    required.update(parts.settings.choice.required)
    verdict, reasons = conclude(claims, outcomes, coverage, parts.settings.gate.fail_on, required)
    return Review(
        id=parts.life.id,
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
        tool_versions=_tool_versions(parts, outcomes),
        timings=parts.engine.timings,
        started_at=_rfc3339(parts.life.started_at),
        seconds=examined.deadline.elapsed_s(),
        version=__version__,
        inherited=carried.inherited,
    )


async def plan_review(parts: Parts) -> tuple[Survey, Plan]:
    """Everything before a specialist runs; `synapse-bot plan` stops here."""
    step, change = parts.engine.step, parts.change
    diff = await step("diff", lambda: parts.forge.diff(change))
    await _recognised(parts, diff)
    added, removed = (sum(file.counts[side] for file in diff.files) for side in (0, 1))
    parts.emit(DiffRead(len(diff.files), added, removed))
    survey = await step(
        "survey",
        lambda: survey_change(
            parts.forge, change, diff, parts.kinds, parts.languages, parts.settings, parts.cache
        ),
    )
    plan = await step("plan", lambda: _planned(parts, survey), PLAN, key=parts.config_digest)
    parts.emit(ReviewPlanned(plan))
    return survey, plan


async def _recognised(parts: Parts, diff: Diff) -> None:
    """Raises RunOutdated where an earlier life of this review saw another diff."""
    seen = sight(diff)

    async def now() -> str:
        return seen

    if await parts.engine.step("sight", now, SIGHT) != seen:
        raise RunOutdated("the change is not what it was when this review began")


async def _planned(parts: Parts, survey: Survey) -> Plan:
    """A step of its own: a later life keeps to it, whatever tools have come or gone since."""
    plan = make_plan(parts.change, survey, parts.routes, parts.roster, parts.settings)
    return paced(plan, parts.pace)


def _tool_versions(parts: Parts, outcomes: Iterable[Outcome]) -> Mapping[str, str]:
    """Of this life, and of what an earlier one ran."""
    runs = [run for o in outcomes if not isinstance(o, Skipped) for run in o.runs if run.version]
    return {**{run.tool: run.version for run in runs}, **parts.roster.tool_versions()}


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
    ask = _unasked if parts.silent else parts.roster.debaters(used, deadline.for_new_s)
    return await parts.engine.step(
        "debate",
        lambda: debate(claims, outcomes, bench, ask, survey, parts.emit),
        CLAIMS,
        key=digest([CLAIMS.encode(claims), repr(parts.policy)]),
    )


async def _unasked(by: str, question: Question) -> Filed:
    """In a replay nobody answers back."""
    from synapse_bot.domain.debate import Filed
    from synapse_bot.domain.usage import Usage

    return Filed(None, Usage(), "a replay asks no model")


async def _carried(parts: Parts, survey: Survey, plan: Plan) -> Carried:
    """What of ``plan`` an earlier review has done already."""
    settings = parts.settings
    maker = Maker(parts.change.base, __version__, settings.digest, parts.rules_digest)
    return carry(parts.earlier, maker, plan, survey.diff, parts.roster.tool_versions())


def _rfc3339(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="seconds")

"""Making the Plan: the route with its rationale, who examines which files, and until when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.classifier.facts import facts_of
from synapse_bot.classifier.risk import score_risk
from synapse_bot.classifier.routes import Classification, classify
from synapse_bot.classifier.skim import skimmable
from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.diff import FileStatus
from synapse_bot.domain.globs import any_match
from synapse_bot.domain.opinion import Skipped
from synapse_bot.domain.plan import Assignment, Plan, Rationale
from synapse_bot.domain.spec import ActionInput, Reach
from synapse_bot.specialist.tool import reads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from synapse_bot.classifier.table import Routes, Selection
    from synapse_bot.config.settings import Choice, ModelSettings, Settings
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.spec import Route, SpecialistSpec
    from synapse_bot.runtime.roster import Roster
    from synapse_bot.runtime.survey import Survey


def make_plan(
    change: Change, survey: Survey, routes: Routes, roster: Roster, settings: Settings
) -> Plan:
    """What will run and why; every specialist is assigned, or skipped with a reason."""
    classified = _classify(change, survey, routes, settings.choice)
    chosen, skipped = _choose(roster.specs, classified.selection, settings.choice)
    skimmed: frozenset[str] = frozenset()
    if settings.models.triage:
        skimmed = skimmable(change, survey.diff, survey.languages, routes)
    spared = _spared(change, settings.models)
    assignments: list[Assignment] = []
    for spec in chosen:
        decided = _decide(spec, classified.route, survey, roster, settings)
        if isinstance(decided, Assignment) and spec.model is not None:
            decided = _for_model(decided, skimmed, spared)
        if isinstance(decided, Skipped):
            skipped.append(decided)
        else:
            assignments.append(decided)
    return Plan(
        route=classified.route,
        rationale=classified.rationale,
        assignments=tuple(assignments),
        skipped=tuple(sorted((*skipped, *roster.refused), key=lambda skip: skip.by)),
        deadline_s=settings.limits.deadline_s,
    )


def paced(plan: Plan, pace: Callable[[str], float | None]) -> Plan:
    """``plan`` with every deadline at most what ``pace`` says of the specialist: who usually takes
    a second and hangs does not cost its whole declared time."""

    def held(assignment: Assignment) -> Assignment:
        seconds = pace(assignment.spec.id)
        if seconds is None or seconds >= assignment.deadline_s:
            return assignment
        return replace(assignment, deadline_s=seconds)

    return replace(plan, assignments=tuple(map(held, plan.assignments)))


def _classify(change: Change, survey: Survey, routes: Routes, choice: Choice) -> Classification:
    """By the table, unless --route decides; the facts are recorded either way."""
    risk = score_risk(survey.diff, routes.risk, survey.history)
    facts = facts_of(change, survey.diff, survey.languages, risk, survey.history)
    classified = classify(facts, routes)
    if choice.route is None:
        return classified
    rule = classified.rationale.rule
    why = f"Chosen by the user; the table would have taken {classified.route} by {rule}."
    return Classification(
        choice.route, Rationale("chosen", why, facts.render()), classified.selection
    )


def _choose(
    specs: Iterable[SpecialistSpec], selection: Selection, choice: Choice
) -> tuple[list[SpecialistSpec], list[Skipped]]:
    """Who is asked at all: --only and --skip, then the rule's selection.

    A required specialist is asked whatever a rule selects.
    """
    chosen: list[SpecialistSpec] = []
    skipped: list[Skipped] = []
    for spec in specs:
        required = spec.required or spec.id in choice.required
        if why := _turned_down(spec, selection, choice, required):
            skipped.append(Skipped(spec.id, why, matters=required))
        else:
            chosen.append(spec)
    return chosen, skipped


def _turned_down(spec: SpecialistSpec, selection: Selection, choice: Choice, required: bool) -> str:
    if spec.id in choice.skip:
        return "left out by --skip or `review.skip`"
    if choice.only:
        return "" if spec.id in choice.only else "not among --only or `review.only`"
    if not spec.enabled and spec.id not in selection.add:
        return "disabled in its declaration"
    if selection.only and not required and spec.id not in (*selection.only, *selection.add):
        return "not asked by the rule that fired"
    return ""


def _for_model(
    assignment: Assignment, skimmed: frozenset[str], spared: tuple[str, str] | None
) -> Assignment | Skipped:
    if spared is not None:
        return Skipped(assignment.spec.id, *spared, matters=False)
    light = tuple(path for path in assignment.paths if path in skimmed)
    return replace(assignment, skimmed=light)


def _spared(change: Change, models: ModelSettings) -> tuple[str, str] | None:
    """(why, hint) where no model is paid to read ``change``; its tools are run all the same."""
    if change.draft and not models.drafts:
        return "no model is asked about a draft", "Mark it as ready, or set models.drafts."
    if change.author_kind is AuthorKind.BOT and not models.bots:
        return "no model is asked about a bot's change", "Set models.bots to have it asked."
    return None


def _decide(
    spec: SpecialistSpec, route: Route, survey: Survey, roster: Roster, settings: Settings
) -> Assignment | Skipped:
    if route not in spec.routes:
        return Skipped(spec.id, f"has nothing to do on the {route} route", matters=False)
    paths = paths_for(spec, route, survey)
    if not paths:
        return Skipped(spec.id, "the change holds no file for it", matters=False)
    if survey.past is None and _needs_past(spec, route):
        hint = "Review in a clone that has the base revision."
        return Skipped(spec.id, "no git repository is at hand", hint, matters=False)
    if unable := roster.unable(spec):
        return replace(unable, paths=paths if unable.matters else ())
    if missing := roster.missing(spec, route):
        why = f"{', '.join(missing)} not found"
        return Skipped(spec.id, why, roster.hint(missing), paths=paths)
    limits = settings.limits
    return Assignment(spec, paths, min(spec.deadline_s, limits.deadline_s + limits.late_s))


def _needs_past(spec: SpecialistSpec, route: Route) -> bool:
    """Whether all that it does on ``route`` reads what the change does not touch."""
    actions = [action for action in spec.actions if route in action.routes]
    return bool(actions) and all(action.reach is Reach.REPOSITORY for action in actions)


def paths_for(spec: SpecialistSpec, route: Route, survey: Survey) -> tuple[str, ...]:
    """The files that ``spec`` examines, in the diff's order."""
    reads_diff = any(action.input is ActionInput.DIFF for action in spec.actions)
    return tuple(
        file.path
        for file in survey.diff.files
        if (file.path in survey.texts or (reads_diff and file.status is FileStatus.DELETED))
        and (spec.reads_generated or file.path not in survey.kept_back)
        and (not spec.languages or survey.languages.get(file.path) in spec.languages)
        and (spec.model is not None or reads(spec, route, survey.languages.get(file.path, "")))
        and (not spec.paths or any_match(spec.paths, file.path))
        and not any_match(spec.exclude, file.path)
    )

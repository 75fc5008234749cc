"""Coverage: every file of the diff is accounted for, so that "clean" never means "not read"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.domain.coverage import CoverageState, FileCoverage, SkipReason, blobs_of
from synapse_bot.domain.opinion import Failed, Gap, GapKind, Outcome, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.plan import Plan
    from synapse_bot.runtime.survey import Survey


def cover(survey: Survey, plan: Plan, outcomes: Iterable[Outcome]) -> tuple[FileCoverage, ...]:
    """One entry for every file of the diff, in the diff's order."""
    by_id = {outcome.by: outcome for outcome in outcomes}
    readers = _examiners(by_id.values())
    assigned = _assigned(plan)
    waiting = _waiting(plan)
    gaps = _gaps(by_id.values())
    return tuple(
        replace(
            _of_file(
                file.path,
                survey,
                assigned.get(file.path, ()),
                readers.get(file.path, ()),
                waiting.get(file.path, ()),
                gaps.get(file.path, ()),
                by_id,
            ),
            blobs=blobs_of(file),
        )
        for file in survey.diff.files
    )


def _examiners(outcomes: Iterable[Outcome]) -> dict[str, tuple[str, ...]]:
    readers: dict[str, tuple[str, ...]] = {}
    for outcome in sorted(outcomes, key=lambda o: o.by):
        for path in () if isinstance(outcome, Skipped) else outcome.examined:
            readers[path] = (*readers.get(path, ()), outcome.by)
    return readers


def _assigned(plan: Plan) -> dict[str, tuple[str, ...]]:
    assigned: dict[str, tuple[str, ...]] = {}
    for assignment in plan.assignments:
        for path in assignment.paths:
            assigned[path] = (*assigned.get(path, ()), assignment.spec.id)
    return assigned


def _of_file(
    path: str,
    survey: Survey,
    assigned: tuple[str, ...],
    readers: tuple[str, ...],
    waiting: tuple[str, ...],
    gaps: tuple[tuple[str, Gap], ...],
    outcomes: Mapping[str, Outcome],
) -> FileCoverage:
    kept_back = survey.kept_back.get(path)
    unread = tuple(id_ for id_ in assigned if id_ not in readers)
    if kept_back and not readers:
        return kept_back
    if kept_back:
        return FileCoverage(
            path, CoverageState.PARTIAL, kept_back.reason, kept_back.detail, readers
        )
    if unread:
        state = CoverageState.PARTIAL if readers else CoverageState.SKIPPED
        detail = ", ".join(f"{id_}: {_why(outcomes.get(id_))}" for id_ in unread)
        return FileCoverage(path, state, SkipReason.SPECIALIST_FAILED, detail, readers)
    if not readers:
        reason = SkipReason.SPECIALIST_MISSING if waiting else SkipReason.NO_SPECIALIST
        return FileCoverage(path, CoverageState.SKIPPED, reason, ", ".join(waiting))
    if path in survey.partial and not any(gap.kind is GapKind.STOPPED for _, gap in gaps):
        return FileCoverage(path, CoverageState.PARTIAL, SkipReason.HUNKS_ONLY, by=readers)
    if gaps:
        worst = max((gap.kind for _, gap in gaps), key=_GRAVITY.index)
        detail = "; ".join(f"{by}: {gap.why}" for by, gap in gaps)
        return FileCoverage(path, CoverageState.PARTIAL, _REASONS[worst], detail, readers)
    return FileCoverage(path, CoverageState.REVIEWED, by=readers)


_REASONS = {
    GapKind.PASSED_OVER: SkipReason.PASSED_OVER,
    GapKind.UNPARSED: SkipReason.NOT_PARSED,
    GapKind.STOPPED: SkipReason.STOPPED,
}
_GRAVITY = tuple(_REASONS)  # the last is the worst


def _gaps(outcomes: Iterable[Outcome]) -> dict[str, tuple[tuple[str, Gap], ...]]:
    """By path, what a specialist left out of a file that it examined, with its id."""
    found: dict[str, tuple[tuple[str, Gap], ...]] = {}
    for outcome in sorted(outcomes, key=lambda o: o.by):
        for gap in () if isinstance(outcome, Skipped) else outcome.gaps:
            found[gap.path] = (*found.get(gap.path, ()), (outcome.by, gap))
    return found


def _waiting(plan: Plan) -> dict[str, tuple[str, ...]]:
    """By path, the specialists that would have read it and could not start."""
    waiting: dict[str, tuple[str, ...]] = {}
    for skipped in plan.skipped:
        for path in skipped.paths:
            waiting[path] = (*waiting.get(path, ()), skipped.by)
    return waiting


def _why(outcome: Outcome | None) -> str:
    return str(outcome.kind) if isinstance(outcome, Failed) else "did not read it"

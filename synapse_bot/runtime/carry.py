"""What an earlier review of the change examined, and nothing has touched since, stands.

The same version with the same rules, tools, settings and base reads the same file with the same
diff: the answer is known. Files are compared by the ids of their content, so that a force push
carries as much as a new commit, and what cannot be proved equal is examined again. The record is
this machine's own: a comment on a forge is never one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.coverage import blobs_of
from synapse_bot.domain.opinion import Opinion, Skipped
from synapse_bot.domain.review import Inherited
from synapse_bot.domain.spec import ActionInput, Reach, SpecialistKind
from synapse_bot.specialist.tool import by_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.domain.plan import Assignment, Plan
    from synapse_bot.domain.review import Review
    from synapse_bot.domain.spec import Route, SpecialistSpec

_BEYOND = frozenset({Reach.CHANGE, Reach.REPOSITORY})


@dataclass(frozen=True, slots=True)
class Maker:
    """Whatever decides what a review finds, beside files and tools: two that are equal agree."""

    base: str
    version: str
    config_digest: str
    rules_digest: str

    @classmethod
    def of(cls, review: Review) -> Maker:
        """Who made ``review``."""
        return cls(review.change.base, review.version, review.config_digest, review.rules_digest)


@dataclass(frozen=True, slots=True)
class Carried:
    """``left`` is what remains to be done of ``plan``; ``opinions`` what stands, by specialist."""

    plan: Plan
    left: Plan
    opinions: Mapping[str, Opinion] = field(default_factory=dict)
    run: str = ""  # id of the earlier review

    @property
    def inherited(self) -> Inherited | None:
        """How many files nobody has to read again; None for none."""
        asked, again = _paths(self.plan), _paths(self.left)
        return Inherited(self.run, len(asked - again), len(asked)) if asked != again else None

    def joined(self, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
        """``outcomes`` of what was left, with what stands: one a specialist, sorted by its id."""
        fresh = {outcome.by: outcome for outcome in outcomes}
        wanted = {assignment.spec.id: assignment for assignment in self.plan.assignments}
        merged = [
            _join(fresh.pop(by, None), opinion, wanted[by].paths)
            for by, opinion in self.opinions.items()
        ]
        return tuple(sorted((*fresh.values(), *merged), key=lambda outcome: outcome.by))


def carry(
    earlier: Review | None, maker: Maker, plan: Plan, diff: Diff, versions: Mapping[str, str]
) -> Carried:
    """Take ``earlier`` for as much of ``plan`` as it proves.

    ``versions`` holds the tools of this machine; one whose version is not known proves nothing.
    """
    if earlier is None or not _agree(earlier, maker, plan):
        return Carried(plan, plan)
    same = _same_files(earlier, diff)
    unchanged = same == {f.path for f in diff.files} == {f.path for f in earlier.coverage}
    before = {assignment.spec.id: assignment.spec for assignment in earlier.plan.assignments}
    said = {opinion.by: opinion for opinion in earlier.opinions}
    trusted = _same_tools(earlier.tool_versions or {}, versions)
    left: list[Assignment] = []
    opinions: dict[str, Opinion] = {}
    for assignment in plan.assignments:
        spec = assignment.spec
        stands: frozenset[str] = frozenset()
        if before.get(spec.id) == spec and spec.id in said:
            stands = same & _read_whole(said[spec.id]) & set(assignment.paths)
            alone = _alone(spec, plan.route, trusted, whole=unchanged)
            if not alone and not _whole(assignment, stands):
                stands = frozenset()
        if stands:
            opinions[spec.id] = _narrowed(said[spec.id], stands)
        if rest := tuple(path for path in assignment.paths if path not in stands):
            left.append(replace(assignment, paths=rest))
    return Carried(plan, replace(plan, assignments=tuple(left)), opinions, earlier.id)


def _agree(earlier: Review, maker: Maker, plan: Plan) -> bool:
    return bool(maker.base) and Maker.of(earlier) == maker and earlier.plan.route is plan.route


def _read_whole(opinion: Opinion) -> frozenset[str]:
    """What is worth to stand: of a file with a gap, more may be known this time."""
    return frozenset(opinion.examined) - {gap.path for gap in opinion.gaps}


def _same_files(earlier: Review, diff: Diff) -> frozenset[str]:
    then = {file.path: file.blobs for file in earlier.coverage}
    return frozenset(f.path for f in diff.files if then.get(f.path) == blobs_of(f) != "")


def _same_tools(then: Mapping[str, str], now: Mapping[str, str]) -> frozenset[str]:
    return frozenset(tool for tool, version in now.items() if version == then.get(tool) != "")


def _alone(spec: SpecialistSpec, route: Route, trusted: frozenset[str], *, whole: bool) -> bool:
    """Whether what it says of a file depends on that file and on nothing else that may differ.

    ``whole``: no file of the change differs. What it leaves alone is the base's, which is equal.
    """
    actions = [action for action in spec.actions if route in action.routes]
    return spec.kind is SpecialistKind.TOOL and all(
        action.input is ActionInput.FILES
        and (whole or action.reach not in _BEYOND)
        and (action.in_process or action.tool in trusted)
        for action in actions
    )


def _whole(assignment: Assignment, stands: frozenset[str]) -> bool:
    """Whether a model, which reads files together, would be given the very same files again."""
    return assignment.spec.kind is SpecialistKind.LLM and stands == set(assignment.paths)


def _narrowed(opinion: Opinion, paths: frozenset[str]) -> Opinion:
    """What ``opinion`` says of ``paths``; it took no time now."""
    return replace(
        opinion,
        findings=tuple(f for f in opinion.findings if f.location.path in paths),
        examined=tuple(path for path in opinion.examined if path in paths),
        hidden_in={path: n for path, n in opinion.hidden_in.items() if path in paths},
        seconds=0.0,
        usage=None,
        gaps=tuple(gap for gap in opinion.gaps if not gap.path),
    )


def _join(fresh: Outcome | None, stands: Opinion, paths: Sequence[str]) -> Outcome:
    """Both as one, in the order that one run over ``paths`` would have given."""
    if fresh is None:
        return stands
    if isinstance(fresh, Skipped):  # it could start then and cannot now: said, not glossed over
        return replace(fresh, paths=tuple(paths))
    ran = {(run.tool, run.action) for run in fresh.runs}
    read = {*fresh.examined, *stands.examined}
    return replace(
        fresh,
        findings=tuple(sorted((*fresh.findings, *stands.findings), key=by_place)),
        examined=tuple(path for path in paths if path in read),
        runs=(*fresh.runs, *(r for r in stands.runs if (r.tool, r.action) not in ran)),
        hidden_in={**fresh.hidden_in, **stands.hidden_in},
        gaps=tuple(dict.fromkeys((*fresh.gaps, *stands.gaps))),
    )


def _paths(plan: Plan) -> frozenset[str]:
    """What is examined file by file: who looks at the change as a whole always does."""
    alone = (a for a in plan.assignments if not _looks_beyond(a.spec, plan.route))
    return frozenset(path for assignment in alone for path in assignment.paths)


def _looks_beyond(spec: SpecialistSpec, route: Route) -> bool:
    actions = (action for action in spec.actions if route in action.routes)
    return any(action.reach in _BEYOND for action in actions)

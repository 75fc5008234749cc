"""The verdict: pass, fail or incomplete, and why. ``incomplete`` is never a pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.coverage import CoverageState, SkipReason
from synapse_bot.domain.opinion import Failed, Skipped
from synapse_bot.domain.review import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from synapse_bot.domain.coverage import FileCoverage
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.domain.severity import Severity

NAMED = 3  # so many findings or files are named in one reason; the rest are counted

# Nobody should have read these: passing them over is a choice, not a gap.
_BY_CHOICE = frozenset(
    {
        SkipReason.GENERATED,
        SkipReason.VENDORED,
        SkipReason.LOCK_FILE,
        SkipReason.BINARY,
        SkipReason.DELETED,
        SkipReason.EXCLUDED,
        SkipReason.EXCLUDED,
        SkipReason.SYMLINK,
        SkipReason.SUBMODULE,
        SkipReason.LFS_POINTER,
        SkipReason.NO_CONTENT,
        SkipReason.NO_SPECIALIST,
    }
)


def conclude(
    claims: Sequence[Claim],
    outcomes: Iterable[Outcome],
    coverage: Iterable[FileCoverage],
    fail_on: Severity | None,
    required: Collection[str] = (),
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on the shown ``claims``, with its reasons, the decisive one first.

    ``fail_on`` None never fails. ``required`` are the ids whose Skipped makes the review
    incomplete. A review that is both is ``fail``, since what was found stands whatever else is
    missing; the gaps are among its reasons.
    """
    gaps = tuple(_gaps(tuple(outcomes), tuple(coverage), required))
    blocking = [c for c in claims if fail_on is not None and c.finding.severity >= fail_on]
    if blocking:
        return Verdict.FAIL, (_blocking(blocking, fail_on), *gaps)
    if gaps:
        return Verdict.INCOMPLETE, gaps
    return Verdict.PASS, (_passed(claims, fail_on),)


def _gaps(
    outcomes: Sequence[Outcome], coverage: Sequence[FileCoverage], required: Collection[str]
) -> Iterable[str]:
    for outcome in sorted(outcomes, key=lambda o: o.by):
        if isinstance(outcome, Failed):
            yield f"{outcome.by} failed ({outcome.kind}): {outcome.why}"
        elif isinstance(outcome, Skipped) and outcome.matters and outcome.by in required:
            yield f"{outcome.by} is required and was skipped: {outcome.why}"
    unread = sorted({file.path: file.reason for file in coverage if file.unread}.items())
    if unread:
        named = _listed([f"{path} ({reason})" for path, reason in unread])
        yield f"{_count(len(unread), 'file')} not fully read: {named}"
    examined = any(outcome.examined for outcome in outcomes if not isinstance(outcome, Skipped))
    reviewable = sum(_reviewable(file) for file in coverage)
    if reviewable and not examined:
        yield f"nothing was examined, of {_count(reviewable, 'file')} to review"


def _reviewable(file: FileCoverage) -> bool:
    return file.state is not CoverageState.SKIPPED or file.reason not in _BY_CHOICE


def _blocking(claims: Sequence[Claim], fail_on: Severity | None) -> str:
    named = _listed([f"{c.finding.rule} at {c.finding.location}" for c in claims])
    return f"{_count(len(claims), 'finding')} at or above {fail_on}: {named}"


def _passed(claims: Sequence[Claim], fail_on: Severity | None) -> str:
    if not claims:
        return "no findings"
    if fail_on is None:
        return f"{_count(len(claims), 'finding')}; no severity is set to fail the review"
    return f"{_count(len(claims), 'finding')}, none at or above {fail_on}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(items: Sequence[str]) -> str:
    rest = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    return ", ".join(items[:NAMED]) + rest

"""The Review: the ONE consolidated result of examining a change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Failed, Opinion, Outcome, Skipped
from synapse_bot.domain.usage import total

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.domain.change import Change
    from synapse_bot.domain.coverage import FileCoverage
    from synapse_bot.domain.debate import Debate
    from synapse_bot.domain.negotiation import Claim, Escalation
    from synapse_bot.domain.plan import Plan
    from synapse_bot.domain.usage import Usage


class Verdict(StrEnum):
    """``incomplete`` is never a pass: something that should have been read was not."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Suppression:
    """A finding that was not shown, and by what: a filter mode, a threshold, a comment."""

    rule: str
    path: str
    line: int
    reason: str
    fingerprint: str = ""
    debate: Debate | None = None  # about it: the audit holds every argument


@dataclass(frozen=True, slots=True)
class Inherited:
    """``files`` of ``out_of`` are as the earlier review ``run`` examined them."""

    run: str
    files: int
    out_of: int


@dataclass(frozen=True)
class Review:
    """``claims`` are sorted: worst first, then by path and line.

    ``reasons`` say why the verdict is what it is. ``notices`` tell the reader what the change
    cannot do, e.g. that its own configuration takes effect once merged.
    """

    id: str
    change: Change
    plan: Plan
    verdict: Verdict
    reasons: tuple[str, ...]
    claims: tuple[Claim, ...]
    outcomes: tuple[Outcome, ...]
    coverage: tuple[FileCoverage, ...]
    suppressions: tuple[Suppression, ...] = ()
    notices: tuple[str, ...] = ()
    config_digest: str = ""
    rules_digest: str = ""  # of the shipped rules/
    tool_versions: Mapping[str, str] | None = None
    timings: Mapping[str, float] | None = None  # step name -> seconds
    started_at: str = ""  # RFC 3339, UTC
    seconds: float = 0.0
    version: str = ""  # of synapse-bot
    inherited: Inherited | None = None  # None: everything was examined now

    @property
    def escalations(self) -> tuple[Escalation, ...]:
        return tuple(claim.escalation for claim in self.claims if claim.escalation)

    @property
    def opinions(self) -> tuple[Opinion, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Opinion))

    @property
    def failed(self) -> tuple[Failed, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Failed))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Skipped))

    @property
    def debates(self) -> tuple[Debate, ...]:
        """All that were held or called off, of shown and of suppressed claims."""
        shown = (claim.negotiation and claim.negotiation.debate for claim in self.claims)
        kept_back = (suppression.debate for suppression in self.suppressions)
        return tuple(debate for debate in (*shown, *kept_back) if debate)

    @property
    def usage(self) -> Usage | None:
        """What models used in all, debates included; None where none was asked."""
        used = [o.usage for o in self.outcomes if isinstance(o, Opinion | Failed) and o.usage]
        used += [debate.usage for debate in self.debates if debate.usage]
        return total(used) if used else None

    @property
    def hidden(self) -> int:
        """Findings outside the filter mode: counted, not shown."""
        return sum(o.hidden for o in self.outcomes if isinstance(o, Opinion | Failed))

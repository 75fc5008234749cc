"""Two reviews of one change side by side: what another configuration makes of it, as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Failed, Opinion
from synapse_bot.report.redacted import redacted
from synapse_bot.report.sanitise import one_line, without_commands
from synapse_bot.report.wording import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.domain.review import Review


@dataclass(frozen=True, slots=True)
class Difference:
    """``gone`` and ``new`` are claims, ``moved`` those whose severity differs (before, after).

    ``specialists`` says in words who gave another answer.
    """

    gone: tuple[Claim, ...]
    new: tuple[Claim, ...]
    moved: tuple[tuple[Claim, Claim], ...]
    specialists: tuple[str, ...]
    verdicts: tuple[str, str]

    @property
    def none(self) -> bool:
        same = self.verdicts[0] == self.verdicts[1]
        return same and not (self.gone or self.new or self.moved or self.specialists)


def difference(before: Review, after: Review) -> Difference:
    """Claims are the same by their fingerprint and path; their order and wording do not count."""
    old, new = _by_identity(before), _by_identity(after)
    both = [(old[key], new[key]) for key in old if key in new]
    return Difference(
        gone=tuple(claim for key, claim in old.items() if key not in new),
        new=tuple(claim for key, claim in new.items() if key not in old),
        moved=tuple((a, b) for a, b in both if a.finding.severity is not b.finding.severity),
        specialists=tuple(_specialists(before, after)),
        verdicts=(str(before.verdict), str(after.verdict)),
    )


def render_difference(before: Review, after: Review) -> str:
    """What ``after`` says and ``before`` does not, and the other way round; ends with a newline."""
    found = difference(redacted(before), redacted(after))
    head = [f"{before.id} (recorded) and {after.id} (now)"]
    if found.none:
        return "\n".join((*head, "No difference.")) + "\n"
    was, now = found.verdicts
    head.append(f"Verdict: {was}" if was == now else f"Verdict: {was} -> {now}")
    lines = [
        *_section("Only recorded", [f"- {_line(claim)}" for claim in found.gone]),
        *_section("Only now", [f"+ {_line(claim)}" for claim in found.new]),
        *_section(
            "Other severity",
            [f"~ {_line(b)}, was {a.finding.severity}" for a, b in found.moved],
        ),
        *_section("Specialists", [f"  {words}" for words in found.specialists]),
    ]
    return without_commands("\n".join((*head, *lines)) + "\n")


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", f"{title} ({len(lines)})", *lines] if lines else []


def _line(claim: Claim) -> str:
    finding = claim.finding
    return f"{finding.severity} {finding.rule} {one_line(str(finding.location), 200)}"


def _by_identity(review: Review) -> Mapping[tuple[str, str], Claim]:
    return {(c.finding.location.path, c.finding.fingerprint): c for c in review.claims}


def _specialists(before: Review, after: Review) -> list[str]:
    old = {outcome.by: _word(outcome) for outcome in before.outcomes}
    new = {outcome.by: _word(outcome) for outcome in after.outcomes}
    return [
        f"{one_line(by)}: {old.get(by, 'not asked')} -> {new.get(by, 'not asked')}"
        for by in sorted(old.keys() | new.keys())
        if old.get(by) != new.get(by)
    ]


def _word(outcome: Outcome) -> str:
    match outcome:
        case Opinion():
            return plural(len(outcome.findings), "finding")
        case Failed():
            return f"failed ({outcome.kind})"
        case _:
            return "skipped"

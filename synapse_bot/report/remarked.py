"""What models say of others' findings, and what each specialist spent on models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain import opinion
from synapse_bot.domain.opinion import Failed, Opinion
from synapse_bot.domain.remark import Position
from synapse_bot.domain.usage import total
from synapse_bot.report import wording
from synapse_bot.report.sanitise import code, one_line, prose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.remark import Remark
    from synapse_bot.domain.review import Review
    from synapse_bot.domain.usage import Usage

_MOST = 4  # remarks shown with one finding
_VERBS = {Position.CONFIRM: "Confirmed by", Position.REFUTE: "Doubted by"}

Remarks = dict[tuple[str, str], list["Remark"]]  # by (specialist, fingerprint) of the finding


def remarks_of(review: Review) -> Remarks:
    """Every remark of the review, by the finding that it is about."""
    return opinion.remarks_on(review.outcomes)


def remarks_on(claim: Claim, remarks: Mapping[tuple[str, str], Sequence[Remark]]) -> list[Remark]:
    """Those on any finding behind ``claim``; doubts first."""
    said = claim.findings or (claim.finding,)
    places = dict.fromkeys((finding.by, finding.fingerprint) for finding in said)
    found = [remark for place in places for remark in remarks.get(place, ())]
    return sorted(found, key=lambda r: (r.position is not Position.REFUTE, r.by, r.model))[:_MOST]


def remark_rows(remarks: Iterable[Remark]) -> list[str]:
    """One Markdown list item each: who says so, why, and where it is seen."""
    return [
        f"- **{_VERBS[remark.position]}:** {code(remark.by, 60)} ({code(remark.model, 80)}): "
        f"{wording.sentence(prose(remark.reason, 300))} See {code(str(remark.evidence), 160)}."
        for remark in remarks
    ]


def remark_lines(remarks: Iterable[Remark]) -> list[tuple[str, str]]:
    """(label, text) of each for a terminal."""
    return [
        (
            _VERBS[remark.position].lower(),
            f"{one_line(remark.by, 60)} ({one_line(remark.model, 80)}): "
            f"{wording.sentence(one_line(remark.reason, 300))} "
            f"See {one_line(str(remark.evidence), 160)}.",
        )
        for remark in remarks
    ]


def spending_rows(review: Review) -> list[str]:
    """What each specialist used of models, in Markdown; none where none asked any."""
    rows = []
    for outcome in review.outcomes:
        if isinstance(outcome, Opinion | Failed) and outcome.usage is not None:
            asked = dict.fromkeys(code(run.tool, 80) for run in outcome.runs)
            models = wording.listed(asked) or "no call"
            notes = outcome.notes if isinstance(outcome, Opinion) else ()
            told = (models, _used(outcome.usage), *(prose(note, 200) for note in notes[:_MOST]))
            rows.append(f"{code(outcome.by, 60)}: {'; '.join(told)}")
    used = [debate.usage for debate in review.debates if debate.usage and debate.usage.tokens]
    if used:
        rows.append(f"Debates: {_used(total(used))}")
    return rows


def _used(used: Usage) -> str:
    cost = "cost unknown" if used.cost_usd is None else f"${used.cost_usd:.4f}"
    return f"{used.input_tokens:,} tokens in, {used.output_tokens:,} out, {cost}"

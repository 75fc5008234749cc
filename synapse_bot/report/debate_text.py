"""Debates in lines of plain text, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.report import wording
from synapse_bot.report.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_bot.domain.debate import Argument, Debate
    from synapse_bot.domain.review import Review

_WORDS = 300  # characters of one untrusted text
_REFERENCE = 120


def debate_lines(review: Review, *, whole: bool) -> list[str]:
    """One line a debate, harmless to print; with ``whole`` also one for each argument."""
    lines = []
    for claim in review.claims:
        debate = claim.negotiation.debate if claim.negotiation else None
        if debate:
            told = one_line(f"{claim.finding.location}: {_outcome(debate)}", _WORDS)
            hint = "" if whole or not debate.arguments else " (--verbose shows the arguments)"
            lines += [f"{told}{hint}", *(_arguments(debate) if whole else ())]
    return lines


def _outcome(debate: Debate) -> str:
    judge = f" ({debate.judge})" if debate.judge else ""
    return f"{wording.debated(debate)}{judge}: {debate.why}"


def _arguments(debate: Debate) -> Iterator[str]:
    yield from (f"- {_argument(said)}" for said in debate.arguments)
    yield from (f"- not heard: {one_line(note, _WORDS)}" for note in debate.notes)


def _argument(said: Argument) -> str:
    who = one_line(wording.debater(said), 100)
    line = f"round {said.round}, {who}, {wording.position(said.position)}: "
    line += wording.sentence(one_line(said.claim, _WORDS))
    named = [one_line(reference.text, _REFERENCE) for reference in said.references]
    line += f" See {', '.join(named)}." if named else " Nothing that it points at exists."
    for one in said.struck:
        line += f" Struck: {one_line(one.reference.text, _REFERENCE)} ({one_line(one.why, 100)})."
    return line

"""A debate as Markdown: what came of it, who argued what, and which references do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.report import wording
from synapse_bot.report.sanitise import code, prose

if TYPE_CHECKING:
    from synapse_bot.domain.debate import Argument, Debate

_CLAIM = 240  # characters
_REFERENCE = 120
_MOST = 8  # arguments of one debate that are shown
_POINTS = 3  # references of one argument that are shown, and as many struck ones


def debate_rows(debate: Debate) -> list[str]:
    """One line for the outcome, one for each argument and one for each who could not argue."""
    rows = [outcome(debate), *map(argument, debate.arguments[:_MOST])]
    if len(debate.arguments) > _MOST:
        rows.append(f"and {wording.plural(len(debate.arguments) - _MOST, 'more argument')}")
    return [*rows, *(f"Not heard: {prose(note, _CLAIM)}" for note in debate.notes[:_MOST])]


def outcome(debate: Debate) -> str:
    """``The debate decided for high (weighted): ...``."""
    judge = f" ({code(debate.judge, 40)})" if debate.judge else ""
    why = wording.sentence(prose(debate.why, _CLAIM))
    return f"The debate was {wording.debated(debate)}{judge}: {why}"


def argument(said: Argument) -> str:
    """``Round 1, `by (speaker)`, high: ... It points at `app/db.py:12`.``"""
    who = code(wording.debater(said), 100)
    words = wording.sentence(prose(said.claim, _CLAIM))
    line = f"Round {said.round}, {who}, {wording.position(said.position)}: {words}"
    if said.stands:
        named = [code(reference.text, _REFERENCE) for reference in said.references[:_POINTS]]
        line += f" It points at {wording.listed(named)}."
    else:
        line += " Nothing that it points at exists, so it counts for nothing."
    if said.struck:
        struck = (
            f"{code(one.reference.text, _REFERENCE)} ({prose(one.why, 100)})"
            for one in said.struck[:_POINTS]
        )
        line += f" Struck: {', '.join(struck)}."
    return line

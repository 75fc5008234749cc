"""Debates: the sides of a disputed claim argue once, answer each other once, and a judge decides.

All debates of a review are held side by side, first the arguments, then the answers: the order in
which models reply leaves no trace. A debate in which somebody could not speak decides nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.debate import JUDGE, Ask, Debate, Filed, Question, Task
from synapse_bot.domain.events import DebateHeld, DebateStarted
from synapse_bot.domain.opinion import remarks_on
from synapse_bot.domain.usage import Usage
from synapse_bot.negotiation.conclusion import Bench, concluded, not_held
from synapse_bot.negotiation.conflicts import dispute_of
from synapse_bot.negotiation.judges import JUDGES
from synapse_bot.negotiation.references import references_to_tests, tool_reference
from synapse_bot.negotiation.settle import worst_first
from synapse_bot.runtime.exchange import NOBODY, Exchange
from synapse_bot.runtime.grounds import excerpt, grounds_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.negotiation.conflicts import Dispute, Voice
    from synapse_bot.negotiation.references import Grounds
    from synapse_bot.runtime.survey import Survey

_MOST_NAMED = 20  # outputs of tools, and tests, that a debater is told of


async def debate(
    claims: Sequence[Claim],
    outcomes: Sequence[Outcome],
    bench: Bench,
    ask: Ask,
    survey: Survey,
    emit: Hook,
) -> tuple[Claim, ...]:
    """``claims`` with every dispute among them debated, worst first.

    Nothing that ``ask`` raises passes: who fails to argue is on record.
    """
    remarks = remarks_on(outcomes)
    found = (dispute_of(claim, remarks, bench.models) for claim in claims)
    disputes = [dispute for dispute in found if dispute]
    most = bench.policy.debate.most
    held = [dispute for dispute in disputes if dispute.sides][:most]
    after = {
        dispute.claim: not_held(dispute, _why_not(dispute, most), bench)
        for dispute in disputes
        if dispute not in held
    }
    if held:
        emit(DebateStarted(len(held)))
        room = _Room(grounds_of(outcomes, survey, bench.models), bench, ask)
        for dispute, record in zip(held, await room.hold(held), strict=True):
            after[dispute.claim] = concluded(dispute, record, bench)
            emit(DebateHeld(after[dispute.claim]))
    return tuple(sorted((after.get(claim, claim) for claim in claims), key=worst_first))


def _why_not(dispute: Dispute, most: int) -> str:
    if dispute.alone:
        return f"no debate of a model with itself: all sides are {', '.join(dispute.alone)}"
    return f"a review holds {most} debates, the worst claims first"


@dataclass(frozen=True)
class _Room:
    """Where the debates of one review are held."""

    grounds: Grounds
    bench: Bench
    ask: Ask

    async def hold(self, disputes: Sequence[Dispute]) -> tuple[Debate, ...]:
        """One record a dispute."""
        terms = self.bench.policy.debate
        all_ = [Exchange(dispute) for dispute in disputes]
        await self._round(1, [(one, voice) for one in all_ for voice in one.models])
        whole = [one for one in all_ if not one.unheard]
        await self._round(2, [(one, v) for one in whole for v in one.models if one.others(v)])
        whole = [one for one in whole if not one.unheard]
        if terms.judge == JUDGE:
            await self._third([one for one in whole if one.standing()])
        rulings = JUDGES[terms.judge]([one.case(self.bench) for one in whole], terms.margin)
        ruled = {id(one): ruling for one, ruling in zip(whole, rulings, strict=True)}
        return tuple(one.record(terms.judge, ruled.get(id(one), NOBODY)) for one in all_)

    async def _round(self, number: int, turns: Sequence[tuple[Exchange, Voice]]) -> None:
        """Every side in ``turns`` speaks. Nobody hears what is said in the same round."""
        questions = [(voice.by, self._question(one, voice, number)) for one, voice in turns]
        for (one, voice), filed in zip(turns, await self._all(questions), strict=True):
            one.hear(voice, filed, number, self.grounds)

    async def _third(self, exchanges: Sequence[Exchange]) -> None:
        questions = [
            (JUDGE, replace(self._about(one, Task.JUDGE), arguments=one.standing()))
            for one in exchanges
        ]
        for one, filed in zip(exchanges, await self._all(questions), strict=True):
            one.hear_judge(filed)

    async def _all(self, questions: Sequence[tuple[str, Question]]) -> list[Filed]:
        """Everybody at once. The budget counts each call at its most: what did not fit beside the
        others may fit after them."""
        filed = list(await asyncio.gather(*(self._filed(*asked) for asked in questions)))
        for at, one in enumerate(filed):
            if one.unpaid and len(questions) > 1:
                filed[at] = await self._filed(*questions[at])
        return filed

    async def _filed(self, by: str, question: Question) -> Filed:
        try:
            return await self.ask(by, question)
        except Exception as error:  # noqa: BLE001 - the debate's edge: no debater ends a review
            return Filed(None, Usage(), f"{type(error).__name__}: {error}")

    def _question(self, one: Exchange, voice: Voice, number: int) -> Question:
        about = replace(self._about(one, Task.ARGUE), speaker=voice.speaker)
        if number == 1:
            return replace(about, position=voice.position, said=voice.said)
        own = one.arguments[voice][-1]
        return replace(
            about,
            task=Task.REBUT,
            position=own.position,
            said=own.claim,
            arguments=one.others(voice),
        )

    def _about(self, one: Exchange, task: Task) -> Question:
        claim = one.dispute.claim
        own = {tool_reference(finding).text for finding in claim.findings} & self.grounds.tools
        beside = f"@{claim.finding.location.path}:"
        others = {text for text in self.grounds.tools - own if beside in text}
        return Question(
            task,
            claim.finding,
            excerpt=excerpt(self.grounds, claim.finding.location),
            tools=(*sorted(own), *sorted(others))[:_MOST_NAMED],
            tests=references_to_tests(self.grounds, _MOST_NAMED),
        )

"""One bundle of files read by models: independent reviews of it, merged, and a second look."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synapse_bot.llm.errors import BudgetSpent, ModelError
from synapse_bot.specialist.answer import (
    findings_schema,
    parse_findings,
    parse_second,
    second_schema,
)
from synapse_bot.specialist.conversation import Question, TalkedRound
from synapse_bot.specialist.hints import told as hints_told
from synapse_bot.specialist.hints import worth_a_call
from synapse_bot.specialist.prompt import change_text, system_text
from synapse_bot.specialist.samples import merged
from synapse_bot.specialist.second import SECOND, looked_at_again, second_text
from synapse_bot.specialist.strict import Malformed
from synapse_bot.specialist.testimony import Witness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.remark import Remark
    from synapse_bot.domain.spec import ModelSpec, SpecialistSpec
    from synapse_bot.llm.base import Model
    from synapse_bot.specialist.answer import Said, SecondLook
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.conversation import Conversation
    from synapse_bot.specialist.prompt import Shown, Told
    from synapse_bot.specialist.taxonomy import Taxonomy

Fault = TalkedRound | Malformed | BudgetSpent | ModelError

_UNVERIFIED = 0.5  # the most that a finding is sure of at which nobody looked again


@dataclass(frozen=True, slots=True)
class Read:
    """What came of one bundle. ``ungrounded`` counts claims without a quotation that stands.

    ``owed``: the second look did not fit into the budget beside the calls that were under way.
    """

    findings: tuple[Finding, ...] = ()
    remarks: tuple[Remark, ...] = ()
    ungrounded: int = 0
    notes: tuple[str, ...] = ()
    owed: bool = False


@dataclass(frozen=True)
class Reader:
    """Reads for ``spec``. ``verifier`` None: whoever read a bundle looks at it again."""

    spec: SpecialistSpec
    asked: ModelSpec
    taxonomy: Taxonomy
    task: Examination
    talk: Conversation
    verifier: Model | None = None
    samples: int = 1

    async def read(self, told: Told, model: Model) -> Read:
        """What ``model`` finds in the files told. Raises a Fault where it gives no answer."""
        reviews, notes = await self._reviews(told, model)
        witness = self._witness(model)
        grounded = [witness.findings(said, told.files) for said in reviews]
        found = merged(grounded)
        ungrounded = sum(map(len, reviews)) - sum(map(len, grounded))
        read = Read(tuple(found), (), ungrounded, notes)
        return await self.again(read, told, model) if self.asked.verify else read

    async def _reviews(
        self, told: Told, model: Model
    ) -> tuple[list[tuple[Said, ...]], tuple[str, ...]]:
        """The answers that came, at least one, and what is to be told of the others.

        Being talked round is no bad luck of one answer: then none of them is believed.
        """
        rules = self.asked.rules
        question = Question(
            "ask",
            system_text(self.asked.prompt),
            lambda key, canary: change_text(told, key, canary),
            "findings",
            findings_schema(rules),
            lambda text: parse_findings(text, rules),
            identity=change_text(_lasting(told), "", ""),
        )
        turns = range(self.samples)
        answers = await asyncio.gather(*(self._try(question, model, turn) for turn in turns))
        for turn, answer in enumerate(answers):
            if isinstance(answer, BudgetSpent) and self.samples > 1:
                answers[turn] = await self._try(question, model, turn)
        said = [answer for answer in answers if isinstance(answer, tuple)]
        faults = [answer for answer in answers if not isinstance(answer, tuple)]
        talked = [fault for fault in faults if isinstance(fault, TalkedRound)]
        if talked or not said:
            raise (talked or faults)[0]
        if not faults:
            return said, ()
        return said, (f"{len(faults)} of {self.samples} reviews gave no answer: {faults[0]}",)

    async def _try(
        self, question: Question[tuple[Said, ...]], model: Model, turn: int
    ) -> tuple[Said, ...] | Fault:
        try:
            return await self.talk.ask(question, model, turn)
        except (TalkedRound, Malformed, BudgetSpent, ModelError) as fault:
            return fault

    # The second look

    async def again(self, read: Read, told: Told, model: Model, *, last: bool = False) -> Read:
        """``read``, which ``model`` made, after a second look.

        One that fails drops nothing, and lowers all; one that cannot be paid for is owed, unless
        this is the ``last`` attempt. Raises TalkedRound.
        """
        looker = self.verifier or model
        hints = await self._hints(told.files)
        if not read.findings and not worth_a_call(hints):
            return read
        try:
            look = await self._look(read.findings, hints, told, looker)
        except BudgetSpent as fault:
            return _unverified(read, fault) if last else replace(read, owed=True)
        except (Malformed, ModelError) as fault:
            return _unverified(read, fault)
        return replace(
            read,
            findings=tuple(looked_at_again(read.findings, look.verdicts)),
            remarks=tuple(self._witness(looker).remarks(look.hints, hints, told.files)),
            owed=False,
        )

    async def _look(
        self,
        findings: Sequence[Finding],
        hints: Sequence[Finding],
        told: Told,
        model: Model,
    ) -> SecondLook:
        question = Question(
            "verify",
            SECOND,
            lambda key, canary: second_text(told, findings, hints, key, canary),
            "verdicts",
            second_schema(),
            parse_second,
            identity=second_text(_lasting(told), findings, hints, "", ""),
        )
        return await self.talk.ask(question, model)

    async def _hints(self, files: Sequence[Shown]) -> tuple[Finding, ...]:
        if self.task.hints is None:
            return ()
        paths = {file.path for file in files}
        return hints_told(await self.task.hints(), self.spec, self.taxonomy, paths)

    def _witness(self, model: Model) -> Witness:
        return Witness(self.spec.id, model.name, self.taxonomy, self.task)


def _lasting(told: Told) -> Told:
    """``told`` without what the author says of the change. Every push has other commits, and what
    a model said of files that are the same is worth as much after it."""
    return replace(told, extras=replace(told.extras, title="", commits=()))


def _unverified(read: Read, fault: Fault) -> Read:
    lowered = (replace(f, confidence=min(f.confidence, _UNVERIFIED)) for f in read.findings)
    note = f"nobody looked again at {len(read.findings)} of its findings: {fault}"
    return replace(read, findings=tuple(lowered), notes=(*read.notes, note), owed=False)

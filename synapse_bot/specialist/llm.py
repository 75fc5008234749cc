"""The specialist of kind ``llm``: asks a model, and believes what the files confirm.

The files are read in bundles side by side (reading.py). Nothing that a change says can widen what
a model may do: it has no tools, and it only adds.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Outcome, Skipped
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.errors import AnswerLate, BreakerOpen, BudgetSpent, ModelError
from synapse_bot.specialist.conversation import Conversation, TalkedRound
from synapse_bot.specialist.reading import Fault, Read, Reader
from synapse_bot.specialist.strict import Malformed
from synapse_bot.specialist.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.spec import SpecialistSpec
    from synapse_bot.llm.base import Model
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.conversation import Record
    from synapse_bot.specialist.prompt import Shown, Told
    from synapse_bot.specialist.taxonomy import Taxonomy


@dataclass
class LlmSpecialist:
    """``model`` keeps the budget: it raises BudgetSpent before a call that is not paid for.

    ``skimmer`` reads what little depends on (Examination.skimmed), ``verifier`` takes the second
    look; None leaves both to ``model``. ``samples`` 0 is as the declaration says.
    """

    spec: SpecialistSpec
    model: Model
    taxonomy: Taxonomy
    skimmer: Model | None = None
    verifier: Model | None = None
    samples: int = 0
    record: Record | None = None

    async def examine(self, task: Examination) -> Outcome:
        """What the models find in ``task.paths``, grounded. Never raises for a model."""
        asked = self.spec.model
        assert asked is not None, "the loader gives every specialist of kind llm its model"
        talk = Conversation(asked.output_tokens, task.deadline_s, self.record)
        samples = self.samples or asked.samples
        reader = Reader(self.spec, asked, self.taxonomy, task, talk, self.verifier, samples)
        telling = Telling(asked, await task.background())
        return await _Look(reader, telling, self.model, self.skimmer or self.model).outcome()


@dataclass(frozen=True)
class _Bundle:
    told: Told
    model: Model


class _Look:
    """One examination: what was found and read so far."""

    def __init__(self, reader: Reader, telling: Telling, model: Model, skimmer: Model) -> None:
        self.reader, self.telling, self.model, self.skimmer = reader, telling, model, skimmer
        self.by = reader.spec.id
        self.reads: list[Read] = []
        self.examined: list[str] = []

    async def outcome(self) -> Outcome:
        task = self.reader.task
        files = self.telling.shown(task.paths, task.texts, task.diff)
        calls = self._bundles(files)
        broken: list[tuple[Fault, Model]] = []
        for bundle, answer in zip(calls, await self._answers(calls), strict=True):
            if isinstance(answer, Read):
                self.reads.append(answer)
                self.examined += [file.path for file in bundle.told.files]
            else:
                broken.append((answer, bundle.model))
        if broken:
            return self._broken(*broken[0])
        if too_large := len(files) - len(self.examined):
            limit = self.reader.asked.input_tokens
            return self._failed(
                FailureKind.BUDGET,
                f"{too_large} files are larger than a call's {limit} tokens",
                f"Raise limits.input_tokens of {self.by}.",
            )
        return Opinion(
            self.by,
            self._kept(),
            tuple(self.examined),
            self.reader.talk.seconds,
            self.reader.talk.runs(self._found()),
            notes=self._notes(),
            usage=self.reader.talk.usage,
            remarks=tuple(remark for read in self.reads for remark in read.remarks),
        )

    def _bundles(self, files: Sequence[Shown]) -> list[_Bundle]:
        """What each model reads: never a file of risk beside those that are skimmed."""
        skimmed = self.reader.task.skimmed
        close = [file for file in files if file.path not in skimmed]
        light = [file for file in files if file.path in skimmed]
        read = [_Bundle(told, self.model) for told in self.telling.calls(close)]
        return read + [_Bundle(told, self.skimmer) for told in self.telling.calls(light)]

    async def _answers(self, calls: Sequence[_Bundle]) -> list[Read | Fault]:
        """What came of each bundle. They are asked at once: the budget counts each at its most.

        What did not fit beside the others may fit after them, when they are counted as they were.
        """
        answers = await asyncio.gather(*map(self._answer, calls))
        for at, answer in enumerate(answers):
            if isinstance(answer, BudgetSpent) and len(calls) > 1:
                answers[at] = await self._answer(calls[at])
        for at, answer in enumerate(answers):
            if isinstance(answer, Read) and answer.owed:
                answers[at] = await self._answer(calls[at], answer)
        return answers

    async def _answer(self, bundle: _Bundle, owed: Read | None = None) -> Read | Fault:
        """What comes of ``bundle``, or the second look that is ``owed`` to it."""
        reader, told, model = self.reader, bundle.told, bundle.model
        try:
            if owed is not None:
                return await reader.again(owed, told, model, last=True)
            return await reader.read(told, model)
        except (TalkedRound, Malformed, BudgetSpent, ModelError) as fault:
            return fault

    def _broken(self, fault: Fault, model: Model) -> Failed | Skipped:
        """The first that went wrong, in words. What the other bundles gave is kept."""
        match fault:
            case BreakerOpen() if not self.reads and fault.usage == Usage():  # nobody was called
                return Skipped(self.by, str(fault), fault.hint, paths=self.reader.task.paths)
            case TalkedRound():
                return self._failed(
                    FailureKind.UNSAFE,
                    "its answer repeated a word of its orders, so it was dropped: something in the "
                    "change may have talked the model round",
                    "Read the change's comments and strings for text addressed to a model.",
                )
            case Malformed():
                return self._failed(
                    FailureKind.GARBAGE,
                    f"{model.name} gave no valid answer: {fault!s:.200}",
                    "Try a larger model; small ones do not keep to a schema.",
                )
            case BudgetSpent():
                return self._failed(FailureKind.BUDGET, str(fault), fault.hint)
            case ModelError():
                late = isinstance(fault, AnswerLate)
                kind = FailureKind.TIMEOUT if late else FailureKind.CRASHED
                return self._failed(kind, str(fault), fault.hint)

    def _failed(self, kind: FailureKind, why: str, hint: str) -> Failed:
        return Failed(
            self.by,
            kind,
            why,
            hint,
            self._kept(),
            tuple(self.examined),
            self.reader.talk.seconds,
            self.reader.talk.runs(self._found()),
            usage=self.reader.talk.usage,
        )

    def _found(self) -> int:
        return sum(len(read.findings) for read in self.reads)

    def _kept(self) -> tuple[Finding, ...]:
        """The surest and worst first, at most as many as the declaration allows."""
        found = {f.fingerprint: f for read in self.reads for f in read.findings}
        worst = sorted(
            found.values(),
            key=lambda f: (-f.severity * f.confidence, f.location.path, f.location.start_line),
        )
        return tuple(worst[: self.reader.asked.findings])

    def _notes(self) -> tuple[str, ...]:
        dropped = sum(read.ungrounded for read in self.reads)
        told = [f"{dropped} claims were dropped: no such code"] if dropped else []
        for read in self.reads:
            told += read.notes
        told += self.telling.background.notes
        return (*dict.fromkeys(told), *self.reader.talk.notes())

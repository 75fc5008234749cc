"""The specialist of kind ``llm``: asks a model, and believes what the files confirm.

An answer is checked against its schema; a bad one goes back with the reason, capped and paid for.
Of a good one each finding needs a quotation that stands in the file. A second look may drop or
lower what is left. Nothing that a change says can widen what the model may do: it has no tools,
and it only adds.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.finding import Finding, Location, Suggestion
from synapse_bot.domain.fingerprint import fingerprint
from synapse_bot.domain.opinion import Failed, FailureKind, Opinion, Outcome, ToolRun
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.usage import Usage
from synapse_bot.llm.base import Message, ModelRequest, Role
from synapse_bot.llm.errors import AnswerLate, BudgetSpent, ModelError
from synapse_bot.specialist.answer import (
    Malformed,
    findings_schema,
    parse_findings,
    parse_second,
    second_schema,
)
from synapse_bot.specialist.ground import Evidence, placement
from synapse_bot.specialist.prompt import (
    Shown,
    bundles,
    change_text,
    show,
    system_text,
)
from synapse_bot.specialist.quote import locate
from synapse_bot.specialist.second import SECOND, second_text
from synapse_bot.specialist.taxonomy import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeVar

    from synapse_bot.domain.spec import ModelSpec, SpecialistSpec
    from synapse_bot.llm.base import Model
    from synapse_bot.specialist.answer import Said, Second
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.taxonomy import Taxonomy

    T = TypeVar("T")

_ATTEMPTS = 2  # answers that may be malformed before the specialist fails
_MOST_SURE = 0.8  # a model's own word is no measurement
# What no reader of a diff can know: such a claim is told, and weighs little.
_HEARSAY = re.compile(
    r"(?i)\b(?:no such|does not exist|doesn't exist|not a (?:valid|real|known)|unknown (?:package|"
    r"version|module)|latest version|deprecated|end of life|not (?:yet )?(?:released|published)|"
    r"hallucinated|cve-\d)"
)
_HEARSAY_CONFIDENCE = 0.3


class TalkedRound(Exception):
    """The answer holds the canary: something in the change made the model repeat its orders."""


_Broken = TalkedRound | Malformed | BudgetSpent | ModelError


@dataclass
class LlmSpecialist:
    """``model`` keeps the budget: it raises BudgetSpent before a call that is not paid for."""

    spec: SpecialistSpec
    model: Model
    taxonomy: Taxonomy

    async def examine(self, task: Examination) -> Outcome:
        """What the model finds in ``task.paths``, grounded. Never raises for the model."""
        asked = self.spec.model
        assert asked is not None, "the loader gives every specialist of kind llm its model"
        look = _Look(self.spec.id, asked, self.model, self.taxonomy, task)
        return await look.outcome()


class _Look:
    """One examination: what was found, read and spent so far."""

    def __init__(
        self, by: str, asked: ModelSpec, model: Model, taxonomy: Taxonomy, task: Examination
    ) -> None:
        self.by, self.asked, self.model = by, asked, model
        self.taxonomy, self.task = taxonomy, task
        self.found: list[Finding] = []
        self.read: list[str] = []
        self.usage = Usage()
        self.calls = 0
        self.ungrounded = 0
        self.started = time.monotonic()

    async def outcome(self) -> Outcome:
        files = [show(path, self.task.texts[path], self.task.diff) for path in self._paths()]
        calls = bundles(files, self.asked.input_tokens)
        broken: list[_Broken] = []
        for bundle, answer in zip(calls, await self._answers(calls), strict=True):
            if isinstance(answer, list):
                self.found += answer
                self.read += [file.path for file in bundle]
            else:
                broken.append(answer)
        if broken:
            return self._broken(broken[0])
        if too_large := len(files) - sum(map(len, calls)):
            return self._failed(
                FailureKind.BUDGET,
                f"{too_large} files are larger than a call's {self.asked.input_tokens} tokens",
                f"Raise limits.input_tokens of {self.by}.",
            )
        notes = (f"{self.ungrounded} claims were dropped: no such code",) if self.ungrounded else ()
        return Opinion(
            self.by,
            self._kept(),
            tuple(self.read),
            self._seconds(),
            self._runs(),
            notes=notes,
            usage=self.usage,
        )

    async def _answers(self, calls: Sequence[Sequence[Shown]]) -> list[list[Finding] | _Broken]:
        """What came of each bundle. They are asked at once: the budget counts each at its most.

        What did not fit beside the others may fit after them, when they are counted as they were.
        """
        answers = await asyncio.gather(*(self._answer(bundle) for bundle in calls))
        for at, answer in enumerate(answers):
            if isinstance(answer, BudgetSpent) and len(calls) > 1:
                answers[at] = await self._answer(calls[at])
        return answers

    async def _answer(self, bundle: Sequence[Shown]) -> list[Finding] | _Broken:
        try:
            return await self._review(bundle)
        except (TalkedRound, Malformed, BudgetSpent) as why:
            return why
        except ModelError as error:
            self.usage += error.usage or Usage()
            return error

    def _broken(self, why: _Broken) -> Failed:
        """The first that went wrong, in words. What the other bundles gave is kept."""
        match why:
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
                    f"{self.model.name} gave no valid answer: {why!s:.200}",
                    "Try a larger model; small ones do not keep to a schema.",
                )
            case BudgetSpent():
                return self._failed(FailureKind.BUDGET, str(why), why.hint)
            case ModelError():
                late = isinstance(why, AnswerLate)
                kind = FailureKind.TIMEOUT if late else FailureKind.CRASHED
                return self._failed(kind, str(why), why.hint)

    def _paths(self) -> list[str]:
        return [path for path in self.task.paths if path in self.task.texts]

    def _failed(self, kind: FailureKind, why: str, hint: str) -> Failed:
        return Failed(
            self.by,
            kind,
            why,
            hint,
            self._kept(),
            tuple(self.read),
            self._seconds(),
            self._runs(),
            usage=self.usage,
        )

    def _kept(self) -> tuple[Finding, ...]:
        """The surest and worst first, at most as many as the declaration allows."""
        worst = sorted(
            {finding.fingerprint: finding for finding in self.found}.values(),
            key=lambda f: (-f.severity * f.confidence, f.location.path, f.location.start_line),
        )
        return tuple(worst[: self.asked.findings])

    def _seconds(self) -> float:
        return time.monotonic() - self.started

    def _runs(self) -> tuple[ToolRun, ...]:
        run = ToolRun(self.model.name, "", "ask", self._seconds(), None, len(self.found))
        return (run,) if self.calls else ()

    # One bundle of files

    async def _review(self, files: Sequence[Shown]) -> list[Finding]:
        rules = self.asked.rules
        said = await self._ask(
            system_text(self.asked.prompt),
            lambda key, canary: change_text(files, key, canary),
            ("findings", findings_schema(rules)),
            lambda text: parse_findings(text, rules),
        )
        by_path = {file.path: file for file in files}
        grounded = [finding for one in said if (finding := self._grounded(one, by_path))]
        self.ungrounded += len(said) - len(grounded)
        if not grounded or not self.asked.verify:
            return grounded
        verdicts = await self._ask(
            SECOND,
            lambda key, canary: second_text(files, grounded, key, canary),
            ("verdicts", second_schema()),
            parse_second,
        )
        return _looked_at_again(grounded, verdicts)

    async def _ask(
        self,
        system: str,
        text: Callable[[str, str], str],
        schema: tuple[str, Mapping[str, object]],
        parse: Callable[[str], T],
    ) -> T:
        """One valid answer. Raises Malformed after _ATTEMPTS, TalkedRound, or the model's error."""
        key, canary = secrets.token_hex(8), secrets.token_hex(12)
        messages = [Message(Role.USER, text(key, canary))]
        for attempt in range(1, _ATTEMPTS + 1):
            reply = await self.model.ask(
                ModelRequest(
                    system=system,
                    messages=tuple(messages),
                    schema=schema[1],
                    schema_name=schema[0],
                    max_output_tokens=self.asked.output_tokens,
                    timeout_s=max(1.0, self.task.deadline_s - self._seconds()),
                )
            )
            self.calls += 1
            self.usage += reply.usage
            if canary in reply.text or key in reply.text:
                raise TalkedRound
            try:
                return parse(reply.text)
            except Malformed as fault:
                if attempt == _ATTEMPTS:
                    raise
                messages += [
                    Message(Role.ASSISTANT, reply.text[:8_000]),
                    Message(Role.USER, f"Not valid: {fault}. Answer again, JSON only."),
                ]
        raise AssertionError("the loop above returns or raises")

    def _grounded(self, said: Said, files: Mapping[str, Shown]) -> Finding | None:
        """``said`` as a Finding where its quotation stands; None where it does not."""
        shown = files.get(said.path)
        if shown is None:
            return None
        file = self.task.diff.by_path.get(said.path)
        added = file.added_lines if file else frozenset()
        place = locate(said.quote, shown.lines, said.line, added)
        if place is None:
            return None
        return self._finding(said, shown, place)

    def _finding(self, said: Said, shown: Shown, place: tuple[int, int]) -> Finding:
        start, end = place
        evidence = Evidence(self.task.texts[said.path])
        rule = self._rule(said.rule)
        code = evidence.code(start, end)
        severity, confidence = said.severity, min(said.confidence, _MOST_SURE)
        if _HEARSAY.search(said.message):
            severity = min(severity, Severity.LOW)
            confidence = min(confidence, _HEARSAY_CONFIDENCE)
        return Finding(
            rule=rule.id,
            message=redact(" ".join(said.message.split())),
            location=Location(said.path, start, end),
            severity=severity,
            confidence=round(confidence, 4),
            by=self.by,
            family=rule.family,
            cwe=rule.cwe,
            tool=self.model.name,
            tool_rule=said.rule,
            code=code,
            title=rule.title,
            why=rule.why,
            fix=redact(" ".join(said.fix.split())) or rule.fix,
            url=rule.url,
            fingerprint=fingerprint(rule.family, said.path, code, evidence.ordinal(start)),
            placement=placement(self.task.diff.by_path.get(said.path), start, end),
            suggestion=self._suggestion(said, place, code),
        )

    def _rule(self, name: str) -> Rule:
        known = self.taxonomy.rules.get(name)
        if known is not None:
            return known
        made_up = f"{self.by}-{name}"
        return Rule(made_up, family=made_up)

    def _suggestion(self, said: Said, place: tuple[int, int], code: str) -> Suggestion | None:
        """Only for whole lines that hold no secret: the report checks the rest."""
        lines = self.task.texts[said.path].split("\n")
        old = "\n".join(lines[place[0] - 1 : place[1]])
        new = said.replacement.strip("\n")
        quoted = [line.strip() for line in said.quote.strip("\n").split("\n")]
        whole = quoted == [line.strip() for line in old.split("\n")]
        if not new or not whole or code != old or redact(new) != new or new == old:
            return None
        return Suggestion(old, new)


def _looked_at_again(found: Sequence[Finding], verdicts: Sequence[Second]) -> list[Finding]:
    """``found`` after a second look, which can drop and lower. What it passes over stays."""
    said = {verdict.index: verdict for verdict in verdicts}
    kept = []
    for index, finding in enumerate(found):
        second = said.get(index)
        if second is None:
            kept.append(finding)
        elif second.stands:
            kept.append(replace(finding, severity=min(finding.severity, second.severity)))
    return kept

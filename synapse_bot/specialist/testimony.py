"""What a model says, held against the files: a claim without its quotation is none.

The place of a claim is that of its quotation, its confidence is capped, and what no reader of a
diff can know weighs little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.finding import Finding, Location, Suggestion
from synapse_bot.domain.fingerprint import fingerprint
from synapse_bot.domain.redaction import redact
from synapse_bot.domain.remark import Remark
from synapse_bot.domain.severity import Severity
from synapse_bot.specialist.ground import Evidence, placement
from synapse_bot.specialist.quote import locate
from synapse_bot.specialist.taxonomy import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_bot.specialist.answer import OnHint, Said
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.prompt import Shown
    from synapse_bot.specialist.taxonomy import Taxonomy

MOST_SURE = 0.8  # a model's own word is no measurement
# What no reader of a diff can know: such a claim is told, and weighs little.
_HEARSAY = re.compile(
    r"(?i)\b(?:no such|does not exist|doesn't exist|not a (?:valid|real|known)|unknown (?:package|"
    r"version|module)|latest version|deprecated|end of life|not (?:yet )?(?:released|published)|"
    r"hallucinated|cve-\d)"
)
_HEARSAY_CONFIDENCE = 0.3


@dataclass(frozen=True)
class Witness:
    """``model`` speaks for specialist ``by`` of the files that it was shown."""

    by: str
    model: str
    taxonomy: Taxonomy
    task: Examination

    def findings(self, said: Iterable[Said], files: Sequence[Shown]) -> list[Finding]:
        """What of ``said`` the files confirm."""
        shown = {file.path: file for file in files}
        return [finding for one in said if (finding := self._grounded(one, shown)) is not None]

    def remarks(
        self, said: Iterable[OnHint], hints: Sequence[Finding], files: Sequence[Shown]
    ) -> list[Remark]:
        """What is said of ``hints`` with a quotation that stands; one remark a hint, the first."""
        shown = {file.path: file for file in files}
        made: dict[int, Remark] = {}
        for one in said:
            if 0 <= one.index < len(hints) and one.index not in made:
                remark = self._remark(one, hints[one.index], shown)
                if remark is not None:
                    made[one.index] = remark
        return [made[index] for index in sorted(made)]

    def _remark(self, said: OnHint, hint: Finding, shown: Mapping[str, Shown]) -> Remark | None:
        reason = redact(" ".join(said.reason.split()))
        place = self._place(said.path, said.quote, hint.location.start_line, shown)
        if place is None or not reason:
            return None
        start, end = place
        return Remark(
            by=self.by,
            model=self.model,
            of=hint.by,
            fingerprint=hint.fingerprint,
            position=said.position,
            severity=said.severity,
            reason=reason,
            evidence=Location(said.path, start, end),
            quote=Evidence(self.task.texts[said.path]).code(start, end),
        )

    def _place(
        self, path: str, quote: str, line: int, shown: Mapping[str, Shown]
    ) -> tuple[int, int] | None:
        """Where ``quote`` stands in ``path`` as it was shown; rather on an added line."""
        if path not in shown:
            return None
        file = self.task.diff.by_path.get(path)
        added = file.added_lines if file else frozenset()
        return locate(quote, shown[path].lines, line, added)

    def _grounded(self, said: Said, shown: Mapping[str, Shown]) -> Finding | None:
        """``said`` as a Finding where its quotation stands; None where it does not."""
        place = self._place(said.path, said.quote, said.line, shown)
        return None if place is None else self._finding(said, place)

    def _finding(self, said: Said, place: tuple[int, int]) -> Finding:
        start, end = place
        evidence = Evidence(self.task.texts[said.path])
        rule = self._rule(said.rule)
        code = evidence.code(start, end)
        severity, confidence = said.severity, min(said.confidence, MOST_SURE)
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
            tool=self.model,
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

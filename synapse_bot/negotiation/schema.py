"""The schema of negotiation.yaml, checked at the edge. Published in docs/schema/."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synapse_bot.config.document import check
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.escalation import WIDEST, Action, DisputeType, EscalationRow
from synapse_bot.negotiation.policy import DebateTerms, NegotiationPolicy, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.config.document import Document

StrategyName = Literal["strictest", "weighted", "majority"]
STRATEGY_NAMES: tuple[str, ...] = get_args(StrategyName)
JudgeName = Literal["weighted", "majority", "dawid_skene", "judge"]
JUDGE_NAMES: tuple[str, ...] = get_args(JudgeName)
SeverityName = Literal["info", "low", "medium", "high", "critical"]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Accuracy = Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)]
Cwe = Annotated[int, Field(ge=1, le=99_999, strict=True)]
RowId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=300)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SettleFile(_Strict):
    """How a conflict is settled."""

    strategies: list[StrategyName] = Field(
        min_length=1,
        max_length=len(STRATEGY_NAMES),
        description="Tried in order; the first that decides within the margin settles it.",
    )
    margin: Share = Field(
        default=0.0,
        description="By what share of the total the best severity must lead the second.",
    )
    why: Text = Field(default="", validate_default=False, description="Goes into the record.")


class WhenFile(_Strict):
    """Which claims: any of these is enough."""

    families: list[Text] = Field(default=[], description="Globs of rule families.")
    cwes: list[Cwe] = Field(default=[], description="CWE numbers.")
    any_cwe: bool = Field(default=False, strict=True, description="Every claim that has a CWE.")

    @model_validator(mode="after")
    def _says_something(self) -> WhenFile:
        if not (self.families or self.cwes or self.any_cwe):
            raise ValueError("needs families, cwes or any_cwe")
        return self


class RuleFile(SettleFile):
    id: RowId
    when: WhenFile


class ClusteringFile(_Strict):
    max_lines: int = Field(
        default=20,
        ge=1,
        le=10_000,
        strict=True,
        description="A finding that spans more lines stands for its first line alone.",
    )


class DebateFile(_Strict):
    """Voices that are far apart argue before a judge decides; only where a model is one of them."""

    enabled: bool | None = Field(default=None, strict=True, description="Default: true.")
    judge: JudgeName | None = Field(
        default=None, description="Who decides. judge asks the host's models.judge."
    )
    margin: Share | None = Field(
        default=None, description="By what share of the total the best position must lead."
    )
    most: int | None = Field(
        default=None, ge=0, le=100, strict=True, description="Debates of one review at most."
    )
    accuracy: dict[str, Accuracy] = Field(
        default={},
        max_length=1000,
        description="How often a specialist is right, by its id: 0.5 is a coin, 1 never wrong.",
    )


class DisputeFile(_Strict):
    """Which disputes: all that is given has to hold."""

    types: list[DisputeType] = Field(default=[], description="None is every type.")
    min_severity: SeverityName = "info"
    min_spread: int = Field(
        default=0,
        ge=0,
        le=WIDEST,
        strict=True,
        description="Steps between the positions; what does not stand is one below info.",
    )


class EscalationFile(_Strict):
    id: RowId
    when: DisputeFile = DisputeFile()
    action: Action = Field(
        description="escalate: a person is asked. hold: nobody is, the tie-break holds. "
        "drop_silently: nobody is, and the lowest that was given holds."
    )
    why: Text = Field(default="", validate_default=False, description="Goes into the record.")


class NegotiationFile(_Strict):
    """How findings that make the same claim are grouped, and how their severity is settled."""

    clustering: ClusteringFile | None = None
    tie_break: StrategyName | None = Field(
        default=None, description="What holds while a person has not answered."
    )
    default: SettleFile | None = None
    rules: list[RuleFile] = Field(
        default=[], max_length=200, description="The first rule that matches a claim settles it."
    )
    specialists: dict[str, Weight] = Field(
        default={}, max_length=1000, description="The weight of a specialist, by its id."
    )
    debate: DebateFile = DebateFile()
    escalations: list[EscalationFile] = Field(
        default=[],
        max_length=200,
        description="What becomes of a dispute that stays open: the first row that serves it.",
    )


def parse_policy(document: Document, under: NegotiationPolicy) -> NegotiationPolicy:
    """See policy.load_policy."""
    file = check(document, NegotiationFile)
    faults = [
        *_ids_twice(document, "rules", [rule.id for rule in file.rules]),
        *_ids_twice(document, "escalations", [row.id for row in file.escalations]),
    ]
    if faults:
        raise ConfigInvalid("\n".join(faults))
    return NegotiationPolicy(
        default=_terms("default", file.default) if file.default else under.default,
        rules=(*(_rule(rule) for rule in file.rules), *under.rules),
        weights={**under.weights, **file.specialists},
        tie_break=file.tie_break or under.tie_break,
        max_lines=file.clustering.max_lines if file.clustering else under.max_lines,
        debate=_debate(file.debate, under.debate),
        escalations=(*(_row(row) for row in file.escalations), *under.escalations),
    )


def _ids_twice(document: Document, key: str, ids: Sequence[str]) -> list[str]:
    first: dict[str, int] = {}
    faults = []
    for index, id_ in enumerate(ids):
        if id_ in first:
            line = document.line((key, first[id_], "id"))
            where = document.at((key, index, "id"))
            faults.append(f"{where}: {key}[{index}].id: {id_!r} stands in line {line} already")
        first.setdefault(id_, index)
    return faults


def _debate(file: DebateFile, under: DebateTerms) -> DebateTerms:
    given = file.model_dump(exclude_none=True)
    return replace(under, **{**given, "accuracy": {**under.accuracy, **file.accuracy}})


def _row(file: EscalationFile) -> EscalationRow:
    return EscalationRow(
        file.id,
        file.action,
        frozenset(file.when.types),
        Severity.parse(file.when.min_severity),
        file.when.min_spread,
        file.why,
    )


def _terms(id_: str, file: SettleFile) -> Terms:
    return Terms(id_, tuple(file.strategies), file.margin, file.why)


def _rule(file: RuleFile) -> Terms:
    return Terms(
        file.id,
        tuple(file.strategies),
        file.margin,
        file.why,
        families=tuple(file.when.families),
        cwes=frozenset(file.when.cwes),
        any_cwe=file.when.any_cwe,
    )

"""The schema of negotiation.yaml, checked at the edge. Published in docs/schema/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from synapse_bot.config.document import check
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.negotiation.policy import NegotiationPolicy, Terms

if TYPE_CHECKING:
    from synapse_bot.config.document import Document

StrategyName = Literal["strictest", "weighted", "majority"]
STRATEGY_NAMES: tuple[str, ...] = get_args(StrategyName)
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Cwe = Annotated[int, Field(ge=1, le=99_999, strict=True)]
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
    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")
    when: WhenFile


class ClusteringFile(_Strict):
    max_lines: int = Field(
        default=20,
        ge=1,
        le=10_000,
        strict=True,
        description="A finding that spans more lines stands for its first line alone.",
    )


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


def parse_policy(document: Document, under: NegotiationPolicy) -> NegotiationPolicy:
    """See policy.load_policy."""
    file = check(document, NegotiationFile)
    _no_id_twice(document, file)
    return NegotiationPolicy(
        default=_terms("default", file.default) if file.default else under.default,
        rules=(*(_rule(rule) for rule in file.rules), *under.rules),
        weights={**under.weights, **file.specialists},
        tie_break=file.tie_break or under.tie_break,
        max_lines=file.clustering.max_lines if file.clustering else under.max_lines,
    )


def _no_id_twice(document: Document, file: NegotiationFile) -> None:
    first: dict[str, int] = {}
    faults = []
    for index, rule in enumerate(file.rules):
        if rule.id in first:
            line = document.line(("rules", first[rule.id], "id"))
            where = document.at(("rules", index, "id"))
            faults.append(f"{where}: rules[{index}].id: {rule.id!r} stands in line {line} already")
        first.setdefault(rule.id, index)
    if faults:
        raise ConfigInvalid("\n".join(faults))


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

"""A parsed declaration as JSON and back, for the compiled cache. No pydantic, no YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from synapse_bot.config.values import to_plain
from synapse_bot.domain.severity import Severity
from synapse_bot.domain.spec import (
    ActionInput,
    ActionSpec,
    Context,
    GapsSpec,
    Measure,
    ModelSpec,
    OutputFormat,
    OutputSpec,
    Reach,
    Route,
    SpecialistKind,
    SpecialistSpec,
)

_NESTED = ("actions", "gaps", "model", "output", "worse")


@dataclass(frozen=True, slots=True)
class Override:
    """Changes to a specialist that is declared elsewhere. ``changes`` maps fields of
    SpecialistSpec to values; ``severities`` adds the tools' words to every output."""

    id: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)


def encode_entry(entry: SpecialistSpec | Override) -> Any:
    if isinstance(entry, Override):
        return {"override": entry.id, **_plain(entry, "changes", "severities")}
    actions = [_plain_action(action) for action in entry.actions]
    model = None if entry.model is None else _plain(entry.model)
    return {**_plain(entry), "actions": actions, "model": model}


def decode_entry(plain: Any) -> SpecialistSpec | Override:
    if "override" in plain:
        changes = {name: _field(name, value) for name, value in plain["changes"].items()}
        return Override(plain["override"], changes, _severities(plain["severities"]))
    values = {name: _field(name, value) for name, value in plain.items() if name not in _NESTED}
    given = plain["model"]
    model = given and ModelSpec(**{name: _field(name, item) for name, item in given.items()})
    actions = tuple(_action(item) for item in plain["actions"])
    return SpecialistSpec(**values, actions=actions, model=model)


def _plain(value: Any, *names: str) -> dict[str, Any]:
    """Fields of a dataclass; sets are sorted, so that the same value gives the same bytes."""
    wanted = names or tuple(f.name for f in fields(value) if f.name not in _NESTED)
    found = {name: getattr(value, name) for name in wanted}
    return {
        name: sorted(value) if isinstance(value, frozenset) else to_plain(value)
        for name, value in found.items()
    }


def _plain_action(action: ActionSpec) -> dict[str, Any]:
    worse = [_plain(measure) for measure in action.worse]
    gaps = action.output.gaps and _plain(action.output.gaps)
    return {**_plain(action), "worse": worse, "output": {**_plain(action.output), "gaps": gaps}}


def _action(plain: Any) -> ActionSpec:
    values = {name: _field(name, value) for name, value in plain.items() if name not in _NESTED}
    worse = tuple(Measure(**measure) for measure in plain["worse"])
    output = plain["output"]
    gaps = output["gaps"]
    spec = OutputSpec(
        **{
            **output,
            "format": OutputFormat(output["format"]),
            "severities": _severities(output["severities"]),
            "default_severity": Severity.parse(output["default_severity"]),
            "gaps": gaps and GapsSpec(**{name: _field(name, item) for name, item in gaps.items()}),
        }
    )
    return ActionSpec(**values, worse=worse, output=spec)


def _severities(plain: Mapping[str, str]) -> dict[str, Severity]:
    return {word: Severity.parse(ours) for word, ours in plain.items()}


def _field(name: str, value: Any) -> Any:
    """One field as its dataclass holds it."""
    match name:
        case "kind":
            return SpecialistKind(value)
        case "input":
            return ActionInput(value)
        case "reach":
            return Reach(value)
        case "routes":
            return frozenset(Route(word) for word in value)
        case "context":
            return frozenset(Context(word) for word in value)
        case "languages" | "ok_exit_codes":
            return frozenset(value)
        case _:
            return tuple(value) if isinstance(value, list) else value

"""What a team changes of a specialist without declaring it anew: by a file, or by the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from synapse_bot.config.document import nearest
from synapse_bot.domain.errors import ConfigInvalid

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from synapse_bot.config.settings import SpecialistChoice
    from synapse_bot.domain.severity import Severity
    from synapse_bot.domain.spec import SpecialistSpec
    from synapse_bot.specialist.encoding import Override


def apply_override(
    specs: dict[str, SpecialistSpec],
    refused: Container[str],
    override: Override,
    source: str,
) -> None:
    """Change ``specs[override.id]``. Raises ConfigInvalid where there is none.

    A specialist that the host refused stays refused, so its override is without effect.
    """
    if override.id in refused:
        return
    if override.id not in specs:
        near = nearest(override.id, list(specs))
        raise ConfigInvalid(
            f"{source}:1: no specialist {override.id!r} to override, and without "
            f"`actions` this declares none{near}"
        )
    specs[override.id] = _with(specs[override.id], override)


def _with(spec: SpecialistSpec, override: Override) -> SpecialistSpec:
    changes = {name: value for name, value in override.changes.items() if value is not None}
    changed = replace(spec, **changes) if changes else spec
    return _reworded(changed, override.severities)


def _reworded(spec: SpecialistSpec, severities: Mapping[str, Severity]) -> SpecialistSpec:
    """``spec`` with more words for severities in each of its outputs."""
    if not severities:
        return spec
    actions = tuple(
        replace(
            action,
            output=replace(action.output, severities={**action.output.severities, **severities}),
        )
        for action in spec.actions
    )
    return replace(spec, actions=actions)


def with_choice(spec: SpecialistSpec, choice: SpecialistChoice | None) -> SpecialistSpec:
    """``spec`` as the settings want it."""
    if choice is None:
        return spec
    changed = replace(
        spec,
        enabled=spec.enabled if choice.enabled is None else choice.enabled,
        weight=spec.weight if choice.weight is None else choice.weight,
        deadline_s=spec.deadline_s if choice.deadline_s is None else choice.deadline_s,
        required=spec.required if choice.required is None else choice.required,
        exclude=(*spec.exclude, *choice.exclude),
    )
    return _reworded(changed, choice.severities)

"""The ids of specialists that settings and routes name must exist: a typo would drop a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.config.document import nearest
from synapse_bot.domain.errors import ConfigInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.classifier.table import Routes
    from synapse_bot.config.settings import Settings

_HINT = "See them all: synapse-bot specialists list. A new one counts once the base holds it."


def check_ids(known: Iterable[str], routes: Routes, settings: Settings) -> None:
    """``known`` are the ids of all specialists, refused ones too. Raises ConfigInvalid, each fault
    with the origin of the setting or the rule that names the id."""
    idents = list(known)
    choice, origins = settings.choice, settings.origins
    named = {
        origins.get("review.only", "review.only"): choice.only,
        origins.get("review.skip", "review.skip"): choice.skip,
        origins.get("review.required", "review.required"): choice.required,
    }
    for ident in settings.specialists:
        lead = f"specialists.{ident}."
        where = next((origin for name, origin in origins.items() if name.startswith(lead)), lead)
        named[where] = (*named.get(where, ()), ident)
    for rule in routes.rules:
        named[f"routes.yaml: {rule.id}"] = (*rule.selection.only, *rule.selection.add)
    faults = [
        f"{where}: no specialist is called {ident!r}{nearest(ident, idents)}"
        for where, wanted in named.items()
        for ident in wanted
        if ident not in idents
    ]
    if faults:
        raise ConfigInvalid("\n".join(faults), _HINT)

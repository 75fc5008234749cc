"""Whether reviews could use a configuration of the host's own, before any of them does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.classifier.load import ROUTES_FILE, load_routes
from synapse_bot.classifier.selection import check_ids
from synapse_bot.config.data import data_dir
from synapse_bot.config.fragments import MODELS, SETTINGS, SPECIALISTS, Fragments
from synapse_bot.config.keys import Trust
from synapse_bot.config.layers import load_settings
from synapse_bot.config.sources import Layer, parse_layer
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.specialist.loader import Declaration, load_specialists
from synapse_bot.wiring.models import load_catalogue, open_models, own_catalogue

if TYPE_CHECKING:
    from synapse_bot.runtime.request import Host
    from synapse_bot.specialist.loader import Declared


def check_copy(fragments: Fragments, copy: Path, source: Path, host: Host) -> None:
    """What a review would refuse of the host's own configuration, whatever it reviews.

    Raises ConfigInvalid with all faults, named as the files lie in ``source``.
    """
    reader = replace(host, user_config=copy / SETTINGS)
    faults: dict[str, None] = {}  # each once, in order
    checks = (
        partial(_check_settings, source),
        partial(_check_catalogue, copy),
        partial(_check_models, source, reader),
    )
    for check in checks:
        try:
            check(fragments)
        except ConfigInvalid as error:
            faults |= dict.fromkeys(str(error).replace(f"{copy}/", f"{source}/").split("\n"))
    if faults:
        raise ConfigInvalid("\n".join(faults))


def _check_settings(source: Path, fragments: Fragments) -> None:
    """The settings and specialists, and the ids that the settings name."""
    faults: list[str] = []
    try:
        declared = _declared(fragments, source)
    except ConfigInvalid as error:
        faults.append(str(error))
    try:
        settings = load_settings({}, {}, None, _layer(fragments, source))
        if not faults:
            ids = [*declared.ids, *(skip.by for skip in declared.refused)]
            check_ids(ids, load_routes(data_dir("rules") / ROUTES_FILE), settings)
    except ConfigInvalid as error:
        faults.append(str(error))
    if faults:
        raise ConfigInvalid("\n".join(faults))


def _check_catalogue(copy: Path, _: Fragments) -> None:
    """The providers and prices beside the settings."""
    load_catalogue(own=copy / MODELS)


def _check_models(source: Path, host: Host, fragments: Fragments) -> None:
    """The models that it names, with the environment's settings over the file's."""
    from synapse_bot.llm.errors import ModelDenied

    settings = load_settings({}, host.variables, None, _layer(fragments, source)).models
    load_catalogue(own=own_catalogue(settings, host))
    if settings.default:
        with suppress(ModelDenied):  # a key may be missing: a review says so
            open_models(settings, host)


def _declared(fragments: Fragments, source: Path) -> Declared:
    own = [
        Declaration(str(source / fragment.name), fragment.raw, trusted=True)
        for fragment in fragments
        if fragment.name.startswith(f"{SPECIALISTS}/")
    ]
    return load_specialists(data_dir("specialists"), own)


def _layer(fragments: Fragments, source: Path) -> Layer:
    for fragment in fragments:
        if fragment.name == SETTINGS:
            return parse_layer(fragment.raw, str(source / SETTINGS), Trust.HOST)
    return Layer()

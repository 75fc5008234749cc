"""What holds here before any change is read: the settings, and the specialists of the base.

A review takes both from the base revision of its change. Where there is no repository, no commit
or no branch to compare with, what is shipped and the user's own file hold.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import GitFailed, NotARepository, RefMissing, ShallowClone
from synapse_bot.entry.host import read_host
from synapse_bot.runtime.request import Asked

if TYPE_CHECKING:
    from synapse_bot.config.settings import Settings
    from synapse_bot.domain.events import Event
    from synapse_bot.runtime.request import Host
    from synapse_bot.specialist.loader import Declared


@dataclass(frozen=True, slots=True)
class Baseline:
    settings: Settings
    declared: Declared


def read_baseline(
    start: Path, base: str | None = None, config_file: Path | None = None
) -> Baseline:
    """The settings and specialists that a review from ``start`` would use.

    Raises ConfigInvalid; RefMissing and the like only where ``base`` was asked for.
    """
    host = read_host()
    try:
        return asyncio.run(_of_base(Asked(base=base, start=start, config_file=config_file), host))
    except (NotARepository, RefMissing, ShallowClone, GitFailed):
        if base is not None:
            raise
        return _without_repository(host, config_file)


async def _of_base(asked: Asked, host: Host) -> Baseline:
    from synapse_bot.specialist.loader import Declared
    from synapse_bot.wiring.parts import open_parts

    parts = await open_parts(asked, host, Path(), _ignore)
    return Baseline(parts.settings, Declared(parts.roster.specs, parts.roster.refused))


def host_settings(host: Host, config_file: Path | None = None) -> Settings:
    """The settings of this machine alone. Raises ConfigInvalid."""
    from synapse_bot.config.document import read_document
    from synapse_bot.config.layers import load_settings

    user = read_document(host.user_config) if host.user_config.is_file() else None
    given = read_document(config_file) if config_file else None
    return load_settings({}, host.variables, None, user, given=given)


def _without_repository(host: Host, config_file: Path | None) -> Baseline:
    from synapse_bot.config.data import data_dir
    from synapse_bot.specialist.loader import load_specialists

    settings = host_settings(host, config_file)
    declared = load_specialists(data_dir("specialists"), choices=settings.specialists)
    return Baseline(settings, declared)


def _ignore(event: Event) -> None:
    """Nothing runs, so nothing is told."""

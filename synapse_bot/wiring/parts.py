"""Everything that a review is made with."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.classifier.languages import load_languages
from synapse_bot.classifier.load import ROUTES_FILE, load_routes
from synapse_bot.classifier.selection import check_ids
from synapse_bot.config.data import data_dir, rules_digest
from synapse_bot.config.document import read_bytes
from synapse_bot.config.keys import Trust
from synapse_bot.config.layers import REPOSITORY_FILE, REPOSITORY_FOLDER, load_settings
from synapse_bot.config.sources import Layer, parse_layer
from synapse_bot.domain.errors import DiffUnreadable, RunOutdated
from synapse_bot.engine.inline import InlineEngine
from synapse_bot.forge.local import LocalForge
from synapse_bot.negotiation.load import POLICY_FILE, load_policies
from synapse_bot.runtime.kept import CHANGE
from synapse_bot.runtime.life import Life
from synapse_bot.runtime.review import Parts
from synapse_bot.specialist.loader import Declaration, load_specialists, shipped_declarations
from synapse_bot.specialist.toolbox import Toolbox
from synapse_bot.wiring.breakers import open_guard
from synapse_bot.wiring.forges import open_forge
from synapse_bot.wiring.roster import HostRoster
from synapse_bot.wiring.stores import earlier_review, kept_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from synapse_bot.config.settings import Settings
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.events import Hook
    from synapse_bot.engine.base import Engine
    from synapse_bot.forge.base import Forge
    from synapse_bot.runtime.request import Asked, Host


async def open_parts(
    asked: Asked,
    host: Host,
    scratch: Path,
    emit: Hook,
    life: Life | None = None,
    engine: Engine | None = None,
) -> Parts:
    """Everything that a review is made with. Raises ConfigInvalid with every fault.

    Without a ``life`` the review begins now, without an ``engine`` nothing of it is journaled.
    """
    engine = engine or InlineEngine()
    forge = open_forge(asked, host)
    change = await _change(forge, asked, engine)
    own = await _own_files(forge, change)
    settings = _settings(asked, host, change, own)
    _bound(forge, asked, settings)
    cache = Path(settings.tools.cache_dir) if settings.tools.cache_dir else host.cache
    toolbox = Toolbox.open(data_dir("rules"), cache, host.search_path)
    compiled = cache / "compiled"
    declared = load_specialists(
        data_dir("specialists"),
        [
            *_of_user(host),
            *(Declaration(s, raw) for s, raw in own.items() if s.startswith(_SPECIALISTS)),
        ],
        known_tools=toolbox.pins,
        allow_commands=settings.choice.allow_commands,
        allow_prompts=settings.choice.allow_prompts,
        choices=settings.specialists,
        cache_dir=compiled,
    )
    routes_file = f"{REPOSITORY_FOLDER}/{ROUTES_FILE}"
    routes = load_routes(
        data_dir("rules") / ROUTES_FILE, own.get(routes_file), routes_file, compiled
    )
    check_ids([*declared.ids, *(skip.by for skip in declared.refused)], routes, settings)
    policy_file = f"{REPOSITORY_FOLDER}/{POLICY_FILE}"
    return Parts(
        change=change,
        forge=forge,
        roster=HostRoster(
            declared,
            toolbox,
            settings,
            host,
            partial(kept_answers, asked, host),
            open_guard(asked, host),
            emit,
        ),
        routes=routes,
        kinds=load_filekinds(cache_dir=compiled),
        languages=load_languages(cache_dir=compiled),
        policy=load_policies(
            data_dir("rules") / POLICY_FILE, own.get(policy_file), policy_file, compiled
        ),
        settings=settings,
        engine=engine,
        scratch=scratch,
        emit=emit,
        life=life or Life.begin(),
        notices=settings.warnings,
        earlier=earlier_review(asked, host, change, settings),
        rules_digest=rules_digest(),
        cache=cache,
    )


_SPECIALISTS = f"{REPOSITORY_FOLDER}/specialists/"


def _of_user(host: Host) -> list[Declaration]:
    """The user's own specialists, trusted as the user is."""
    folder = host.user_config.parent / "specialists"
    return shipped_declarations(folder) if folder.is_dir() else []


def _bound(forge: Forge, asked: Asked, settings: Settings) -> None:
    """Hold the diff to the limit, which is known only once the settings are."""
    limit = settings.limits.max_diff_bytes
    if isinstance(forge, LocalForge):
        forge.limits = replace(forge.limits, max_diff_bytes=limit)
    elif asked.diff is not None and len(asked.diff) > limit:
        raise DiffUnreadable(
            f"{asked.diff_name}: {len(asked.diff)} bytes, limits.max_diff_bytes is {limit}",
            "Raise the limit, or review in a repository with --base and --head.",
        )


async def _change(forge: Forge, asked: Asked, engine: Engine) -> Change:
    """The change as the first life of the review saw it, so far as it can still be read.

    Raises RunOutdated where a pull or merge request, or what is staged, is another one by now: a
    range of a repository is pinned by its revisions, and they stay.
    """

    async def seen() -> Change:
        return with_claims(await forge.change(), asked)

    change = await engine.step("change", seen, CHANGE)
    pinned = change.base and change.head and asked.remote is None
    if "change" not in engine.recalled or pinned:  # a branch may be gone, its revisions are there
        return change
    found = await seen()
    if change.key != found.key:
        raise RunOutdated(f"the change has moved on: it was {change.key}, now it is {found.key}")
    return change


def with_claims(change: Change, asked: Asked) -> Change:
    """``change`` with the labels and the intent that the user gave for it."""
    labels = (*change.labels, *asked.labels)
    return replace(change, labels=labels, intent=asked.intent or change.intent)


async def _own_files(forge: Forge, change: Change) -> dict[str, bytes]:
    """The repository's own configuration AT THE BASE: a change cannot configure its own review."""
    paths = await forge.base_paths(change, REPOSITORY_FOLDER)
    wanted = [REPOSITORY_FILE, *(path for path in paths if path.endswith((".yaml", ".yml")))]
    found = {path: await forge.base_text(change, path) for path in wanted}
    return {path: raw for path, raw in found.items() if raw is not None}


def _settings(asked: Asked, host: Host, change: Change, own: Mapping[str, bytes]) -> Settings:
    compiled = host.cache / "compiled"
    repository = None
    if REPOSITORY_FILE in own:
        repository = parse_layer(own[REPOSITORY_FILE], REPOSITORY_FILE, Trust.REPO, compiled)
    user = _user_layer(host.user_config, compiled) if host.user_config.is_file() else None
    given = _user_layer(asked.config_file, compiled) if asked.config_file else None
    return load_settings(
        asked.options, host.variables, repository, user, base=change.base, given=given
    )


def _user_layer(path: Path, compiled: Path) -> Layer:
    return parse_layer(read_bytes(path), str(path), Trust.HOST, compiled)

"""Settings -> concrete Forge, Roster, Store, Engine. The only file that names concrete classes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.classifier.languages import load_languages
from synapse_bot.classifier.load import ROUTES_FILE, load_routes
from synapse_bot.classifier.selection import check_ids
from synapse_bot.config.data import data_dir, rules_digest
from synapse_bot.config.document import read_bytes
from synapse_bot.config.keys import Trust
from synapse_bot.config.layers import REPOSITORY_FILE, REPOSITORY_FOLDER, load_settings
from synapse_bot.config.sources import Layer, parse_layer
from synapse_bot.domain.diff import Side
from synapse_bot.domain.errors import DiffUnreadable, GitFailed, NotARepository, StoreUnusable
from synapse_bot.domain.opinion import Skipped
from synapse_bot.engine.inline import InlineEngine
from synapse_bot.forge.local import LocalForge
from synapse_bot.forge.patch import PatchForge
from synapse_bot.forge.revisions import Range, Staged
from synapse_bot.negotiation.load import POLICY_FILE, load_policies
from synapse_bot.runtime.review import Parts
from synapse_bot.specialist.loader import (
    Declaration,
    Declared,
    load_specialists,
    shipped_declarations,
)
from synapse_bot.specialist.taxonomy import load_taxonomy
from synapse_bot.specialist.tool import (
    ToolSpecialist,
    install_hint,
    missing_tools,
    with_engine,
)
from synapse_bot.specialist.toolbox import Toolbox
from synapse_bot.store.location import state_dir
from synapse_bot.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.config.settings import ModelSettings, Settings
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.events import Hook
    from synapse_bot.domain.finding import Location
    from synapse_bot.domain.review import Review
    from synapse_bot.domain.spec import Route, SpecialistSpec
    from synapse_bot.domain.usage import Usage
    from synapse_bot.forge.base import Forge
    from synapse_bot.llm.base import Model
    from synapse_bot.llm.budget import Budget
    from synapse_bot.llm.fallback import FallbackModel
    from synapse_bot.llm.price import Catalogue
    from synapse_bot.llm.remote import RemoteModel
    from synapse_bot.runtime.publish import Outlet
    from synapse_bot.runtime.request import Asked, Host, Remote
    from synapse_bot.specialist.base import Specialist
    from synapse_bot.specialist.taxonomy import Taxonomy


def open_forge(asked: Asked, host: Host) -> Forge:
    """The forge that holds the change. Raises NotARepository unless a patch was given."""
    if asked.remote is not None:
        return open_remote(asked.remote, asked.start, host)
    if asked.diff is None:
        selector = Staged() if asked.staged else Range(asked.base, asked.head)
        index = {"GIT_INDEX_FILE": host.index_file} if asked.staged and host.index_file else {}
        return LocalForge.open(asked.start, selector, environ=host.for_git() | index)
    return PatchForge(asked.diff, asked.diff_name, open_repository(asked.start, host))


def open_remote(remote: Remote, start: Path, host: Host) -> Forge:
    """The pull or merge request, whose diff comes from the repository at hand where it can."""
    from synapse_bot.forge.http import transport_of

    def checkout(selector: Range) -> LocalForge:
        return LocalForge.open(start, selector, environ=host.for_git())

    transport = transport_of(remote.transport)
    match remote.forge:
        case "github":
            from synapse_bot.forge.github import open_github
            from synapse_bot.forge.github_calls import PullPlace

            place = PullPlace(remote.repository, remote.number)
            return open_github(
                place,
                remote.token,
                transport=transport,
                api_url=remote.api_url,
                checkout=checkout,
            )
        case "gitlab":
            from synapse_bot.forge.gitlab import open_gitlab
            from synapse_bot.forge.gitlab_api import GitLabPlace, TokenKind

            kind = TokenKind.JOB if remote.job_token else TokenKind.ACCESS
            return open_gitlab(
                GitLabPlace(
                    remote.api_url,
                    remote.repository,
                    remote.number,
                    remote.token,
                    kind if remote.token else TokenKind.NONE,
                    remote.known,
                ),
                transport=transport,
                open_local=checkout,
            )


def open_outlet(remote: Remote, change: Change) -> Outlet:
    """How the forge of ``remote`` is written to."""
    from synapse_bot.report.suggestion import Dialect
    from synapse_bot.runtime.publish import Outlet

    blob = "blob" if remote.forge == "github" else "-/blob"
    lead = f"{remote.server_url.rstrip('/')}/{change.repository}/{blob}/{change.head}"

    def link(location: Location) -> str | None:
        if location.side is not Side.NEW or not change.head:
            return None
        last = location.end_line
        end = f"-{'L' if remote.forge == 'github' else ''}{last}"
        lines = f"#L{location.start_line}{end if last > location.start_line else ''}"
        return f"{lead}/{quote(location.path)}{lines}"

    return Outlet(Dialect(remote.forge), link)


def open_repository(start: Path, host: Host) -> LocalForge | None:
    """The repository around ``start``, None where there is none that git would read."""
    try:
        return LocalForge.open(start, Range(None, None), environ=host.for_git())
    except (NotARepository, GitFailed):
        return None


async def open_parts(asked: Asked, host: Host, scratch: Path, emit: Hook) -> Parts:
    """Everything that a review is made with. Raises ConfigInvalid with every fault."""
    forge = open_forge(asked, host)
    change = with_claims(await forge.change(), asked)
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
        roster=HostRoster(declared, toolbox, settings, host),
        routes=routes,
        kinds=load_filekinds(cache_dir=compiled),
        languages=load_languages(cache_dir=compiled),
        policy=load_policies(
            data_dir("rules") / POLICY_FILE, own.get(policy_file), policy_file, compiled
        ),
        settings=settings,
        engine=InlineEngine(),
        scratch=scratch,
        emit=emit,
        notices=settings.warnings,
        earlier=_earlier(asked, host, change, settings),
        rules_digest=rules_digest(),
    )


def _earlier(asked: Asked, host: Host, change: Change, settings: Settings) -> Review | None:
    """The last recorded review on the same base; one that cannot be read is none."""
    if not settings.choice.incremental or not change.base:
        return None
    try:
        store = SqliteStore.open_to_read(state_folder(host, asked.start))
        audit = store.latest(change.base_key, settings.digest) if store else None
    except StoreUnusable:
        return None
    if audit is None:
        return None
    from synapse_bot.report.audit import parse_audit

    try:
        return parse_audit(audit)
    except ValueError:
        return None


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


@dataclass
class HostRoster:
    """The Roster of this machine: declared specialists with the tools and models that are here."""

    declared: Declared
    toolbox: Toolbox
    settings: Settings
    host: Host
    _taxonomy: Taxonomy | None = None
    _models: OpenModels | None = None

    @property
    def specs(self) -> tuple[SpecialistSpec, ...]:
        return self.declared.specs

    @property
    def refused(self) -> tuple[Skipped, ...]:
        return self.declared.refused

    def missing(self, spec: SpecialistSpec, route: Route) -> tuple[str, ...]:
        return missing_tools(spec, route, self.toolbox)

    def unable(self, spec: SpecialistSpec) -> Skipped | None:
        if spec.model is None:
            return None
        if not self.settings.models.default:
            hint = "Set models.default; see docs/llm.md."
            return Skipped(spec.id, "no model is set up", hint, matters=False)
        from synapse_bot.llm.errors import ModelDenied

        try:
            _ = self.models
        except ModelDenied as error:  # a fork's job has no secrets: the tools review all the same
            return Skipped(spec.id, str(error), error.hint)
        return None

    def hint(self, missing: Sequence[str]) -> str:
        return install_hint(missing, self.toolbox)

    def specialist(self, spec: SpecialistSpec) -> Specialist:
        if spec.model is not None:
            from synapse_bot.specialist.llm import LlmSpecialist

            return LlmSpecialist(spec, self.models.paid_by(spec.id), self.taxonomy)
        tools = self.settings.tools
        held = with_engine(spec, "semgrep", tools.semgrep_engine)
        return ToolSpecialist(held, self.toolbox, self.taxonomy, data_dir("rules"), tools.sandbox)

    def tool_versions(self) -> Mapping[str, str]:
        return self.toolbox.versions()

    def priced(self, usage: Usage) -> tuple[str, Usage]:
        name = self.models.models[0].name
        return name, self.models.catalogue.priced(name, usage)

    async def aclose(self) -> None:
        if self._models is not None:
            await self._models.aclose()

    @property
    def models(self) -> OpenModels:
        if self._models is None:
            self._models = open_models(self.settings.models, self.host)
        return self._models

    @property
    def taxonomy(self) -> Taxonomy:
        if self._taxonomy is None:
            self._taxonomy = load_taxonomy(
                data_dir("rules") / "taxonomy.yaml", self.toolbox.cache / "compiled"
            )
        return self._taxonomy


@dataclass
class OpenModels:
    """The models of one review, which all spend from one budget."""

    models: tuple[RemoteModel, ...]
    model: FallbackModel  # of ``models``, in their order
    catalogue: Catalogue
    budget: Budget
    loading: asyncio.Future[None] | None = None

    def paid_by(self, specialist: str) -> Model:
        """The models as one, whose calls are booked on ``specialist``."""
        from synapse_bot.llm.budget import SpendLimits
        from synapse_bot.specialist.asking import PaidModel

        purse = self.budget.child(specialist, SpendLimits())
        return PaidModel(self.model, purse, self.catalogue, self.ready)

    async def ready(self) -> None:
        """Load the SDK once, in a thread: the tools' answers are read meanwhile."""
        if self.loading is None:
            self.loading = asyncio.ensure_future(self.models[0].warm())
        await asyncio.shield(self.loading)

    async def aclose(self) -> None:
        for model in self.models:
            await model.aclose()


def open_models(settings: ModelSettings, host: Host) -> OpenModels:
    """The models that the host names. Raises ConfigInvalid and ModelDenied, e.g. without a key.

    Nothing of the change or of its repository reaches here: names, addresses and keys are the
    host's alone.
    """
    from synapse_bot.forge.http import transport_of
    from synapse_bot.llm.budget import Budget, SpendLimits
    from synapse_bot.llm.endpoint import Reach, Secret
    from synapse_bot.llm.fallback import FallbackModel
    from synapse_bot.llm.limits import Limiter
    from synapse_bot.llm.open import endpoint_of, open_model

    catalogue = load_catalogue(host.cache)
    transport = transport_of(host.transport)
    reach = Reach(
        transport.ca_bundle,
        {"https": transport.https_proxy, "http": transport.http_proxy},
        transport.no_proxy,
    )
    limiter = Limiter()

    def opened(name: str, base_url: str) -> RemoteModel:
        facts = catalogue.providers.get(name.partition("/")[0])
        key = Secret(host.model_keys.get(facts.key_variable, "") if facts else "")
        endpoint = endpoint_of(name, catalogue, key=key, base_url=base_url, reach=reach)
        return open_model(endpoint, catalogue, limiter)

    same = settings.fallback.partition("/")[0] == settings.default.partition("/")[0]
    names = [(settings.default, settings.base_url)]
    if settings.fallback:
        names.append((settings.fallback, settings.base_url if same else ""))
    limits = SpendLimits(usd=settings.max_usd, tokens=settings.max_tokens)
    models = tuple(opened(name, base_url) for name, base_url in names)
    return OpenModels(models, FallbackModel(*models), catalogue, Budget("the review", limits))


def load_catalogue(cache: Path | None = None) -> Catalogue:
    """rules/models.yaml. Raises ConfigInvalid with file:line for every fault."""
    from synapse_bot.config.compiled import compiled
    from synapse_bot.llm import price

    raw = read_bytes(data_dir("rules") / "models.yaml")
    return compiled(
        cache and cache / "compiled",
        "models",
        raw,
        lambda: _parse_catalogue(raw),
        price.encode_catalogue,
        price.decode_catalogue,
        code=(price.__file__,),
    )


def _parse_catalogue(raw: bytes) -> Catalogue:
    from synapse_bot.config.document import check, parse_document
    from synapse_bot.llm.schema import ModelsFile, catalogue_of

    return catalogue_of(check(parse_document(raw, "rules/models.yaml"), ModelsFile))


def state_folder(host: Host, start: Path) -> Path:
    """Where the runs of the repository around ``start`` are recorded."""
    repository = open_repository(start, host)
    git_path = repository.git_path("synapse-bot") if repository else None
    return state_dir(git_path, host.state_home, str(host.home))


def open_store(host: Host, start: Path) -> SqliteStore:
    """The store of the repository around ``start``. Raises StoreUnusable."""
    return SqliteStore.open(state_folder(host, start))

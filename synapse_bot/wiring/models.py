"""The models that the host names, opened once for a review."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.config.data import data_dir
from synapse_bot.config.document import read_bytes
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.plan import Duty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_bot.config.settings import ModelSettings
    from synapse_bot.domain.spec import SpecialistSpec
    from synapse_bot.llm.base import Model
    from synapse_bot.llm.budget import Budget
    from synapse_bot.llm.fallback import FallbackModel
    from synapse_bot.llm.gate import Gate
    from synapse_bot.llm.price import Catalogue
    from synapse_bot.llm.remote import RemoteModel
    from synapse_bot.runtime.request import Host

OWN_FILE = "models.yaml"  # beside the user's config.yml


@dataclass
class OpenModels:
    """The models of one review, which all spend from one budget. ``by_duty`` has all duties that
    the host gives a model for; READ is always among them."""

    by_duty: Mapping[Duty, FallbackModel]
    remotes: Mapping[str, RemoteModel]  # by name, each opened once
    catalogue: Catalogue
    budget: Budget
    _warm: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    @property
    def model(self) -> FallbackModel:
        """The default, with what is asked instead."""
        return self.by_duty[Duty.READ]

    def holder(self, duty: Duty) -> FallbackModel:
        """Who has ``duty``: the default where the host names nobody for it."""
        return self.by_duty.get(duty, self.model)

    def paid_by(self, specialist: SpecialistSpec) -> Callable[[Duty], Model]:
        """The model of each duty, whose calls are booked on ``specialist``: what it may use itself
        and what the review may use bound them both."""
        from synapse_bot.llm.budget import SpendLimits
        from synapse_bot.specialist.asking import PaidModel

        own = specialist.model
        limits = SpendLimits(own.max_usd, own.max_tokens) if own else SpendLimits()
        purse = self.budget.child(specialist.id, limits)

        def asked(duty: Duty) -> Model:
            model = self.holder(duty)
            return PaidModel(model, purse, self.catalogue, lambda: self._ready(model.name))

        return asked

    async def _ready(self, name: str) -> None:
        """Load the SDK of ``name`` once, in a thread: the tools' answers are read meanwhile."""
        if name not in self._warm:
            self._warm[name] = asyncio.ensure_future(self.remotes[name].warm())
        await asyncio.shield(self._warm[name])

    async def aclose(self) -> None:
        for model in self.remotes.values():
            await model.aclose()


def open_models(settings: ModelSettings, host: Host, gate: Gate | None = None) -> OpenModels:
    """The models that the host names, each call of which has to pass ``gate``.

    Raises ConfigInvalid and ModelDenied, e.g. without a key.

    Nothing of the change or of its repository reaches here: names, addresses and keys are the
    host's alone.
    """
    from synapse_bot.llm.budget import Budget, SpendLimits
    from synapse_bot.llm.fallback import FallbackModel

    catalogue = load_catalogue(host.cache, own_catalogue(settings, host))
    opened = _opener(settings, host, catalogue, gate)
    remotes: dict[str, RemoteModel] = {}

    def chain(*names: str) -> FallbackModel:
        known = [name for name in dict.fromkeys(names) if name]
        for name in known:
            remotes[name] = remotes.get(name) or opened(name)
        return FallbackModel(*(remotes[name] for name in known))

    by_duty = {
        duty: chain(name, settings.fallback)
        for duty, name in _named(settings).items()
        if name or duty is Duty.READ
    }
    limits = SpendLimits(usd=settings.max_usd, tokens=settings.max_tokens)
    return OpenModels(by_duty, remotes, catalogue, Budget("the review", limits))


def _named(settings: ModelSettings) -> Mapping[Duty, str]:
    return {
        Duty.READ: settings.default,
        Duty.SKIM: settings.triage,
        Duty.VERIFY: settings.verify,
        Duty.JUDGE: settings.judge,
    }


def _opener(
    settings: ModelSettings, host: Host, catalogue: Catalogue, gate: Gate | None
) -> Callable[[str], RemoteModel]:
    """From ``provider/model`` to the model; a base URL is for the provider of the default."""
    from synapse_bot.forge.transport import transport_of
    from synapse_bot.llm.endpoint import Reach, Secret
    from synapse_bot.llm.limits import Limiter
    from synapse_bot.llm.open import endpoint_of, open_model

    transport = transport_of(host.transport)
    reach = Reach(
        transport.ca_bundle,
        {"https": transport.https_proxy, "http": transport.http_proxy},
        transport.no_proxy,
    )
    limiter = Limiter()
    at_home = settings.default.partition("/")[0]

    def opened(name: str) -> RemoteModel:
        provider = name.partition("/")[0]
        facts = catalogue.providers.get(provider)
        key = Secret(host.model_keys.get(facts.key_variable, "") if facts else "")
        base_url = settings.base_url if provider == at_home else ""
        endpoint = endpoint_of(name, catalogue, key=key, base_url=base_url, reach=reach)
        return open_model(endpoint, catalogue, limiter, gate=gate)

    return opened


def load_catalogue(cache: Path | None = None, own: Path | None = None) -> Catalogue:
    """rules/models.yaml, and over it the rows of the host's file ``own`` where there is one.

    Raises ConfigInvalid with file:line for every fault.
    """
    from synapse_bot.config.compiled import compiled
    from synapse_bot.llm import price

    shipped = read_bytes(data_dir("rules") / "models.yaml")
    owned = read_bytes(own) if own is not None and own.is_file() else None
    return compiled(
        cache and cache / "compiled",
        "models",
        shipped + b"\0" + (owned or b""),
        lambda: _parse_catalogue(shipped, owned, str(own)),
        price.encode_catalogue,
        price.decode_catalogue,
        code=(price.__file__,),
    )


def _parse_catalogue(shipped: bytes, owned: bytes | None, source: str) -> Catalogue:
    from synapse_bot.config.document import check, parse_document
    from synapse_bot.llm.schema import ModelsFile, OwnModelsFile, catalogue_of, own_catalogue_of

    catalogue = catalogue_of(check(parse_document(shipped, "rules/models.yaml"), ModelsFile))
    if owned is None:
        return catalogue
    document = parse_document(owned, source)
    try:
        return own_catalogue_of(check(document, OwnModelsFile), catalogue)
    except ValueError as error:
        line = document.line(("models",))
        raise ConfigInvalid(f"{source}:{line}: models: {error}") from error


def own_catalogue(settings: ModelSettings, host: Host) -> Path:
    """Where the host's own providers and prices stand, if he has any."""
    return Path(settings.catalogue) if settings.catalogue else host.user_config.parent / OWN_FILE

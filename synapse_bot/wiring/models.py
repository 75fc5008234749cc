"""The models that the host names, opened once for a review."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.config.data import data_dir
from synapse_bot.config.document import read_bytes
from synapse_bot.domain.errors import ConfigInvalid

if TYPE_CHECKING:
    from synapse_bot.config.settings import ModelSettings
    from synapse_bot.llm.base import Model
    from synapse_bot.llm.budget import Budget
    from synapse_bot.llm.fallback import FallbackModel
    from synapse_bot.llm.price import Catalogue
    from synapse_bot.llm.remote import RemoteModel
    from synapse_bot.runtime.request import Host

OWN_FILE = "models.yaml"  # beside the user's config.yml


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

    catalogue = load_catalogue(host.cache, own_catalogue(settings, host))
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

"""From a name and what the host gives to a model. Loads no SDK; the first call does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.llm.endpoint import Endpoint, Reach, Secret, Wire
from synapse_bot.llm.errors import ModelDenied
from synapse_bot.llm.remote import Patience, RemoteModel, Talk

if TYPE_CHECKING:
    from synapse_bot.llm.gate import Gate
    from synapse_bot.llm.limits import Limiter
    from synapse_bot.llm.price import Catalogue


def endpoint_of(
    name: str,
    catalogue: Catalogue,
    *,
    key: Secret | None = None,
    base_url: str = "",
    reach: Reach = Reach(),  # noqa: B008  frozen
    stream: bool = False,
    live: bool = True,
) -> Endpoint:
    """The endpoint of ``provider/model``, completed from the catalogue.

    ``base_url`` and ``key`` are the host's: nothing of a reviewed repository may reach here.
    Raises ConfigInvalid for a name or an address that is none, ModelDenied where a key is missing.
    """
    provider, slash, model = name.partition("/")
    facts = catalogue.providers.get(provider)
    if not slash or facts is None:
        known = ", ".join(sorted(catalogue.providers))
        raise ConfigInvalid(
            f"{name[:80]!r} names no provider (provider/model; providers: {known})",
        )
    address = base_url or facts.base_url
    if not address:
        raise ConfigInvalid(f"{provider} has no address of its own: give its base URL")
    if facts.needs_key and not key:
        raise ModelDenied(f"{provider} needs a key", f"Set {facts.key_variable or 'its key'}.")
    return Endpoint(
        provider=provider,
        model=model,
        wire=facts.wire,
        base_url=address,
        key=key or Secret(""),
        reach=reach,
        limit_field=facts.limit_field,
        private=facts.private,
        stream=stream,
        live=live,
    )


def open_model(
    endpoint: Endpoint,
    catalogue: Catalogue,
    limiter: Limiter,
    patience: Patience = Patience(),  # noqa: B008  frozen
    gate: Gate | None = None,
) -> RemoteModel:
    """The model at ``endpoint``; close it with ``aclose`` in the loop that used it.

    Each attempt has to pass ``gate``; None lets all pass.
    """
    price = partial(catalogue.priced, endpoint.name)
    return RemoteModel(endpoint, _talks(endpoint.wire)(endpoint), limiter, price, patience, gate)


def _talks(wire: Wire) -> Callable[[Endpoint], Talk]:
    match wire:
        case Wire.OPENAI:
            from synapse_bot.llm.openai import OpenAITalk

            return OpenAITalk
        case Wire.ANTHROPIC:
            from synapse_bot.llm.anthropic import AnthropicTalk

            return AnthropicTalk

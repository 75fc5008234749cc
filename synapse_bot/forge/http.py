"""How we reach a forge: certificates, proxy, and one origin that a session never leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests

from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, ForgeFailed
from synapse_bot.domain.origin import parse_origin
from synapse_bot.forge.transport import Transport

if TYPE_CHECKING:
    from typing import Any

    from synapse_bot.domain.origin import Origin


class AnswerLost(ForgeBusy):
    """A write went out and no readable answer came back: it may or may not be applied."""


class Rejected(ForgeFailed):
    """The forge understood the request and refuses its content (409, 422)."""


def origin_of(url: str) -> Origin:
    """The origin of ``url``. Raises ForgeFailed for what is not plainly http(s)://host[:port]/."""
    try:
        return parse_origin(url)[0]
    except ValueError:
        raise ForgeFailed(f"{url!r} is not the address of a forge (https://host/path)") from None


class BoundSession(requests.Session):
    """A session for one origin: what leads elsewhere, a redirect too, is refused unsent.

    requests drops Authorization on the way to another host, and keeps every other header (a
    PRIVATE-TOKEN) and the same host on another port. The environment and .netrc are not read.
    """

    def __init__(self, transport: Transport, origin: Origin) -> None:
        super().__init__()
        self.trust_env = False
        self.origin = origin
        self.timeout_s = transport.timeout_s
        self.verify = transport.ca_bundle or True
        self.proxies = _proxies(transport, origin)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send to the origin. Raises ForgeDenied for any other place."""
        found = origin_of(request.url or "")
        if found != self.origin:
            raise ForgeDenied(
                f"{self.origin} sends us to {found}; no credentials go there",
                "Give the address of the forge's API itself.",
            )
        kwargs["timeout"] = kwargs.get("timeout") or self.timeout_s
        return super().send(request, **kwargs)


def _proxies(transport: Transport, origin: Origin) -> dict[str, str]:
    given = {"https": transport.https_proxy, "http": transport.http_proxy}
    return (
        {}
        if origin.is_direct(transport.no_proxy)
        else {scheme: proxy for scheme, proxy in given.items() if proxy}
    )

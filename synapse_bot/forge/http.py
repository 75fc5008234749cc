"""How we reach a forge: certificates, proxy, and one origin that a session never leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, ForgeFailed
from synapse_bot.domain.origin import parse_origin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from synapse_bot.domain.origin import Origin

_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CI_SERVER_TLS_CA_FILE")


class AnswerLost(ForgeBusy):
    """A write went out and no readable answer came back: it may or may not be applied."""


class Rejected(ForgeFailed):
    """The forge understood the request and refuses its content (409, 422)."""


@dataclass(frozen=True, slots=True)
class Transport:
    """The one place for certificates and proxies. "" is none; ``ca_source`` is for ``doctor``."""

    ca_bundle: str = ""  # path of a PEM file; "" is the certificates that come with requests
    ca_source: str = ""
    https_proxy: str = ""
    http_proxy: str = ""
    no_proxy: tuple[str, ...] = ()
    timeout_s: float = 30.0


def transport_of(variables: Mapping[str, str]) -> Transport:
    """The transport that environment ``variables`` (given by the door) describe."""
    lower = {name.lower(): value for name, value in variables.items()}
    source = next((name for name in _CA_VARIABLES if variables.get(name)), "")
    everywhere = lower.get("all_proxy", "")
    return Transport(
        ca_bundle=variables.get(source, ""),
        ca_source=source,
        https_proxy=lower.get("https_proxy", everywhere),
        # HTTP_PROXY in capitals can be set by a request's header in a CGI; curl skips it too.
        http_proxy=variables.get("http_proxy", everywhere),
        no_proxy=tuple(host.strip() for host in lower.get("no_proxy", "").split(",") if host),
    )


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

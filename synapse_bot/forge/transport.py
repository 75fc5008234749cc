"""How we reach anything: certificates and proxies. Loads no HTTP client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CI_SERVER_TLS_CA_FILE")


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

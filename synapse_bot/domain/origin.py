"""The origin of an address: scheme, host and port, compared exactly and never by a part."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Origin:
    """``host`` is in lower case; ``port`` is the scheme's own where an address names none."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def is_direct(self, no_proxy: Iterable[str]) -> bool:
        """Whether an entry of ``no_proxy`` names the host or a domain that it lies in."""
        names = (entry.lstrip(".") for entry in no_proxy)
        return any(n in ("*", self.host) or (n and self.host.endswith(f".{n}")) for n in names)


def parse_origin(url: str) -> tuple[Origin, SplitResult]:
    """The origin of ``url``, and the parts it was read from.

    Raises ValueError for what is not plainly http(s)://host[:port]/...: a user, an escape, another
    alphabet or a dot at its end can make one host look like another.
    """
    parts = urlsplit(url)
    port = parts.port
    host = (parts.hostname or "").lower()
    plain = host.isascii() and "%" not in host and "\\" not in url and "@" not in parts.netloc
    if parts.scheme not in _PORTS or not host or host.endswith(".") or not plain:
        raise ValueError("not an address of http or https with a plain host")
    return Origin(parts.scheme, host, port or _PORTS[parts.scheme]), parts

"""Where a model answers, and how we reach it. Plain values that the host gives, never a change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn
from urllib.parse import urlsplit

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.origin import Origin, parse_origin
from synapse_bot.domain.redaction import redact

_SHORTEST_SECRET = 6  # what is shorter occurs in ordinary text
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


class Wire(StrEnum):
    """Which protocol an endpoint speaks."""

    OPENAI = "openai"  # chat completions, which many servers speak
    ANTHROPIC = "anthropic"


class Secret:
    """A key. No text shows it; ``reveal`` is called where a request leaves the process."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value.strip()

    def __repr__(self) -> str:
        return "Secret(****)" if self._value else "Secret()"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")

    def reveal(self) -> str:
        return self._value


@dataclass(frozen=True, slots=True)
class Reach:
    """Certificates and proxies, the same as for the forge. ``proxies``: scheme to URL."""

    ca_bundle: str = ""  # path of a PEM file; "" is the system's certificates
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold a password
    no_proxy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model at one address.

    ``limit_field`` is the wire's name for the limit of output tokens: OpenAI renamed it, most
    compatible servers know the old one. ``private`` asks the provider in each request not to keep
    it. ``live`` False lets calls reach loopback only.
    """

    provider: str
    model: str
    wire: Wire
    base_url: str
    key: Secret = field(default_factory=lambda: Secret(""))
    reach: Reach = field(default_factory=Reach)
    limit_field: str = "max_tokens"
    private: bool = False
    stream: bool = False
    live: bool = True
    max_answer_bytes: int = 2_000_000

    def __post_init__(self) -> None:
        if not _PROVIDER.fullmatch(self.provider):
            raise ConfigInvalid(f"{self.provider!r} is not the name of a provider")
        if not self.model or not self.model.isprintable() or len(self.model) > 200:
            raise ConfigInvalid(f"{self.model[:60]!r} is not the name of a model")
        if self.key and not (self.key.reveal().isascii() and self.key.reveal().isprintable()):
            raise ConfigInvalid(f"the key of {self.provider} has characters that no key has")
        if self.key and self.origin.scheme == "http" and not self.origin.is_loopback:
            raise ConfigInvalid(
                f"{self.base_url!r} would carry the key of {self.provider} unencrypted",
                "Give an https address, or leave the key out.",
            )

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def origin(self) -> Origin:
        return origin_of(self.base_url)

    @property
    def proxy(self) -> str:
        """The proxy on the way to the origin, "" for none."""
        direct = self.origin.is_direct(self.reach.no_proxy)
        return "" if direct else self.reach.proxies.get(self.origin.scheme, "")

    def hide(self, text: str) -> str:
        """``text`` on one line of at most 300, without key, proxy password or other secrets."""
        for secret in (self.key.reveal(), _password(self.proxy)):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, "****")
        plain = "".join(char if char.isprintable() else " " for char in text[:5000])
        return redact(" ".join(plain.split()))[:300]


def origin_of(url: str) -> Origin:
    """The origin of ``url``. Raises ConfigInvalid for what is not plainly http(s)://host[:port]."""
    try:
        origin, parts = parse_origin(url)
        if parts.query or parts.fragment:
            raise ValueError
    except ValueError:
        raise ConfigInvalid(
            f"{redact(url)!r} is not the address of a model (https://host/path)",
            "Give the provider's base URL without a user, a query or a fragment.",
        ) from None
    return origin


def _password(proxy: str) -> str:
    try:
        return urlsplit(proxy).password or ""
    except ValueError:
        return ""

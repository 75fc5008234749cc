"""Whether a delivery comes from the forge: signatures over its raw bytes, compared in full.

GitHub: HMAC-SHA256 of the body in X-Hub-Signature-256,
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
GitLab: a signing token (https://www.standardwebhooks.com: an HMAC over id, time and body), or the
older secret in X-Gitlab-Token, https://docs.gitlab.com/user/project/integrations/webhooks/
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SIGNING_PREFIX = "whsec_"
REPLAY_WINDOW_S = 300.0  # how far from our clock a signed time may be
ANY_TENANT = ""
_MOST_SIGNATURES = 8  # one header may hold several while the forge rotates


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of one forge. ``tenant`` is whose events it proves, ANY_TENANT everybody's."""

    text: str = field(repr=False)
    tenant: str = ANY_TENANT


@dataclass(frozen=True, slots=True)
class Proven:
    """The delivery is the forge's, by secrets of these tenants."""

    tenants: frozenset[str]

    def allows(self, tenant: str) -> bool:
        return ANY_TENANT in self.tenants or tenant in self.tenants


@dataclass(frozen=True, slots=True)
class Unproven:
    """``why`` is for the log and names no secret."""

    why: str


def prove_github(
    secrets: Iterable[Secret], headers: Mapping[str, str], body: bytes
) -> Proven | Unproven:
    """``headers`` by lower-case name. Every secret is tried: the tenants of all that match."""
    given = headers.get("x-hub-signature-256", "")
    if not given:
        return Unproven("no X-Hub-Signature-256: the webhook has no secret")
    matching = [
        secret.tenant
        for secret in secrets
        if _equal(f"sha256={hmac.new(secret.text.encode(), body, sha256).hexdigest()}", given)
    ]
    return Proven(frozenset(matching)) if matching else Unproven("the signature is another's")


def prove_gitlab(
    signing: Iterable[Secret],
    tokens: Iterable[Secret],
    headers: Mapping[str, str],
    body: bytes,
    now: float,
) -> Proven | Unproven:
    """A delivery that carries a signature is held to it; a secret in plain is not asked then.

    ``now`` is seconds since the epoch; a signed time further away than REPLAY_WINDOW_S is refused.
    """
    if "webhook-signature" in headers:
        keys = tuple(signing)
        if not keys:
            return Unproven("it is signed, and no signing token is set here")
        return _prove_signed(keys, headers, body, now)
    given = headers.get("x-gitlab-token", "")
    if not given:
        return Unproven("neither webhook-signature nor X-Gitlab-Token: the webhook has no secret")
    matching = [secret.tenant for secret in tokens if _equal(secret.text, given)]
    return Proven(frozenset(matching)) if matching else Unproven("the token is another's")


def _prove_signed(
    secrets: Iterable[Secret], headers: Mapping[str, str], body: bytes, now: float
) -> Proven | Unproven:
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not _is_time(stamp):
        return Unproven("a signature without webhook-id and webhook-timestamp")
    if abs(now - int(stamp)) > REPLAY_WINDOW_S:
        return Unproven("the signed time is too far from this machine's clock: a replay, or a skew")
    content = f"{name}.{stamp}.".encode() + body
    given = headers["webhook-signature"].split()[:_MOST_SIGNATURES]
    matching = [
        secret.tenant
        for secret in secrets
        if any(_equal(sign_standard(secret.text, content), one) for one in given)
    ]
    return Proven(frozenset(matching)) if matching else Unproven("the signature is another's")


def sign_standard(secret: str, content: bytes) -> str:
    """``v1,<base64>`` over ``{id}.{time}.{body}``. ``secret`` is whsec_ and 32 bytes in base64."""
    digest = hmac.new(signing_key(secret), content, sha256).digest()
    return f"v1,{b64encode(digest).decode()}"


def signing_key(secret: str) -> bytes:
    """The key that ``secret`` spells. Raises ValueError where it spells none."""
    try:
        key = b64decode(secret.removeprefix(SIGNING_PREFIX), validate=True)
    except BadBase64:
        key = b""
    if not secret.startswith(SIGNING_PREFIX) or not key:
        raise ValueError(f"a signing token is {SIGNING_PREFIX} and base64")
    return key


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _equal(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "surrogateescape"))

"""Tokens of a GitHub App: one for each repository it is installed for, an hour long.

The App's key signs a short proof of who asks (PyGithub makes it); GitHub gives a token for one
installation, which is asked for with one repository alone, so that a token that gets lost opens no
other. Tokens are kept in memory until shortly before they expire. They are stored nowhere.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import requests
from github import Auth

from synapse_bot.domain.errors import ForgeBusy, ForgeDenied, ForgeFailed
from synapse_bot.forge.github import API_URL, API_VERSION
from synapse_bot.forge.http import BoundSession, origin_of
from synapse_bot.forge.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Mapping

FRESH_S = 15 * 60.0  # what a token must still have before it when it is handed out
_PROOF_S = 300  # GitHub takes at most ten minutes
_BACKDATED_S = -60  # for a clock of ours that is ahead
_KEY_HINT = "Give the App's private key as GitHub made it: a PEM file."


@dataclass(frozen=True, slots=True)
class App:
    """``id`` is the App's client id or number, ``key`` its private key as PEM text."""

    id: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    expires_at: float  # seconds since the epoch


class AppTokens:
    """Thread-safe; of calls at one time for the same token, one asks GitHub.

    Raises ForgeDenied for a key that is none.
    """

    def __init__(
        self,
        app: App,
        *,
        transport: Transport | None = None,
        api_url: str = API_URL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._api_url = api_url.rstrip("/")
        self._transport = transport or Transport()
        self._origin = origin_of(api_url)
        self._clock = clock
        self._tokens: dict[tuple[int, str], _Token] = {}
        self._locks: dict[tuple[int, str], Lock] = {}
        self._lock = Lock()
        self._proof()

    def token(self, installation: int, repository: str) -> str:
        """A token for "owner/name" that is good for FRESH_S at least.

        Raises ForgeDenied where the App is not installed there, ForgeBusy, ForgeFailed.
        """
        which = (installation, repository.lower())
        with self._lock:
            lock = self._locks.setdefault(which, Lock())
        with lock:
            kept = self._tokens.get(which)
            if kept is None or kept.expires_at - self._clock() < FRESH_S:
                kept = self._fetch(installation, repository)
                self._keep(which, kept)
            return kept.text

    def _keep(self, which: tuple[int, str], token: _Token) -> None:
        """Keep ``token``, and forget those that have expired."""
        with self._lock:
            now = self._clock()
            self._tokens = {w: t for w, t in self._tokens.items() if t.expires_at > now}
            self._tokens[which] = token

    def _fetch(self, installation: int, repository: str) -> _Token:
        with BoundSession(self._transport, self._origin) as session:
            try:
                answer = session.post(
                    f"{self._api_url}/app/installations/{installation}/access_tokens",
                    headers={
                        "Authorization": f"Bearer {self._proof()}",
                        "Accept": "application/vnd.github+json",
                        "X-GitHub-Api-Version": API_VERSION,
                    },
                    json={"repositories": [repository.rpartition("/")[2]]},
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                why = type(error).__name__
                raise ForgeBusy(f"GitHub gives no token: no answer ({why})") from error
        return _read(answer, installation, repository)

    def _proof(self) -> str:
        app = self._app
        if not app.id or not app.key:
            raise ForgeDenied("the App has no id or no private key", _KEY_HINT)
        try:
            return Auth.AppAuth(
                app.id, app.key, jwt_expiry=_PROOF_S, jwt_issued_at=_BACKDATED_S
            ).token
        except Exception as error:  # noqa: BLE001 - of two libraries, whose words may hold the key
            raise ForgeDenied(
                f"the App's private key cannot be used ({type(error).__name__})", _KEY_HINT
            ) from None


def _read(answer: requests.Response, installation: int, repository: str) -> _Token:
    status = answer.status_code
    if status >= 500 or status == requests.codes.too_many_requests:
        raise ForgeBusy(f"GitHub gives no token: {status}")
    if status == requests.codes.unauthorized:
        raise ForgeDenied(
            "GitHub does not accept the App's proof", "Is the key this App's, and the clock right?"
        )
    if status != requests.codes.created:
        raise ForgeDenied(
            f"GitHub gives no token for {repository}: {status}",
            f"Is the App (installation {installation}) installed for it?",
        )
    try:
        data: Mapping[str, Any] = answer.json()
        expires_at = datetime.fromisoformat(data["expires_at"]).timestamp()
        token = data["token"]
    except (ValueError, KeyError, TypeError) as error:
        raise ForgeFailed("GitHub's answer holds no token") from error
    if not isinstance(token, str) or not token:
        raise ForgeFailed("GitHub's answer holds no token")
    return _Token(token, expires_at)

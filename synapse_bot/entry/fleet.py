"""What the doors of a fleet read from the environment: where the queue is, and whose token is used.

Secrets stay here: they are in no option, no queue and no log.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ConfigInvalid, ForgeDenied
from synapse_bot.entry.ci import ForgeKind, find_token
from synapse_bot.entry.host import TRANSPORT
from synapse_bot.forge.gitlab_api import TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from synapse_bot.forge.github_app import AppTokens
    from synapse_bot.runtime.request import Host, Remote

DATABASE = "SYNAPSE_BOT__ENGINE__DATABASE"
_OWN = "SYNAPSE_BOT__ENGINE__"
APP_ID, APP_KEY_FILE = "SYNAPSE_BOT_GITHUB_APP_ID", "SYNAPSE_BOT_GITHUB_APP_KEY_FILE"
PUBLIC_APIS = ("https://api.github.com", "https://gitlab.com/api/v4")


class NotTrusted(ForgeDenied):
    hint = "Start the worker with --api-url URL, if that forge may be given the token."


def database_of(variables: Mapping[str, str]) -> str:
    """The address of the fleet's database. Raises ConfigInvalid where none is set."""
    if database := variables.get(DATABASE, ""):
        return database
    raise ConfigInvalid(
        f"{DATABASE} is not set: a fleet needs a database to meet in",
        f"{DATABASE}=postgresql://user@host/name, or sqlite:////absolute/file on one machine.",
    )


def for_reviews(host: Host) -> Host:
    """``host`` without what is the worker's own: a review knows of no database."""
    kept = {k: v for k, v in host.variables.items() if not k.startswith(_OWN)}
    return replace(host, variables=kept)


def token_giver(
    variables: Mapping[str, str], api_urls: tuple[str, ...] = ()
) -> Callable[[Remote, int], Remote]:
    """What gives a request of the queue its token, where its forge is public or in ``api_urls``.

    The queue says which forge is meant, and whoever can write to it must not be given the token:
    another address raises NotTrusted. With an installation the token is the App's; it is asked for
    then, and kept in memory.
    """
    trusted = {url.rstrip("/") for url in (*PUBLIC_APIS, *api_urls)}
    transport = {name: value for name, value in variables.items() if TRANSPORT.fullmatch(name)}
    apps: dict[str, AppTokens] = {}

    def with_token(remote: Remote, installation: int) -> Remote:
        if remote.api_url.rstrip("/") not in trusted:
            raise NotTrusted(f"no token is given to {remote.api_url}")
        remote = replace(remote, transport=transport)
        if installation and remote.forge == "github" and variables.get(APP_ID):
            if remote.api_url not in apps:
                apps[remote.api_url] = _app(variables, remote.api_url, transport)
            token = apps[remote.api_url].token(installation, remote.repository)
            return replace(remote, token=token, job_token=False)
        token, kind, _ = find_token(variables, ForgeKind(remote.forge))
        return replace(remote, token=token, job_token=kind is TokenKind.JOB)

    return with_token


def _app(variables: Mapping[str, str], api_url: str, transport: Mapping[str, str]) -> AppTokens:
    from synapse_bot.forge.github_app import App, AppTokens
    from synapse_bot.forge.transport import transport_of

    path = Path(variables.get(APP_KEY_FILE, ""))
    try:
        key = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(
            f"the key of the GitHub App cannot be read: {path}", f"Set {APP_KEY_FILE}."
        ) from error
    app = App(variables[APP_ID], key)
    return AppTokens(app, transport=transport_of(transport), api_url=api_url)

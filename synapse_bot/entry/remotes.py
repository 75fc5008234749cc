"""--pr and --mr: which pull or merge request is meant, and the token for it.

What the command line leaves open comes from the CI job, else from the remote `origin`. A token is
read from the environment here and travels as a value: no tool ever sees it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from synapse_bot.domain.change import Known
from synapse_bot.entry.ci import CiContext, ForgeKind, find_token, known_of, read_ci
from synapse_bot.entry.host import TRANSPORT
from synapse_bot.forge.gitlab_api import TokenKind
from synapse_bot.runtime.request import Remote

if TYPE_CHECKING:
    from collections.abc import Mapping

_PUBLIC = {
    ForgeKind.GITHUB: ("https://github.com", "https://api.github.com"),
    ForgeKind.GITLAB: ("https://gitlab.com", "https://gitlab.com/api/v4"),
}
_API_PATH = {ForgeKind.GITHUB: "/api/v3", ForgeKind.GITLAB: "/api/v4"}


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """What the command line says; "" where it says nothing."""

    number: int
    repository: str = ""
    api_url: str = ""


def remote_of(kind: Literal["github", "gitlab"], options: RemoteOptions, origin: str) -> Remote:
    """The request that is meant. ``origin`` is the repository's name by its remote.

    Raises UsageError where the repository is not known.
    """
    variables = dict(os.environ)
    forge = ForgeKind(kind)
    ci = _ci_of(forge, variables)
    repository = options.repository or (_named(ci) if ci else "") or origin
    if "/" not in repository and not repository.isdigit():
        raise click.UsageError(
            f"The repository on {kind} is not known: give --repository OWNER/NAME."
        )
    server, api = addresses(forge, options.api_url, ci)
    token, token_kind, _ = find_token(variables, forge)
    return Remote(
        forge=kind,
        number=options.number,
        repository=repository,
        api_url=api,
        server_url=server,
        token=token,
        job_token=token_kind is TokenKind.JOB,
        known=known_of(ci, options.number) if ci else Known(),
        transport={k: v for k, v in variables.items() if TRANSPORT.fullmatch(k)},
    )


def _ci_of(forge: ForgeKind, variables: Mapping[str, str]) -> CiContext | None:
    ci = read_ci(variables, _read)
    return ci if ci and ci.forge is forge else None


def _named(ci: CiContext) -> str:
    return ci.project or ci.repository


def addresses(forge: ForgeKind, api_url: str, ci: CiContext | None) -> tuple[str, str]:
    """(server, API). Only the command line and the CI name an address, never the repository."""
    if api_url:
        api = api_url.rstrip("/")
        server = (
            _PUBLIC[forge][0] if api == _PUBLIC[forge][1] else api.removesuffix(_API_PATH[forge])
        )
        return server, api
    if ci:
        return ci.server_url or _PUBLIC[forge][0], ci.api_url
    return _PUBLIC[forge]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""

"""`doctor` on the forge: which one, whether a token is there, and how the network is reached.

A token's variable is named, its value never shown; a proxy is shown without its password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from synapse_bot.domain.errors import SynapseError
from synapse_bot.entry.ci import CiContext, ForgeKind, find_token, read_ci
from synapse_bot.entry.health import Health, Line
from synapse_bot.forge.gitlab_api import HINT as GITLAB_HINT
from synapse_bot.forge.gitlab_api import WHY_JOB, TokenKind
from synapse_bot.forge.transport import transport_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = r"(?P<host>\[[^\]]+\]|\w[\w.-]+)"  # two characters at least: C:\\ is a disk
_URL = re.compile(rf"[a-z+]+://(?:[^@/\s]*@)?{_NAME}(?:[:/]|$)", re.IGNORECASE)
_SCP = re.compile(rf"(?:[^@/:\s]*@)?{_NAME}:(?!//)")  # git@host:path; a path on disk has no colon
_PUBLIC = {"github.com": ForgeKind.GITHUB, "gitlab.com": ForgeKind.GITLAB}
_GITHUB_HINT = (
    "Set GITHUB_TOKEN: pull requests and checks, read and write. `gh auth token` prints one."
)
_PROXIES = ("https_proxy", "http_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class Home:
    """Where the changes of this repository are requested. ``host`` is "" without a remote."""

    host: str
    forge: Literal["github", "gitlab", ""]


def home_of(url: str, variables: Mapping[str, str]) -> Home:
    """By the CI that runs us, else by the host of the remote's address ``url``."""
    ci = read_ci(variables)
    found = _URL.match(url) or _SCP.match(url)
    host = found["host"].lower() if found else ""
    if ci is not None:
        return Home(host or _host(ci), ci.forge.value)
    if host in _PUBLIC:
        return Home(host, _PUBLIC[host].value)
    named = [kind for kind in ForgeKind if kind.value in host]
    return Home(host, named[0].value if len(named) == 1 else "")


def forge_lines(home: Home, variables: Mapping[str, str]) -> Iterator[Line]:
    """The forge, and the token for it."""
    if not home.forge:
        what = f"forge: not known of {home.host}" if home.host else "forge: no remote origin"
        yield Line(Health.OK, what, "--pr N or --mr N say which, --api-url says where.")
        return
    forge = ForgeKind(home.forge)
    yield Line(Health.OK, f"forge: {_NAMES[forge]} at {home.host}")
    _, kind, name = find_token(variables, forge)
    hint = {ForgeKind.GITHUB: _GITHUB_HINT, ForgeKind.GITLAB: GITLAB_HINT}[forge]
    match kind:
        case TokenKind.ACCESS:
            yield Line(Health.OK, f"token: in {name}")
        case TokenKind.JOB:
            yield Line(Health.WARN, f"token: in {name} alone. {WHY_JOB}", hint)
        case TokenKind.NONE:
            yield Line(Health.WARN, "token: none, so that no review can be posted", hint)


def network_lines(variables: Mapping[str, str]) -> Iterator[Line]:
    """The certificates and the proxy in use, each with the variable that it comes from."""
    transport = transport_of(variables)
    if not transport.ca_bundle:
        yield Line(Health.OK, "certificates: those that come with requests")
    elif Path(transport.ca_bundle).is_file():
        yield Line(Health.OK, f"certificates: {transport.ca_bundle} (from {transport.ca_source})")
    else:
        what = f"certificates: {transport.ca_source} names no file: {transport.ca_bundle}"
        yield Line(Health.FAIL, what, "Correct the variable, or unset it.")
    found = [_proxy(name, variables[name]) for name in variables if _is_proxy(name, variables)]
    yield Line(Health.OK, f"proxy: {', '.join(sorted(found)) or 'none'}")
    if variables.get("HTTP_PROXY"):
        yield Line(
            Health.OK, "HTTP_PROXY is not used: a request can set it", "Set http_proxy instead."
        )


def online_lines(home: Home, api_url: str) -> Iterator[Line]:
    """Ask the forge whose the token is. A token goes only to an address that is certain."""
    from synapse_bot.entry.remotes import RemoteOptions, remote_of
    from synapse_bot.forge.identity import whose

    if not home.forge:
        yield Line(Health.WARN, "not asked: the forge is not known")
        return
    remote = remote_of(home.forge, RemoteOptions(1, "0/0", api_url), "")
    if not api_url and urlsplit(remote.server_url).hostname != home.host:
        what = f"not asked: the address of the API of {home.host} is not certain"
        yield Line(Health.WARN, what, "Give it: --api-url URL.")
        return
    if not remote.token:
        return
    try:
        name = whose(remote.forge, remote.api_url, remote.token, job=remote.job_token,
                     transport=transport_of(remote.transport))  # fmt: skip
    except SynapseError as error:
        yield Line(Health.FAIL, f"{remote.api_url}: {error}", error.hint)
        return
    yield Line(Health.OK, f"{remote.api_url} takes the token: {name}")


_NAMES = {ForgeKind.GITHUB: "GitHub", ForgeKind.GITLAB: "GitLab"}


def _host(ci: CiContext) -> str:
    return urlsplit(ci.server_url or ci.api_url).hostname or ""


def _is_proxy(name: str, variables: Mapping[str, str]) -> bool:
    return name != "HTTP_PROXY" and name.lower() in _PROXIES and bool(variables[name])


def _proxy(name: str, value: str) -> str:
    shown = value.rpartition("@")[2] if name.lower() != "no_proxy" else value
    return f"{shown} (from {name})"

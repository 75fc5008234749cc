"""Whose a token is: one request, which reads and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import requests

from synapse_bot.domain.errors import ForgeDenied, ForgeFailed
from synapse_bot.forge.http import BoundSession, origin_of

if TYPE_CHECKING:
    from synapse_bot.forge.transport import Transport

_LOGIN_CHARS = 80


def whose(
    forge: Literal["github", "gitlab"], api_url: str, token: str, *, job: bool, transport: Transport
) -> str:
    """The login, or what the token is. ``job`` is for GitLab's CI_JOB_TOKEN.

    Raises ForgeDenied where the token is not valid, ForgeFailed where no answer can be had.
    """
    path, headers = _question(forge, token, job=job)
    session = BoundSession(transport, origin_of(api_url))
    try:
        answer = session.get(f"{api_url.rstrip('/')}{path}", headers=headers)
    except requests.RequestException as error:
        why = type(error).__name__
        raise ForgeFailed(f"no answer ({why})", "See the certificates and the proxy.") from error
    if answer.status_code == requests.codes.unauthorized:
        raise ForgeDenied("the token is not valid", "Make a new one; it may have expired.")
    if answer.status_code == requests.codes.forbidden and forge == "github":
        return "an installation's, as that of a workflow"  # it has no /user
    if answer.status_code != requests.codes.ok:
        raise ForgeFailed(f"the answer is {answer.status_code}", "Is this the address of the API?")
    return _name(answer, job=job)


def _question(forge: str, token: str, *, job: bool) -> tuple[str, dict[str, str]]:
    if forge == "github":
        return "/user", {"Authorization": f"Bearer {token}"}
    return ("/job", {"JOB-TOKEN": token}) if job else ("/user", {"PRIVATE-TOKEN": token})


def _name(answer: requests.Response, *, job: bool) -> str:
    try:
        found = answer.json()
    except ValueError as error:
        raise ForgeFailed("the answer is not JSON", "Is this the address of the API?") from error
    if job:
        return "this job's"
    login = found.get("login") or found.get("username") if isinstance(found, dict) else ""
    return str(login or "")[:_LOGIN_CHARS] or "nobody's"

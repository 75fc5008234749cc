"""The secrets of webhooks, from the environment or from files that it names.

A variable holds one secret, or several with blanks between them while one is replaced. Behind two
underlines stands the tenant whose events it proves; without one it proves everybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synapse_bot.server.receiver import Secrets
from synapse_bot.server.signatures import ANY_TENANT, Secret, signing_key

if TYPE_CHECKING:
    from collections.abc import Container

GITHUB = "SYNAPSE_BOT_GITHUB_WEBHOOK_SECRET"
GITLAB_SIGNING = "SYNAPSE_BOT_GITLAB_SIGNING_TOKEN"
GITLAB_TOKEN = "SYNAPSE_BOT_GITLAB_WEBHOOK_TOKEN"  # noqa: S105 - the name of a variable

_NAME = re.compile(rf"({GITHUB}|{GITLAB_SIGNING}|{GITLAB_TOKEN})(_FILE)?(?:__([A-Z0-9_]+))?")
_SHORTEST = 16  # characters; a shorter one can be guessed


def read_secrets(variables: Mapping[str, str], tenants: Container[str]) -> Secrets:
    """What ``variables`` hold. Raises UsageError for none at all, and naming each that is wrong."""
    found: dict[str, list[Secret]] = {GITHUB: [], GITLAB_SIGNING: [], GITLAB_TOKEN: []}
    for name, value in sorted(variables.items()):
        if match := _NAME.fullmatch(name):
            kind, from_file, owner = match.groups()
            text = _content(name, value) if from_file else value
            found[kind] += _secrets(name, text, _tenant(name, owner, tenants))
    if not any(found.values()):
        raise click.UsageError(f"Nobody could be believed: set {GITHUB} or {GITLAB_SIGNING}.")
    for secret in found[GITLAB_SIGNING]:
        try:
            signing_key(secret.text)
        except ValueError as error:
            raise click.UsageError(f"{GITLAB_SIGNING}: {error}.") from None
    return Secrets(tuple(found[GITHUB]), tuple(found[GITLAB_SIGNING]), tuple(found[GITLAB_TOKEN]))


def secret_variables(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The names that hold secrets themselves, for whoever takes them out of an environment."""
    return tuple(name for name in variables if (found := _NAME.fullmatch(name)) and not found[2])


def _secrets(name: str, text: str, tenant: str) -> Iterator[Secret]:
    for word in text.split():
        if len(word) < _SHORTEST:
            raise click.UsageError(f"{name}: a secret has at least {_SHORTEST} characters.")
        yield Secret(word, tenant)


def _tenant(name: str, owner: str | None, tenants: Container[str]) -> str:
    if owner is None:
        return ANY_TENANT
    tenant = owner.lower().replace("_", "-")
    if tenant not in tenants:
        raise click.UsageError(f"{name}: there is no tenant {tenant!r}.")
    return tenant


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{name}: {path} cannot be read.") from error

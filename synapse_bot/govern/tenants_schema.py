"""The schema of tenants.yaml, checked at the edge. Loads pydantic."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from synapse_bot.config.document import Document, check, parse_document
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.quota import Limits
from synapse_bot.domain.tenant import Tenant, Tenants
from synapse_bot.domain.workflow import LOCAL_TENANT

TenantId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
Installation = Annotated[int, Field(ge=1, lt=1 << 63, strict=True)]
Owner = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,99}$")]
Group = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$")
]
Most = Field(max_length=1_000)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GitHubPart(_Strict):
    installations: Annotated[list[Installation], Most] = Field(
        default=[], description="Installations of the GitHub App, by their numbers."
    )
    owners: Annotated[list[Owner], Most] = Field(
        default=[], description="Users and organisations whose webhooks come without an App."
    )


class GitLabPart(_Strict):
    groups: Annotated[list[Group], Most] = Field(
        default=[], description="Groups with all that lies in them; the nearest one decides."
    )


class QuotaPart(_Strict):
    """What is not given is without limit; an hour and a day are the last ones, not the clock's."""

    reviews_per_hour: int | None = Field(default=None, ge=0)
    parallel: int | None = Field(default=None, ge=1, description="Reviews at one time.")
    tokens_per_day: int | None = Field(default=None, ge=0)
    usd_per_day: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class TenantPart(_Strict):
    github: GitHubPart = GitHubPart()
    gitlab: GitLabPart = GitLabPart()
    quota: QuotaPart = QuotaPart()


class TenantsFile(_Strict):
    """Who shares a fleet: whose repositories are whose, and what each may use."""

    tenants: dict[TenantId, TenantPart] = Field(min_length=1, max_length=10_000)


def parse_tenants(raw: bytes, source: str) -> Tenants:
    """tenants.yaml. Raises ConfigInvalid with one line for every fault."""
    document = parse_document(raw, source)
    parsed = check(document, TenantsFile)
    tenants = {name: _tenant(name, part) for name, part in parsed.tenants.items()}
    _refuse_shared(document, tenants)
    return Tenants(tenants, everybody=LOCAL_TENANT if LOCAL_TENANT in tenants else "")


def tenants_schema() -> dict[str, Any]:
    """The JSON Schema of tenants.yaml as plain data."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TenantsFile.model_json_schema(),
    }


def _tenant(name: str, part: TenantPart) -> Tenant:
    return Tenant(
        name,
        frozenset(part.github.installations),
        frozenset(owner.lower() for owner in part.github.owners),
        frozenset(group.lower() for group in part.gitlab.groups),
        Limits(**part.quota.model_dump()),
    )


def _refuse_shared(document: Document, tenants: dict[str, Tenant]) -> None:
    """Nothing belongs to two tenants: the first to be asked would win."""
    seen: dict[tuple[str, object], str] = {}
    for tenant in tenants.values():
        claims = (
            *(("installation", number) for number in sorted(tenant.installations)),
            *(("owner", name) for name in sorted(tenant.owners)),
            *(("group", name) for name in sorted(tenant.groups)),
        )
        for claim in claims:
            if (other := seen.setdefault(claim, tenant.id)) != tenant.id:
                where = document.at(("tenants", tenant.id))
                raise ConfigInvalid(f"{where}: the {claim[0]} {claim[1]} is {other}'s already")

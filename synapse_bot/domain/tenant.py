"""Tenants: who shares a fleet, and whose a repository is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from synapse_bot.domain.quota import Limits
from synapse_bot.domain.workflow import LOCAL_TENANT


@dataclass(frozen=True, slots=True)
class Tenant:
    """``owners`` of GitHub and ``groups`` of GitLab are in lower case, as forges compare them."""

    id: str
    installations: frozenset[int] = frozenset()
    owners: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    quota: Limits = field(default_factory=Limits)


class TenantBook(Protocol):
    """Whose a repository is, as of now: who asks again may hear of another tenant."""

    @property
    def by_id(self) -> Mapping[str, Tenant]:
        """Every tenant."""
        ...

    def quota(self, tenant: str) -> Limits:
        """What ``tenant`` may use."""
        ...

    def of_github(self, installation: int, repository: str) -> str:
        """The tenant's id, "" where it is nobody's."""
        ...

    def of_gitlab(self, repository: str) -> str:
        """The tenant's id, "" where it is nobody's."""
        ...


@dataclass(frozen=True, slots=True)
class Tenants:
    """Every tenant by id. ``everybody`` takes what no tenant claims; "" is nobody."""

    by_id: Mapping[str, Tenant]
    everybody: str = ""

    def quota(self, tenant: str) -> Limits:
        """What ``tenant`` may use; one that nobody has named is without limit."""
        known = self.by_id.get(tenant)
        return known.quota if known else Limits()

    def of_github(self, installation: int, repository: str) -> str:
        """The tenant's id, "" where it is nobody's. An App's number goes before an owner's name."""
        owner = repository.lower().partition("/")[0]
        for tenant in self.by_id.values():
            if installation in tenant.installations:
                return tenant.id
        if not installation:
            for tenant in self.by_id.values():
                if owner in tenant.owners:
                    return tenant.id
        return self.everybody

    def of_gitlab(self, repository: str) -> str:
        """The tenant with the nearest group around "group/sub/name", "" where it is nobody's."""
        group = repository.lower()
        while "/" in group:
            group = group.rpartition("/")[0]
            for tenant in self.by_id.values():
                if group in tenant.groups:
                    return tenant.id
        return self.everybody


ONE_TENANT = Tenants({LOCAL_TENANT: Tenant(LOCAL_TENANT)}, everybody=LOCAL_TENANT)

"""tenants.yaml: from the forge's own numbers and names to a tenant, and what each may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.tenant import ONE_TENANT, Tenants

if TYPE_CHECKING:
    from pathlib import Path


def load_tenants(path: Path | None) -> Tenants:
    """The tenants of the file at ``path``; without one, a single tenant who is everybody.

    Raises ConfigInvalid with one line for every fault.
    """
    if path is None:
        return ONE_TENANT
    from synapse_bot.config.document import read_bytes
    from synapse_bot.govern.tenants_schema import parse_tenants

    return parse_tenants(read_bytes(path), str(path))

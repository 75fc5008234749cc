"""The queue of a fleet: where reviews wait for a worker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.engine.queue import Waiting
from synapse_bot.runtime.life import WORKFLOW as VERSION
from synapse_bot.store.open import SCHEMES, open_stores
from synapse_bot.wiring.meter import Meter, Most, unlimited

if TYPE_CHECKING:
    from synapse_bot.engine.fleet_queue import FleetQueue
    from synapse_bot.store.open import StoreSet
    from synapse_bot.wiring.meter import LimitsOf

SQLITE = "sqlite:///"
_HINT = "Set engine.database: SYNAPSE_BOT__ENGINE__DATABASE=postgresql://user@host/name."


def open_fleet_stores(database: str) -> StoreSet:
    """The stores of a fleet, as its operator sees them: of all tenants.

    ``database`` is ``postgresql://…``, or ``sqlite:////absolute/file`` for one machine, beside
    which the record lies. Raises ConfigInvalid for another address and StoreUnusable.
    """
    if database.startswith(SCHEMES):
        return open_stores(database, tenant=None)
    path = Path(database.removeprefix(SQLITE))
    if not database.startswith(SQLITE) or not path.is_absolute():
        raise ConfigInvalid("a fleet needs a database to meet in", _HINT)
    return open_stores(path.parent, tenant=None)


def open_queue(
    database: str,
    limits_of: LimitsOf = unlimited,
    waiting: Waiting | None = None,
    stores: StoreSet | None = None,
    most: Most | None = None,
) -> FleetQueue:
    """The queue in ``database``; ``limits_of`` gives a tenant's quota, and ``most`` is what one
    review is counted as until it is known what it used.

    Raises ConfigInvalid, StoreUnusable, and QueueUnusable where no worker was ever started on it.
    """
    from synapse_bot.engine.fleet_queue import FleetQueue
    from synapse_bot.engine.launch import open_client

    stores = stores or open_fleet_stores(database)
    meter = Meter(stores, limits_of)
    return FleetQueue(
        open_client(database),
        stores.workflows,
        VERSION,
        lambda tenant, id, now: meter.admit(tenant, id, now, most or Most()),
        waiting=waiting or Waiting(),
    )

"""What is recorded of old reviews goes: in a folder, or in the database of a fleet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.store.answers import SqliteAnswers
from synapse_bot.store.open import stores_on
from synapse_bot.store.retention import Pruned
from synapse_bot.store.sqlite_file import FILE, SqliteDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from synapse_bot.store.open import StoreSet


@dataclass(frozen=True, slots=True)
class Pruning:
    """What left, or would leave, the record of each tenant, and how many answers of models.

    ``notices`` tell what a person should know, e.g. that a damaged file was moved aside.
    """

    tenants: Mapping[str, Pruned]
    answers: int = 0
    notices: tuple[str, ...] = ()


def prune_folder(folder: Path, before: float, now: float, *, dry_run: bool) -> Pruning:
    """Delete from the record in ``folder`` what is older than ``before``, and shrink its file.

    A dry run leaves every file as it is. Raises StoreUnusable.
    """
    answers = SqliteAnswers(folder).prune(before, dry_run=dry_run)
    if not (folder / FILE).is_file():
        return Pruning({}, answers)
    database = SqliteDatabase(folder, tenant=None, read_only=dry_run)
    tenants = prune_stores(stores_on(database), before, now, dry_run=dry_run)
    if any(any(rows) for rows in tenants.values()) and not dry_run:
        database.compact()
    return Pruning(tenants, answers, tuple(database.notices))


def prune_stores(
    stores: StoreSet, before: float, now: float, *, dry_run: bool
) -> Mapping[str, Pruned]:
    """As the operator, in the name of one tenant after the other: each ledger says what left it.

    Raises StoreUnusable.
    """
    return {
        tenant: stores.of(tenant).retention.prune(before, now=now, dry_run=dry_run)
        for tenant in stores.tenants()
    }

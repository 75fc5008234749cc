"""The Queue family: reviews that wait for a worker. Member: fleet_queue.py, in a database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from synapse_bot.domain.errors import ExitCode, SynapseError

# 1 is taken first; within a priority, who came first is.
URGENT, USUAL, LEISURELY = 1, 5, 9


class QueueFull(SynapseError):
    """More reviews wait than is worth waiting for; ``retry_after_s`` is when to ask again."""

    hint = "Ask again later, or start more workers: synapse-bot worker."
    exit_code = ExitCode.INCOMPLETE

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QuotaSpent(QueueFull):
    """The tenant has had what it may have in this hour or day."""

    hint = "Wait until the quota is new, or raise it."


class QueueUnusable(SynapseError):
    hint = "Is PostgreSQL running, and engine.database (SYNAPSE_BOT__ENGINE__DATABASE) right?"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many reviews wait before no more are taken, of one tenant and of all together."""

    per_tenant: int = 200
    together: int = 2_000


class Queue(Protocol):
    """Its methods block: a server calls them in a thread."""

    def enqueue(
        self,
        request: str,
        *,
        tenant: str,
        change_key: str,
        priority: int,
        delivery_key: str,
        deadline_s: float,
        ref: str = "",
    ) -> str:
        """The id of the workflow that will do ``request``, JSON text as of ``request_json``.

        The same ``delivery_key`` of a tenant again gives the same id and enqueues nothing. What
        waits or works for the same ``change_key`` is cancelled: the newest push wins.
        ``deadline_s`` counts from when a worker begins. Raises QueueFull, QuotaSpent and
        QueueUnusable.
        """
        ...

    def cancel_older(self, change_key: str, *, tenant: str = "", but: str = "") -> int:
        """Cancel what waits or works for ``change_key`` but the workflow ``but``; how many."""
        ...

    def depth(self, tenant: str = "") -> int:
        """How many reviews wait for a worker, of ``tenant`` or of all."""
        ...


def workflow_id(tenant: str, delivery_key: str) -> str:
    """The id that a delivery has wherever it arrives: enqueueing it twice is enqueueing it once."""
    return hashlib.sha256(f"{tenant}\0{delivery_key}".encode()).hexdigest()[:24]

"""A queue in memory: a test double that ships, and what `synapse-bot serve --dry-run` fills."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from synapse_bot.domain.errors import SynapseError
from synapse_bot.engine.queue import QueueFull, workflow_id


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request as it was enqueued."""

    id: str
    request: str
    tenant: str
    change_key: str
    priority: int
    deadline_s: float
    ref: str = ""


@dataclass
class MemoryQueue:
    """Nothing works it off. ``most`` is how many may wait; ``broken`` is raised by every call."""

    most: int = 10_000
    broken: SynapseError | None = None
    waiting: dict[str, Waiting] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

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
        """See the Queue protocol. Raises QueueFull."""
        run = workflow_id(tenant, delivery_key)
        with self._lock:
            self._refuse_broken()
            if run in self.seen:
                return run
            self._cancel(change_key, tenant)
            if len(self.waiting) >= self.most:
                raise QueueFull(f"{self.most} requests wait", retry_after_s=60)
            self.seen.add(run)
            self.waiting[run] = Waiting(run, request, tenant, change_key, priority, deadline_s, ref)
        return run

    def cancel_older(self, change_key: str, *, tenant: str = "", but: str = "") -> int:
        """Forget what waits for ``change_key`` but the request ``but``; how many."""
        with self._lock:
            self._refuse_broken()
            return self._cancel(change_key, tenant, but)

    def depth(self, tenant: str = "") -> int:
        """How many wait, of ``tenant`` or of all."""
        with self._lock:
            self._refuse_broken()
            return sum(not tenant or one.tenant == tenant for one in self.waiting.values())

    def _cancel(self, change_key: str, tenant: str, but: str = "") -> int:
        moot = [
            one.id
            for one in self.waiting.values()
            if one.change_key == change_key and one.tenant == tenant and one.id != but
        ]
        for run in moot:
            del self.waiting[run]
        return len(moot)

    def _refuse_broken(self) -> None:
        if self.broken is not None:
            raise self.broken

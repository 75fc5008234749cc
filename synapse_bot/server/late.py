"""A queue that is opened when it is first used: a server may start before its database is there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from synapse_bot.engine.queue import Queue


class LateQueue:
    """The queue that ``open_it`` gives, once it gives one. Until then each call tries again.

    Every method raises what ``open_it`` raises.
    """

    def __init__(self, open_it: Callable[[], Queue]) -> None:
        self._open_it = open_it
        self._opened: Queue | None = None
        self._lock = threading.Lock()

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
        """See Queue."""
        return self._queue().enqueue(
            request,
            tenant=tenant,
            change_key=change_key,
            priority=priority,
            delivery_key=delivery_key,
            deadline_s=deadline_s,
            ref=ref,
        )

    def cancel_older(self, change_key: str, *, tenant: str = "", but: str = "") -> int:
        """See Queue."""
        return self._queue().cancel_older(change_key, tenant=tenant, but=but)

    def depth(self, tenant: str = "") -> int:
        """See Queue."""
        return self._queue().depth(tenant)

    def _queue(self) -> Queue:
        with self._lock:
            if self._opened is None:
                self._opened = self._open_it()
            return self._opened

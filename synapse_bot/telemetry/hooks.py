"""Hooks: who is told of domain events. A broken listener never breaks a review."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.domain.events import Event, Hook

_log = logging.getLogger(__name__)


class Hooks:
    def __init__(self, listeners: Iterable[Hook] = ()) -> None:
        self._listeners = tuple(listeners)

    def emit(self, event: Event) -> None:
        """Tell every listener, in order. One that raises is logged, and the others are told."""
        for listener in self._listeners:
            try:
                listener(event)
            # The edge between the review and who only watches it: whatever a listener does
            # wrong, the review goes on.
            except Exception:  # noqa: BLE001
                name = getattr(listener, "__qualname__", type(listener).__name__)
                _log.exception("the listener %s failed on %s", name, type(event).__name__)

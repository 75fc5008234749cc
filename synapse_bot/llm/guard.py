"""The switch that keeps tests from calling a real provider: loopback is always allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.llm.errors import LiveCallForbidden

if TYPE_CHECKING:
    from synapse_bot.llm.endpoint import Endpoint

_forbidden = False


def forbid_live_calls(forbidden: bool = True) -> None:
    """For the whole process, from now on."""
    global _forbidden  # noqa: PLW0603  a test run has one switch, whoever makes the model
    _forbidden = forbidden


def check_live(endpoint: Endpoint) -> None:
    """Raises LiveCallForbidden for an endpoint that may not be called."""
    if (_forbidden or not endpoint.live) and not endpoint.origin.is_loopback:
        raise LiveCallForbidden(f"{endpoint.name}: a call to {endpoint.origin} is not allowed here")

"""A broken listener never breaks a review."""

from __future__ import annotations

import logging

import pytest

from synapse_bot.domain.events import DiffRead
from synapse_bot.telemetry.hooks import Hooks

EVENT = DiffRead(1, 2, 3)


def test_every_listener_is_told_in_order():
    told = []
    Hooks([lambda e: told.append(("a", e)), lambda e: told.append(("b", e))]).emit(EVENT)
    assert told == [("a", EVENT), ("b", EVENT)]


def test_a_broken_listener_is_logged_and_the_others_are_told(caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("synapse_bot"), "propagate", True)
    told = []

    def broken(event):
        raise ZeroDivisionError("the display is gone")

    Hooks([broken, told.append]).emit(EVENT)
    assert told == [EVENT]
    assert "broken failed on DiffRead" in caplog.text
    assert "the display is gone" in caplog.text


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interruption_is_not_swallowed(stop):
    def interrupted(event):
        raise stop

    with pytest.raises(stop):
        Hooks([interrupted]).emit(EVENT)


def test_nobody_listening_is_fine():
    Hooks().emit(EVENT)

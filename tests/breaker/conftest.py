"""Breakers in tests: a clock that is set by hand, and settings whose numbers a reader can count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from synapse_bot.breaker.guard import Guard
from synapse_bot.breaker.kept import KeptBreakers
from synapse_bot.breaker.memory import MemoryBreakers
from synapse_bot.breaker.rules import KINDS, Rules
from synapse_bot.breaker.sqlite import SqliteBreakers
from synapse_bot.domain.breaker import Settings

REMOTE = Settings(jitter=0.0, careful=True)  # 5 of 10 within 300 s; 30 s, at most 600 s
HERE = Settings(calls=6, minimum=3, jitter=0.0, first_pause_s=120.0, longest_pause_s=3600.0)


@dataclass
class Clock:
    """Epoch seconds that pass when a test says so."""

    at: float = 1_000_000.0

    def __call__(self) -> float:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += seconds


def rules_with(**by_kind: Settings) -> Callable[[], Rules]:
    """The rules of a test, with ``by_kind`` instead."""
    base = {kind: REMOTE if kind in ("provider", "model") else HERE for kind in KINDS}
    return lambda: Rules({**base, **by_kind})


def in_memory() -> KeptBreakers:
    return KeptBreakers(MemoryBreakers, lambda: False)


def in_folder(folder: Path, busy_s: float = 5.0) -> KeptBreakers:
    store = SqliteBreakers(folder, busy_s=busy_s)
    return KeptBreakers(lambda: store, store.path.is_file)


def guard_of(breakers: KeptBreakers, clock: Callable[[], float], **by_kind: Settings) -> Guard:
    return Guard(breakers, rules_with(**by_kind), now=clock, chance=lambda: 0.5)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def quick(settings: Settings, pause_s: float) -> Settings:
    """``settings`` that a test with a real clock can wait for."""
    return replace(settings, first_pause_s=pause_s)

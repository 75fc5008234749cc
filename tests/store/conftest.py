"""Small runs to record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synapse_bot.store.base import Run


def _run(id_: str = "r1", **other: object) -> Run:
    fields: dict[str, object] = {
        "id": id_,
        "change_key": "repo@1..2",
        "ref": "main...feature",
        "route": "fast",
        "verdict": "pass",
        "findings": 0,
        "started_at": "2026-11-24T06:00:00Z",
        "seconds": 1.5,
        "config_digest": "d",
    }
    return Run(**(fields | other))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    return _run

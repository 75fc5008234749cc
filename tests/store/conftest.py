"""Small runs to record, in both databases, and processes that race for them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.domain.workflow import Workflow, WorkflowState
from synapse_bot.store.base import Run
from synapse_bot.store.open import StoreSet, open_stores

ROOT = Path(__file__).parents[2]


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


def _workflow(id_: str = "w1", **other: object) -> Workflow:
    fields: dict[str, object] = {
        "id": id_,
        "tenant": "local",
        "change_key": "shop#7@abc",
        "ref": "main...feature",
        "version": "1",
        "config_digest": "",
        "request": '{"pr": 7}',
        "state": WorkflowState.QUEUED,
        "started_at": 1_000.0,
        "deadline_at": 1_600.0,
        "owner": "",
        "heartbeat_at": 1_000.0,
        "attempts": 0,
    }
    return Workflow(**(fields | other))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def make_workflow() -> Callable[..., Workflow]:
    return _workflow


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where stores are opened: every test that takes it runs on both databases."""
    if request.param == "sqlite":
        return str(tmp_path / "state")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def stores(place: str) -> Iterator[StoreSet]:
    stores = open_stores(place)
    yield stores
    stores.close()


@pytest.fixture
def race(place: str, tmp_path: Path) -> Callable[..., list[Any]]:
    """Runs code in several processes at once, each with `stores`, and returns what each printed.

    All of them have opened the stores and wait at the line before one may cross it.
    """

    def run(code: str, *, processes: int = 4) -> list[Any]:
        script = _BEFORE + code
        argv = [sys.executable, "-c", script, place]
        pipe = subprocess.PIPE
        children = [
            subprocess.Popen([*argv, str(n)], cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
            for n in range(processes)
        ]
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        for child in children:
            assert child.stdin is not None
            child.stdin.close()
        said = [json.loads(child.stdout.read()) for child in children if child.stdout is not None]
        assert [child.wait(timeout=60) for child in children] == [0] * processes
        return said

    return run


_BEFORE = """
import json, sys
from synapse_bot.store.open import open_stores
stores, me = open_stores(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.read()
"""

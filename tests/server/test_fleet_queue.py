"""A webhook ends in the fleet's own queue, on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.domain.workflow import WorkflowState
from synapse_bot.runtime.request_json import request_of
from synapse_bot.server.late import LateQueue
from synapse_bot.server.memory import MemoryQueue
from synapse_bot.wiring.queues import open_fleet_stores, open_queue

from .conftest import Door, OpenDoor, pull_request


@pytest.fixture
def fleet_door(open_door: OpenDoor, postgres_url: str, tmp_path: Path) -> Iterator[Door]:
    """A server in front of a queue on which a worker has been once."""
    environ = {**os.environ, "SYNAPSE_BOT__ENGINE__DATABASE": postgres_url, "HOME": str(tmp_path)}
    argv = [sys.executable, "-m", "synapse_bot", "worker", "--until-empty"]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    with open_queue(postgres_url) as queue:
        yield open_door(queue=queue)


def test_a_server_that_comes_before_its_queue_opens_it_when_it_is_there(
    open_door: OpenDoor,
) -> None:
    found: list[MemoryQueue] = []

    def open_it() -> MemoryQueue:
        if not found:
            raise StoreUnusable("not yet")
        return found[0]

    door = open_door(queue=LateQueue(open_it))
    assert door.github(pull_request()).status_code == 503
    assert door.get("/readyz").status_code == 503
    found.append(MemoryQueue())
    assert door.github(pull_request()).status_code == 202
    assert door.get("/readyz").status_code == 200
    assert door.github(pull_request("closed")).json() == {"cancelled": 1}


def test_a_delivery_waits_in_the_fleet_s_own_queue(fleet_door: Door, postgres_url: str) -> None:
    assert fleet_door.get("/readyz").status_code == 200
    answers = [fleet_door.github(pull_request()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    stores = open_fleet_stores(postgres_url)
    try:
        (row,) = stores.workflows.list()
        assert {answer.json()["id"] for answer in answers} == {row.id}
        assert (row.change_key, row.ref, row.tenant) == ("github:team/shop#7", "#7", "local")
        assert row.state is WorkflowState.QUEUED
        remote = request_of(row.request).asked.remote
        assert remote is not None
        assert remote.repository == "team/shop"
        assert fleet_door.github(pull_request("closed")).json() == {"cancelled": 1}
        (row,) = stores.workflows.list()
        assert row.state is WorkflowState.CANCELLED
    finally:
        stores.close()


def test_while_the_database_is_away_a_delivery_is_a_later_please_and_then_it_goes_on(
    fleet_door: Door, postgres_url: str, postgres_server: Any
) -> None:
    assert fleet_door.github(pull_request()).status_code == 202
    name = urlsplit(postgres_url).path.strip("/")
    postgres_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres_server.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    pushed = pull_request("synchronize")
    try:
        answer = fleet_door.github(pushed)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert fleet_door.get("/readyz").status_code == 503
    finally:
        postgres_server.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    end = time.monotonic() + 120
    while fleet_door.github(pushed).status_code != 202:
        assert time.monotonic() < end
    assert fleet_door.get("/readyz").status_code == 200


def test_before_any_worker_was_there_readiness_and_deliveries_say_the_same(
    open_door: OpenDoor, postgres_url: str
) -> None:
    door = open_door(queue=LateQueue(lambda: open_queue(postgres_url)))
    assert door.get("/readyz").status_code == 503
    assert door.github(pull_request()).status_code == 503
    assert open_fleet_stores(postgres_url).workflows.list() == (), "nothing is half added"

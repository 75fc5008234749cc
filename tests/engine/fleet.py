"""A worker in a process of its own, whose jobs are scripted: what the fleet's tests start and kill.

    python -m tests.engine.fleet DATABASE FOLDER [OPTION=VALUE]...

Each job has three kept steps of ``step_s`` seconds and a post, of a comment into FOLDER.
Every effect that is done is noted there, for a test to count what was lost or done twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from threading import Event

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.quota import Limits
from synapse_bot.engine.fleet_worker import Pace
from synapse_bot.engine.liveness import executor_id
from synapse_bot.wiring.jobs import Site
from synapse_bot.wiring.queues import open_fleet_stores
from synapse_bot.wiring.workers import Shift, work
from tests.engine.sweep import Plain, note

NARROW = "narrow"  # a tenant that may have one review at a time
STEPS = ("classify", "examine", "settle")


class Script:
    """A job: ``step_s`` is in the request, so that each review can be as slow as a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def __call__(self, row, engine) -> None:
        asked = json.loads(row.request)
        notes = self.folder / f"{row.id}.notes"
        note(notes, f"begun {os.getpid()} {time.time()}")
        if asked.get("poison"):
            os.kill(os.getpid(), signal.SIGKILL)
        if asked.get("fails"):
            raise ConfigInvalid("as it was told to")
        try:
            for name in STEPS:
                await engine.step(name, lambda name=name: self.effect(notes, name, asked), Plain())
                note(notes, f"kept {name}")
            await engine.step("post", lambda: self.post(row, notes), Plain())
        except asyncio.CancelledError:
            note(notes, "cancelled")
            raise
        note(notes, f"ended {os.getpid()} {time.time()}")

    async def effect(self, notes: Path, name: str, asked) -> str:
        await asyncio.sleep(asked.get("step_s", 0.0))
        note(notes, f"effect {name}")
        return name

    async def post(self, row, notes: Path) -> str:
        """As on a forge: look whether the comment stands, and write it where it does not. Two
        workers at work on one review at the same time would write it twice."""
        comments = self.folder / f"{row.id}.comments"
        if comments.exists():
            note(notes, "found posted")
            return "found"
        await asyncio.sleep(0.02)
        note(comments, row.change_key)
        note(notes, "posted")
        return "posted"


def main() -> None:
    database, folder, *options = sys.argv[1:]
    given = dict(option.split("=") for option in options)
    numbers = {name: float(value) for name, value in given.items()}
    pace = Pace(
        beat_s=numbers.get("beat_s", 0.5),
        stale_s=numbers.get("stale_s", 3.0),
        reap_s=numbers.get("reap_s", 0.5),
        most_attempts=int(numbers.get("attempts", 5)),
    )
    shift = Shift(
        database,
        at_once=int(numbers.get("at_once", 4)),
        per_tenant=int(numbers.get("per_tenant", 4)),
        grace_s=int(numbers.get("grace_s", 5)),
        until_empty=bool(numbers.get("until_empty", 0)),
        poll_s=numbers.get("poll_s", 0.1),
        pace=pace,
    )
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with tempfile.TemporaryDirectory() as home:
        site = Site(
            stores=open_fleet_stores(database),
            host=None,  # a scripted job asks nothing of the machine
            home=Path(home),
            state=Path(home),
            owner=executor_id(),
            with_token=lambda remote, _: remote,
            limits_of=lambda tenant: Limits(parallel=1) if tenant == NARROW else Limits(),
        )
        work(shift, site, stop, Script(Path(folder)))


if __name__ == "__main__":
    main()

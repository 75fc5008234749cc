"""One worker of a fleet, from its start to its end."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from synapse_bot.domain.workflow import WorkflowState
from synapse_bot.engine.dbos_database import alone
from synapse_bot.engine.fleet_queue import QUEUE, FleetQueue
from synapse_bot.engine.fleet_worker import FleetWorker, Pace
from synapse_bot.engine.launch import DbosSettings, launch, open_client
from synapse_bot.engine.reaper import Reaper
from synapse_bot.runtime.life import WORKFLOW as VERSION
from synapse_bot.wiring.jobs import do_job

if TYPE_CHECKING:
    from threading import Event

    from synapse_bot.engine.fleet_worker import Job
    from synapse_bot.wiring.jobs import Site

_LOG = logging.getLogger("synapse_bot.worker")


@dataclass(frozen=True, slots=True)
class Shift:
    """How a worker works. ``at_once`` is this process's, ``per_tenant`` the whole fleet's.

    At its end it waits ``grace_s`` for what it has begun; the rest goes back into the queue. With
    ``until_empty`` it ends by itself when nothing waits and nobody works. ``keep_days`` after a
    review has ended its checkpoints are deleted.
    """

    database: str
    at_once: int = 4
    per_tenant: int = 4
    grace_s: int = 60
    until_empty: bool = False
    migrate: bool = True
    poll_s: float = 0.5
    keep_days: int = 90
    pace: Pace = field(default_factory=Pace)


def work(shift: Shift, site: Site, stop: Event, job: Job | None = None) -> None:
    """Work until ``stop`` is set. Raises QueueUnusable and StoreUnusable where it cannot begin.

    ``job`` is what is done with one review; ``do_job`` unless told otherwise.
    """
    book = site.stores.workflows
    meter = site.meter
    worker = FleetWorker(
        book, job or partial(do_job, site), site.owner, shift.pace, places_of=meter.places
    )
    settings = DbosSettings(
        shift.database,
        executor=site.owner,
        version=VERSION,
        queues=(QUEUE,),
        migrate=shift.migrate,
    )
    dbos = launch(settings, worker.body)
    client = open_client(shift.database)
    queue = FleetQueue(client, book, VERSION)
    reaper = Reaper(
        client,
        book,
        partial(alone, shift.database),
        queue.hand_over,
        owner=site.owner,
        stale_s=shift.pace.stale_s,
        keep_s=shift.keep_days * 86_400.0,
        settle=meter.settle_ended,
    )
    worker.begin(queue.put_back)
    try:
        dbos.work_on(QUEUE, at_once=shift.at_once, per_tenant=shift.per_tenant, poll_s=shift.poll_s)
        reaper.run(shift.pace.reap_s)
        _LOG.info("worker %s: ready", site.owner)
        _wait(shift, site, worker, stop)
    finally:
        reaper.stop()
        _LOG.info("worker %s: stops, %d at work", site.owner, len(worker.at_work))
        dbos.close(shift.grace_s if worker.at_work else 0)
        for run in worker.end():
            queue.put_back(run)
            _LOG.info("run %s: given back", run)
        client.destroy()


def _wait(shift: Shift, site: Site, worker: FleetWorker, stop: Event) -> None:
    while not stop.wait(shift.poll_s):
        if shift.until_empty and not worker.at_work and not _open(site):
            return


def _open(site: Site) -> bool:
    book = site.stores.workflows
    return any(
        book.list(state=state, limit=1) for state in (WorkflowState.QUEUED, WorkflowState.RUNNING)
    )

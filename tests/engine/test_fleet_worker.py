"""FleetWorker over a real record: whose a run is, and when a worker lets go of one."""

from __future__ import annotations

import asyncio
import time

import pytest

from synapse_bot.domain.errors import ConfigInvalid, RunCancelled, StoreUnusable
from synapse_bot.domain.quota import Places
from synapse_bot.domain.workflow import Workflow, WorkflowState
from synapse_bot.engine.durable import DbosEngine
from synapse_bot.engine.fleet_worker import FleetWorker, Pace
from synapse_bot.store.open import open_stores
from synapse_bot.wiring.workers import Shift

QUICK = Pace(beat_s=0.05, stale_s=0.5, most_attempts=3)


class Away:
    """The record, which cannot be reached while ``away``."""

    def __init__(self, book):
        self.book, self.away = book, False

    def __getattr__(self, name):
        if self.away:
            raise StoreUnusable("the database is away")
        return getattr(self.book, name)


@pytest.fixture
def book(tmp_path):
    stores = open_stores(tmp_path, tenant=None)
    now = time.time()
    stores.workflows.begin(
        Workflow("run", "acme", "github:o/n#7", "", "1", "", "{}", WorkflowState.QUEUED, now,
                 now + 60, "", now, 0)
    )  # fmt: skip
    return Away(stores.workflows)


def life(book, job, owner="me"):
    worker = FleetWorker(book, job, owner, QUICK)
    worker.begin()
    try:
        return asyncio.run(worker.body("{}", DbosEngine("run")))
    finally:
        worker.end()


def test_the_usual_pace_has_the_runs_of_a_dead_worker_at_work_within_thirty_seconds():
    pace, poll_s = Pace(), Shift("").poll_s
    assert pace.beat_s * 3 < pace.stale_s, "two beats may be missed"
    assert pace.stale_s + pace.reap_s + 2 * poll_s + 1 <= 30


def test_a_job_that_ends_ends_its_run(book):
    async def job(row, engine):
        assert (row.owner, row.attempts, row.state) == ("me", 1, WorkflowState.RUNNING)

    assert life(book, job) == {"run": "run", "state": "done"}
    assert book.find("run").state is WorkflowState.DONE


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ConfigInvalid("bad", "Mend it."), "bad (Mend it.)"),
        (LookupError("a\n\x1b[31m ghp_" + "a1B2" * 9), "LookupError: a <U+001B>[31m ghp_****"),
    ],
)
def test_what_a_job_raises_fails_its_run_in_one_harmless_line(book, error, why):
    async def job(row, engine):
        raise error

    assert life(book, job)["state"] == "failed"
    assert book.find("run").why == why


def test_a_run_that_another_works_on_is_waited_for_and_not_done_twice(book):
    book.claim("run", "other", now=time.time(), stale_s=60, most_attempts=3)
    jobs = []

    async def job(row, engine):
        jobs.append(row)

    async def together():
        worker = FleetWorker(book, job, "me", Pace(beat_s=0.05, stale_s=60))
        waiting = asyncio.create_task(worker.body("{}", DbosEngine("run")))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        book.finish("run", "other", WorkflowState.DONE, time.time())
        return await waiting

    assert asyncio.run(together())["state"] == "ended elsewhere"
    assert jobs == []


def test_a_run_whose_worker_fell_silent_is_taken_over(book):
    book.claim("run", "dead", now=time.time() - 60, stale_s=1, most_attempts=3)

    async def job(row, engine):
        assert (row.owner, row.attempts) == ("me", 2)

    assert life(book, job)["state"] == "done"


def test_a_run_that_is_cancelled_in_the_record_is_cancelled_here(book):
    seen = []

    async def job(row, engine):
        book.cancel("run", time.time(), "a newer push")
        try:
            await asyncio.sleep(20)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    with pytest.raises(asyncio.CancelledError):
        life(book, job)
    assert seen == ["cancelled"]
    assert book.find("run").state is WorkflowState.CANCELLED


def test_a_job_that_sees_that_it_is_cancelled_is_told_of_as_cancelled_and_not_as_failed(
    book, caplog
):
    async def job(row, engine):
        book.cancel("run", time.time(), "a newer push")
        raise RunCancelled("the run was cancelled, or taken over")

    with caplog.at_level("INFO", "synapse_bot.worker"):
        assert life(book, job) == {"run": "run", "state": "cancelled"}
    assert "run run of acme: cancelled a newer push" in caplog.messages
    assert book.find("run").state is WorkflowState.CANCELLED


def test_a_job_whose_run_was_taken_over_ends_nothing_of_the_others(book, caplog):
    async def job(row, engine):
        book.claim("run", "other", now=time.time() + 60, stale_s=1, most_attempts=3)
        raise RunCancelled("the run was cancelled, or taken over")

    with caplog.at_level("INFO", "synapse_bot.worker"):
        assert life(book, job)["state"] == "taken over"
    assert not any("failed" in message for message in caplog.messages)
    assert (book.find("run").state, book.find("run").owner) == (WorkflowState.RUNNING, "other")


def test_a_run_without_a_place_is_put_back_and_asked_again_while_the_queue_is_away(book):
    asked = []

    def put_back(run):
        asked.append(run)
        if len(asked) == 1:
            raise StoreUnusable("the queue is away")

    async def job(row, engine):
        pytest.fail("it has no place")

    worker = FleetWorker(book, job, "me", QUICK, places_of=lambda tenant: Places(tenant, 0))
    worker.begin(put_back)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(worker.body("{}", DbosEngine("run")))
    end = time.monotonic() + 60
    while len(asked) < 2 and time.monotonic() < end:
        time.sleep(0.02)
    assert worker.end() == (), "it is the queue's again"
    assert asked == ["run", "run"]
    assert (book.find("run").state, book.find("run").attempts) == (WorkflowState.QUEUED, 0)


def test_what_has_no_place_when_its_process_stops_is_given_back(book):
    async def job(row, engine):
        pytest.fail("it has no place")

    worker = FleetWorker(book, job, "me", Pace(), places_of=lambda tenant: Places(tenant, 0))
    worker.begin()
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(worker.body("{}", DbosEngine("run")))
    assert worker.end() == ("run",)


def test_a_worker_that_cannot_say_that_it_lives_stops_before_another_may_begin(book):
    async def job(row, engine):
        book.away = True
        await asyncio.sleep(20)

    with pytest.raises(asyncio.CancelledError):
        life(book, job)
    book.away = False
    assert book.find("run").state is WorkflowState.RUNNING, "for another worker to take over"


def test_a_record_that_is_away_for_a_moment_ends_nothing(book):
    async def job(row, engine):
        book.away = True
        await asyncio.sleep(QUICK.stale_s / 2)
        book.away = False
        await asyncio.sleep(QUICK.stale_s)

    assert life(book, job)["state"] == "done"


def test_a_run_whose_end_cannot_be_recorded_stays_for_another_life(book):
    async def job(row, engine):
        book.away = True

    with pytest.raises(asyncio.CancelledError):
        life(book, job)
    book.away = False
    assert book.find("run").state is WorkflowState.RUNNING


def test_what_is_at_work_when_its_process_stops_can_be_claimed_at_once(book):
    begun = asyncio.Event()

    async def job(row, engine):
        begun.set()
        await asyncio.sleep(20)

    async def stopped():
        worker = FleetWorker(book, job, "me", Pace())
        worker.begin()
        task = asyncio.create_task(worker.body("{}", DbosEngine("run")))
        await begun.wait()
        assert worker.at_work == ("run",)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return worker.end()

    assert asyncio.run(stopped()) == ("run",)
    taken = book.claim("run", "other", now=time.time(), stale_s=60, most_attempts=3)
    assert taken is not None

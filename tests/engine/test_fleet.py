"""A fleet on PostgreSQL: real workers in processes of their own, a real queue, real deaths."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from synapse_bot.domain.quota import Limits
from synapse_bot.domain.workflow import WorkflowState
from synapse_bot.engine.dbos_database import alone
from synapse_bot.engine.launch import open_client
from synapse_bot.engine.queue import (
    USUAL,
    QueueFull,
    QueueUnusable,
    QuotaSpent,
    Waiting,
    workflow_id,
)
from synapse_bot.engine.reaper import Reaper
from synapse_bot.wiring.meter import Most
from synapse_bot.wiring.queues import open_fleet_stores, open_queue

ROOT = Path(__file__).parents[2]


class Fleet:
    """Starts and kills workers on one database; what they did is noted in ``folder``."""

    def __init__(self, database: str, folder: Path, stack: ExitStack) -> None:
        self.database, self.folder, self.stack = database, folder, stack
        self.stores = open_fleet_stores(database)
        self.workers: list[subprocess.Popen[str]] = []
        self.number = 0

    def worker(self, **options: float) -> subprocess.Popen[str]:
        """A worker that is ready."""
        argv = [f"{name}={value}" for name, value in options.items()]
        log = self.stack.enter_context((self.folder / f"worker{len(self.workers)}.log").open("w+"))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.fleet", self.database, str(self.folder), *argv],
            cwd=ROOT,
            stderr=log,
            text=True,
        )
        self.workers.append(process)
        self.until(lambda: ": ready" in Path(log.name).read_text() or process.poll() is not None)
        return process

    def queue(
        self,
        limits: Limits | None = None,
        waiting: Waiting | None = None,
        most: Most | None = None,
    ):
        given = (lambda tenant: limits or Limits(), waiting, self.stores, most)
        return self.stack.enter_context(open_queue(self.database, *given))

    def add(self, queue, change="github:o/n#1", *, tenant="local", key="", priority=USUAL, **asked):
        self.number += 1
        return queue.enqueue(
            json.dumps(asked),
            tenant=tenant,
            change_key=change,
            priority=priority,
            delivery_key=key or f"delivery{self.number}",
            deadline_s=120,
        )

    def reaper(self, queue, hours: float = 0.0) -> Reaper:
        """One whose clock is ahead."""
        client = open_client(self.database)
        self.stack.callback(client.destroy)
        return Reaper(
            client,
            self.stores.workflows,
            partial(alone, self.database),
            queue.hand_over,
            owner="reaper",
            stale_s=20,
            keep_s=86_400,
            clock=lambda: time.time() + hours * 3600,
        )

    def state(self, id: str) -> WorkflowState:
        return self.row(id).state

    def row(self, id: str):
        return self.stores.workflows.find(id)

    def notes(self, id: str) -> list[str]:
        path = self.folder / f"{id}.notes"
        return path.read_text().splitlines() if path.exists() else []

    def comments(self, id: str) -> list[str]:
        return (self.folder / f"{id}.comments").read_text().splitlines()

    def until(self, happened, seconds: float = 60.0) -> None:
        for _ in range(int(seconds / 0.05)):
            if happened():
                return
            time.sleep(0.05)
        logs = [path.read_text() for path in sorted(self.folder.glob("*.log"))]
        pytest.fail("it never happened; the workers say:\n" + "\n".join(logs))

    def until_ended(self, *ids: str) -> None:
        self.until(lambda: all(self.state(id).ended for id in ids))

    def close(self) -> None:
        for process in self.workers:
            process.kill()
            process.wait()
        self.stores.close()


@pytest.fixture
def fleet(fleet_url, tmp_path):
    with ExitStack() as stack:
        fleet = Fleet(fleet_url, tmp_path, stack)
        stack.callback(fleet.close)
        yield fleet


def test_a_delivery_that_comes_twice_is_one_review(fleet):
    fleet.worker()
    queue = fleet.queue()
    ids = {fleet.add(queue, key="same") for _ in range(3)}
    assert ids == {workflow_id("local", "same")}
    fleet.until_ended(*ids)
    assert {fleet.add(queue, key="same")} == ids
    assert len(fleet.comments(*ids)) == 1
    assert fleet.notes(*ids).count("effect classify") == 1


def test_the_newest_push_of_a_change_cancels_the_older_ones_and_no_other(fleet):
    fleet.worker()
    queue = fleet.queue()
    other = fleet.add(queue, "github:o/n#11", step_s=0.01)
    first = fleet.add(queue, step_s=30)
    fleet.until(lambda: fleet.notes(first))
    second = fleet.add(queue, step_s=0.01)
    fleet.until_ended(first, second, other)
    assert fleet.state(first) is WorkflowState.CANCELLED
    assert "newer push" in fleet.row(first).why
    assert fleet.state(second) is fleet.state(other) is WorkflowState.DONE
    fleet.until(lambda: "cancelled" in fleet.notes(first))


@pytest.fixture
def fleet_on_a_file(tmp_path):
    """A fleet of one machine."""
    with ExitStack() as stack:
        fleet = Fleet(f"sqlite:///{tmp_path}/queue.sqlite3", tmp_path, stack)
        stack.callback(fleet.close)
        yield fleet


@pytest.mark.parametrize("place", ["fleet", "fleet_on_a_file"])
def test_a_dead_workers_reviews_are_finished_by_another_without_doing_anything_twice(
    place, request
):
    fleet = request.getfixturevalue(place)
    doomed = fleet.worker()
    queue = fleet.queue()
    ids = [fleet.add(queue, f"github:o/n#{n}", step_s=0.6) for n in range(3)]
    fleet.until(lambda: all("kept classify" in fleet.notes(id) for id in ids))
    doomed.kill()
    fleet.worker()
    fleet.until_ended(*ids)
    for id in ids:
        assert fleet.state(id) is WorkflowState.DONE
        assert fleet.row(id).attempts == 2
        assert fleet.notes(id).count("effect classify") == 1
        assert len(fleet.comments(id)) == 1


def test_a_review_that_kills_its_workers_is_given_up_and_says_so(fleet):
    queue_opened_by = fleet.worker(attempts=2)
    queue = fleet.queue()
    poison = fleet.add(queue, poison=True)
    queue_opened_by.wait(60)
    fleet.worker(attempts=2).wait(60)
    fleet.worker(attempts=2)
    fleet.until_ended(poison)
    assert fleet.state(poison) is WorkflowState.FAILED
    assert "tried 2 times" in fleet.row(poison).why
    assert sum(line.startswith("begun") for line in fleet.notes(poison)) == 2


def test_a_worker_that_is_told_to_stop_finishes_what_it_has_begun_and_takes_nothing_more(fleet):
    worker = fleet.worker(at_once=1, grace_s=30)
    queue = fleet.queue()
    first = fleet.add(queue, "github:o/n#1", step_s=0.5)
    second = fleet.add(queue, "github:o/n#2")
    fleet.until(lambda: fleet.notes(first))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert fleet.state(first) is WorkflowState.DONE
    assert fleet.state(second) is WorkflowState.QUEUED


def test_what_does_not_end_within_the_grace_is_given_back_at_once(fleet):
    worker = fleet.worker(grace_s=1, stale_s=60)
    queue = fleet.queue()
    id = fleet.add(queue, step_s=2)
    fleet.until(lambda: fleet.notes(id))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    # Nobody waits the sixty seconds after which a worker counts as dead.
    fleet.worker(stale_s=60)
    fleet.until_ended(id)
    assert fleet.state(id) is WorkflowState.DONE


def test_urgent_changes_go_first(fleet):
    queue = fleet.queue()
    usual = [fleet.add(queue, f"github:o/n#{n}", priority=5) for n in range(4)]
    urgent = fleet.add(queue, "github:o/n#9", priority=1)
    fleet.worker(at_once=1)
    fleet.until_ended(urgent, *usual)
    begun = {id: float(fleet.notes(id)[0].split()[2]) for id in (urgent, *usual)}
    assert min(begun, key=begun.get) == urgent


def test_a_full_queue_refuses_and_says_when_to_ask_again(fleet):
    queue = fleet.queue(waiting=Waiting(per_tenant=2, together=3))
    known = fleet.add(queue, "github:o/n#1", key="known")
    fleet.add(queue, "github:o/n#2")
    with pytest.raises(QueueFull) as refused:
        fleet.add(queue, "github:o/n#3")
    assert refused.value.retry_after_s > 0
    assert fleet.add(queue, key="known") == known, "what is there already is not refused"
    fleet.add(queue, "github:p/n#1", tenant="other")
    with pytest.raises(QueueFull):
        fleet.add(queue, "github:p/n#2", tenant="third")


def test_a_spent_quota_refuses_before_anything_is_enqueued(fleet):
    queue = fleet.queue(Limits(reviews_per_hour=1))
    fleet.add(queue, "github:o/n#1")
    with pytest.raises(QuotaSpent, match="reviews per hour") as refused:
        fleet.add(queue, "github:o/n#2")
    assert 0 < refused.value.retry_after_s <= 3600
    assert queue.depth("local") == 1
    fleet.add(queue, "github:p/n#1", tenant="other")


def test_a_review_that_was_half_enqueued_is_found_and_made(fleet, monkeypatch):
    queue = fleet.queue()
    monkeypatch.setattr(queue, "hand_over", lambda workflow, priority: None)  # its process dies
    id = fleet.add(queue)
    monkeypatch.undo()
    assert fleet.state(id) is WorkflowState.QUEUED
    later = fleet.queue()
    assert fleet.add(later, key=f"delivery{fleet.number}") == id, "the forge delivers it again"
    fleet.worker()
    fleet.until_ended(id)
    assert fleet.state(id) is WorkflowState.DONE


def test_the_reaper_adds_what_was_half_enqueued_and_never_came_again(fleet, monkeypatch):
    queue = fleet.queue()
    monkeypatch.setattr(queue, "hand_over", lambda workflow, priority: None)
    id = fleet.add(queue)
    monkeypatch.undo()
    assert fleet.reaper(queue).reap() == (), "it may be about to be handed over"
    assert fleet.reaper(queue, hours=1).reap() == (id,)
    assert fleet.reaper(queue, hours=1).reap() == (), "it waits, and is known"
    fleet.worker()
    fleet.until_ended(id)
    assert fleet.state(id) is WorkflowState.DONE


def test_what_ended_long_ago_is_deleted_and_what_is_young_or_waits_is_kept(fleet):
    worker = fleet.worker()
    queue = fleet.queue()
    done = fleet.add(queue, "github:o/n#1")
    fleet.until_ended(done)
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
    waits = fleet.add(queue, "github:o/n#2")
    client = open_client(fleet.database)
    fleet.stack.callback(client.destroy)

    def known():
        return {status.workflow_id for status in client.list_workflows()}

    fleet.reaper(queue, hours=23).reap()
    assert known() == {done, waits}
    fleet.reaper(queue, hours=25).reap()
    assert known() == {waits}
    assert fleet.state(done) is WorkflowState.DONE, "its own record stays"


def test_one_process_reaps_at_a_time(fleet):
    with alone(fleet.database) as first, alone(fleet.database) as second:
        assert (first, second) == (True, False)
    with alone(fleet.database) as later:
        assert later


def test_a_noisy_tenant_leaves_the_other_its_places(fleet):
    for _ in range(2):
        fleet.worker(at_once=4, per_tenant=4)
    queue = fleet.queue()
    noisy = [fleet.add(queue, f"github:a/n#{n}", tenant="noisy", step_s=0.1) for n in range(30)]
    quiet = [fleet.add(queue, f"github:b/n#{n}", tenant="quiet", step_s=0.1) for n in range(4)]
    fleet.until_ended(*quiet)
    assert sum(fleet.state(id).ended for id in noisy) < len(noisy) / 2
    fleet.until_ended(*noisy)
    assert all(fleet.state(id) is WorkflowState.DONE for id in (*noisy, *quiet))


def lived(fleet, id: str) -> tuple[float, float]:
    """When its job began and ended."""
    begun, *_, ended = (line.split() for line in fleet.notes(id))
    assert (begun[0], ended[0]) == ("begun", "ended")
    return float(begun[2]), float(ended[2])


def test_a_tenant_never_has_more_at_work_than_it_may(fleet):
    for _ in range(2):
        fleet.worker(at_once=3, per_tenant=3)
    queue = fleet.queue()
    ids = [fleet.add(queue, f"github:a/n#{n}", tenant="narrow", step_s=0.1) for n in range(5)]
    fleet.until_ended(*ids)
    spans = sorted(lived(fleet, id) for id in ids)
    assert all(after[0] >= before[1] for before, after in itertools.pairwise(spans))
    assert {fleet.state(id) for id in ids} == {WorkflowState.DONE}
    assert {fleet.row(id).attempts for id in ids} == {1}, "waiting is no attempt"


def test_what_waits_for_its_tenants_place_keeps_none_of_another(fleet):
    fleet.worker(at_once=2, per_tenant=2)
    queue = fleet.queue()
    narrow = [fleet.add(queue, f"github:a/n#{n}", tenant="narrow", step_s=60) for n in range(4)]
    fleet.until(lambda: any(fleet.notes(id) for id in narrow))
    wide = [fleet.add(queue, f"github:b/n#{n}", tenant="wide") for n in range(3)]
    fleet.until_ended(*wide)
    (at_work,) = (id for id in narrow if fleet.notes(id))
    queue.cancel(at_work, "by hand")
    fleet.until(lambda: sum(bool(fleet.notes(id)) for id in narrow) == 2)


def test_however_a_review_ends_it_keeps_no_guess_of_what_it_might_have_used(fleet):
    limits, most = Limits(tokens_per_day=1_000_000), Most(1_000, 0.5)
    queue = fleet.queue(limits, most=most)
    for _ in range(2):
        fleet.worker(attempts=1)
    poisoned = fleet.add(queue, "github:o/n#1", poison=True)
    fleet.until_ended(poisoned)
    failed = fleet.add(queue, "github:o/n#2", fails=True)
    done = fleet.add(queue, "github:o/n#3")
    at_work = fleet.add(queue, "github:o/n#4", step_s=30)
    fleet.until(lambda: fleet.notes(at_work))
    assert fleet.stores.quotas.used("local", time.time()).tokens >= 1_000
    queue.cancel(at_work, "by hand")
    fleet.until_ended(failed, done)
    fleet.until(lambda: fleet.stores.quotas.used("local", time.time()).tokens == 0)
    states = [str(fleet.state(id)) for id in (poisoned, failed, done, at_work)]
    assert states == ["failed", "failed", "done", "cancelled"]
    assert fleet.stores.quotas.used("local", time.time()).reviews == 4


def test_what_waits_and_is_cancelled_gives_back_what_was_held_for_it(fleet):
    queue = fleet.queue(Limits(tokens_per_day=1_500), most=Most(1_000))
    waits = fleet.add(queue, "github:o/n#1")
    with pytest.raises(QuotaSpent, match="tokens per day"):
        fleet.add(queue, "github:o/n#2")
    queue.cancel(waits, "by hand")
    fleet.worker()
    fleet.until(lambda: fleet.stores.quotas.used("local", time.time()).tokens == 0)
    fleet.add(queue, "github:o/n#2")


def test_a_database_without_a_worker_refuses_the_queue_rather_than_the_delivery(postgres_url):
    with pytest.raises(QueueUnusable):
        open_queue(postgres_url)

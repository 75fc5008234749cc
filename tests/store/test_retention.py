"""What is older than the retention goes, what is needed stays, and the ledger says so."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from synapse_bot.domain.ledger import Entry
from synapse_bot.domain.quota import Limits
from synapse_bot.domain.workflow import Recorded, WorkflowState
from synapse_bot.store.open import StoreSet, open_stores
from synapse_bot.store.retention import Pruned

DAY = 86_400.0
NONE = Pruned(0, 0, 0, 0, 0, 0)


@pytest.fixture
def now() -> float:
    return time.time() + 10 * DAY  # what the database dates by itself is ten days old then


def fill(stores: StoreSet, make_run, make_workflow, now: float) -> None:
    """A review of twenty days ago that ended, one of then that did not, and one of today."""
    for id_, days in (("old", 20), ("open", 20), ("new", 0)):
        at = now - days * DAY
        started = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        stores.workflows.begin(make_workflow(id_, started_at=at, heartbeat_at=at))
        stores.journal.record(id_, "fetch", Recorded("", 1, 0.0))
        stores.ledger.append(Entry("local", id_, "requested", at, at, "", {}))
        stores.quotas.reserve("local", id_, Limits(), at=at, for_s=60.0)
        if id_ != "open":
            stores.runs.record(make_run(id_, started_at=started), "{}")
            stores.workflows.claim(id_, "me", now=at, stale_s=30, most_attempts=3)
            stores.workflows.finish(id_, "me", WorkflowState.DONE, at)
    stores.outbox.intend("posted", "old", "t")
    stores.outbox.settle("posted", "u")
    stores.outbox.intend("pending", "open", "t")


def test_counting_deletes_nothing_and_tells_what_deleting_would(
    stores, make_run, make_workflow, now
):
    fill(stores, make_run, make_workflow, now)
    before = now - 5 * DAY
    expected = Pruned(runs=1, workflows=1, steps=2, posts=1, holds=2, entries=2)
    assert stores.retention.prune(before, now=now, dry_run=True) == expected
    assert len(stores.workflows.list()) == 3
    assert stores.retention.prune(before, now=now) == expected
    assert stores.retention.prune(before, now=now) == NONE


def test_what_is_young_or_has_not_ended_stays(stores, make_run, make_workflow, now):
    fill(stores, make_run, make_workflow, now)
    stores.retention.prune(now - 5 * DAY, now=now)
    assert {w.id for w in stores.workflows.list()} == {"open", "new"}
    assert [run.id for run in stores.runs.runs()] == ["new"]
    assert list(stores.journal.steps("open")) == ["fetch"]
    assert stores.journal.steps("old") == {}
    assert [i.key for i in stores.outbox.pending("open")] == ["pending"]
    assert stores.outbox.find("posted") is None
    assert stores.ledger.of("old") == ()
    assert [e.type for e in stores.ledger.of("new")] == ["requested"]


def test_the_ledger_says_what_left_it(stores, make_run, make_workflow, now):
    fill(stores, make_run, make_workflow, now)
    stores.retention.prune(now - 5 * DAY, now=now)
    (applied,) = [e for _, e in stores.ledger.since(0) if e.type == "retention-applied"]
    assert applied.known_at == pytest.approx(now)
    assert applied.data["entries"] == 2
    assert applied.data["before"] == pytest.approx(now - 5 * DAY)


def test_nothing_to_delete_leaves_no_entry(stores, now):
    assert stores.retention.prune(now, now=now) == NONE
    assert stores.ledger.since(0) == ()


def test_after_retention_the_ledger_is_closed_again(place, stores, make_run, make_workflow, now):
    fill(stores, make_run, make_workflow, now)
    stores.retention.prune(now - 5 * DAY, now=now)
    kept = stores.ledger.since(0)
    with pytest.raises(Exception, match=r"append-only|permission denied"):
        stores.database.write(lambda t: t.change("DELETE FROM events WHERE MINE"))
    assert open_stores(place).ledger.since(0) == kept


def test_the_door_is_closed_to_what_is_younger_than_it_says(stores, make_run, make_workflow, now):
    fill(stores, make_run, make_workflow, now)
    kept = stores.ledger.since(0)

    def too_much(transaction):
        with transaction.ledger_door(now - 5 * DAY):
            transaction.change("DELETE FROM events WHERE MINE")

    with pytest.raises(Exception, match="append-only"):
        stores.database.write(too_much)
    assert stores.ledger.since(0) == kept


def test_a_tenant_prunes_its_own_rows_only(place, make_run, make_workflow, now):
    operator = open_stores(place, tenant=None)
    for tenant in ("a", "b"):
        mine = operator.of(tenant)
        mine.runs.record(make_run(started_at="2020-01-01T00:00:00Z"), "{}")
        mine.ledger.append(Entry(tenant, "r", "requested", 1.0, 1.0, "", {}))
    assert operator.of("a").retention.prune(now, now=now) == NONE._replace(runs=1, entries=1)
    assert operator.of("a").runs.runs() == ()
    assert len(operator.of("b").runs.runs()) == 1
    assert [e.type for e in operator.of("b").ledger.of("r")] == ["requested"]


def test_the_operator_must_say_for_whom(place, now):
    with pytest.raises(ValueError, match="tenant"):
        open_stores(place, tenant=None).retention.prune(now, now=now)

"""What is to be posted is written down once, and found until it is posted."""

from __future__ import annotations

from synapse_bot.store.open import open_stores
from synapse_bot.store.outbox import Intent


def test_an_intent_is_pending_until_it_is_settled(place, stores):
    assert stores.outbox.intend("k1", "r1", "github:shop#7")
    assert stores.outbox.intend("k2", "r1", "github:shop#7/check")
    assert stores.outbox.intend("k3", "r2", "github:shop#8")
    after_death = open_stores(place).outbox
    assert [i.key for i in after_death.pending("r1")] == ["k1", "k2"]
    assert after_death.settle("k1", "https://forge/1")
    assert [i.key for i in stores.outbox.pending("r1")] == ["k2"]
    assert stores.outbox.find("k1") == Intent(
        "k1", "r1", "github:shop#7", "posted", "https://forge/1"
    )


def test_an_intent_written_twice_is_there_once(stores):
    assert stores.outbox.intend("k1", "r1", "t")
    assert not stores.outbox.intend("k1", "r2", "other")
    stores.outbox.settle("k1", "u")
    assert not stores.outbox.intend("k1", "r1", "t")
    assert stores.outbox.find("k1") == Intent("k1", "r1", "t", "posted", "u")


def test_what_nobody_intended_cannot_be_settled(stores):
    assert not stores.outbox.settle("k1", "u")
    assert stores.outbox.find("k1") is None


def test_of_processes_that_intend_at_once_exactly_one_does(race):
    first = race("print(json.dumps([stores.outbox.intend(f'k{n}', me, 't') for n in range(20)]))")
    assert [sum(of_one) for of_one in zip(*first, strict=True)] == [1] * 20

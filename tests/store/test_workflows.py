"""Reviews in the making: begun once, claimed by one process, given up when they kill."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synapse_bot.domain.quota import Places
from synapse_bot.domain.workflow import WorkflowState
from synapse_bot.store.open import open_stores

CLAIM = {"stale_s": 30.0, "most_attempts": 3}


def test_a_workflow_is_found_as_it_was_begun(place, stores, make_workflow):
    begun = make_workflow(ref="x'); DROP TABLE workflows; --", why="because")
    assert stores.workflows.begin(begun)
    assert open_stores(place).workflows.find("w1") == begun


def test_beginning_twice_is_beginning_once(stores, make_workflow):
    assert stores.workflows.begin(make_workflow())
    assert not stores.workflows.begin(make_workflow(ref="another"))
    assert stores.workflows.find("w1") == make_workflow()


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("ab1", "ab1"), ("ab", None), ("abc", "abc"), ("abcd", "abcd"), ("", None), ("%", None),
     ("a_1", None), ("x", None)],
)  # fmt: skip
def test_a_prefix_names_one_workflow_or_none(stores, make_workflow, prefix, expected):
    for id_ in ("ab1", "ab2", "abc", "abcd", "abce"):
        stores.workflows.begin(make_workflow(id_))
    found = stores.workflows.find(prefix)
    assert (found.id if found else None) == expected


def test_the_newest_come_first_by_state_and_change(stores, make_workflow):
    workflows = stores.workflows
    for n, change in enumerate(["a#1@x", "a#1@y", "a#12@z", "b#1@x"]):
        workflows.begin(make_workflow(f"w{n}", change_key=change, started_at=float(n)))
    workflows.cancel("w1", 5.0, "newer push")
    assert [w.id for w in workflows.list()] == ["w3", "w2", "w1", "w0"]
    assert [w.id for w in workflows.list(limit=2)] == ["w3", "w2"]
    assert [w.id for w in workflows.list(change_prefix="a#1@")] == ["w1", "w0"]
    assert [w.id for w in workflows.list(state=WorkflowState.CANCELLED)] == ["w1"]
    assert workflows.list(state=WorkflowState.QUEUED, change_prefix="a#1@")[0].id == "w0"


def test_what_waits_is_counted_by_tenant(place, make_workflow):
    operator = open_stores(place, tenant=None)
    for n, tenant in enumerate(["a", "a", "b"]):
        operator.workflows.begin(make_workflow(f"w{n}", tenant=tenant))
    operator.workflows.cancel("w0", 0.0, "")
    assert operator.workflows.count(state=WorkflowState.QUEUED) == 2
    assert operator.workflows.count(state=WorkflowState.QUEUED, tenant="a") == 1
    assert operator.of("b").workflows.count(state=WorkflowState.QUEUED) == 1
    assert operator.of("b").workflows.count(state=WorkflowState.QUEUED, tenant="a") == 0


def test_the_operator_never_touches_two_tenants_by_one_id(place, make_workflow):
    operator = open_stores(place, tenant=None)
    for tenant in ("a", "b"):
        assert operator.workflows.begin(make_workflow(tenant=tenant))
    with pytest.raises(ValueError, match="2 tenants"):
        operator.workflows.cancel("w1", 0.0, "")
    with pytest.raises(ValueError, match="2 tenants"):
        operator.workflows.claim("w1", "me", now=0.0, **CLAIM)
    assert operator.workflows.count(state=WorkflowState.QUEUED) == 2


def test_a_claim_makes_one_process_the_owner(stores, make_workflow):
    stores.workflows.begin(make_workflow())
    claimed = stores.workflows.claim("w1", "me", now=1_010.0, **CLAIM)
    assert claimed == replace(
        make_workflow(), state=WorkflowState.RUNNING, owner="me", heartbeat_at=1_010.0, attempts=1
    )
    assert stores.workflows.claim("w1", "you", now=1_039.0, **CLAIM) is None
    assert stores.workflows.find("w1") == claimed


def test_what_nobody_began_cannot_be_claimed(stores):
    assert stores.workflows.claim("w1", "me", now=0.0, **CLAIM) is None


def test_a_claim_takes_the_whole_id_only(stores, make_workflow):
    stores.workflows.begin(make_workflow("w12"))
    assert stores.workflows.claim("w1", "me", now=0.0, **CLAIM) is None


def test_a_run_without_heartbeat_is_taken_over_and_its_owner_learns_it(stores, make_workflow):
    workflows = stores.workflows
    workflows.begin(make_workflow())
    workflows.claim("w1", "dead", now=1_000.0, **CLAIM)
    assert workflows.beat("w1", "dead", 1_020.0)
    assert workflows.claim("w1", "me", now=1_049.0, **CLAIM) is None
    taken = workflows.claim("w1", "me", now=1_051.0, **CLAIM)
    assert taken is not None
    assert (taken.owner, taken.attempts) == ("me", 2)
    assert not workflows.beat("w1", "dead", 1_052.0)
    assert not workflows.finish("w1", "dead", WorkflowState.DONE, 1_052.0)
    assert workflows.find("w1") == taken


def test_a_run_that_kills_its_processes_is_given_up_and_says_so(stores, make_workflow):
    workflows = stores.workflows
    workflows.begin(make_workflow())
    for n in range(3):
        assert workflows.claim("w1", f"p{n}", now=1_000.0 + 100 * n, **CLAIM) is not None
    assert workflows.claim("w1", "p3", now=1_220.0, **CLAIM) is None
    assert workflows.find("w1").state is WorkflowState.RUNNING  # p2 is alive, who knows
    assert workflows.claim("w1", "p3", now=1_300.0, **CLAIM) is None
    given_up = workflows.find("w1")
    assert given_up.state is WorkflowState.FAILED
    assert "3 times" in given_up.why
    assert workflows.claim("w1", "p4", now=9_999.0, **CLAIM) is None


@pytest.mark.parametrize("state", [s for s in WorkflowState if s.ended])
def test_what_ended_stays_so(stores, make_workflow, state):
    workflows = stores.workflows
    workflows.begin(make_workflow())
    workflows.claim("w1", "me", now=1_000.0, **CLAIM)
    assert workflows.finish("w1", "me", state, 1_010.0, "why")
    ended = workflows.find("w1")
    assert (ended.state, ended.why, ended.heartbeat_at) == (state, "why", 1_010.0)
    assert workflows.claim("w1", "you", now=9_999.0, **CLAIM) is None
    assert not workflows.finish("w1", "me", WorkflowState.DONE, 1_020.0)
    assert not workflows.cancel("w1", 1_020.0, "late")
    assert not workflows.beat("w1", "me", 1_020.0)
    assert not workflows.pin("w1", config_digest="other", deadline_at=9.0)
    assert workflows.find("w1") == ended


def test_an_end_is_an_end(stores, make_workflow):
    stores.workflows.begin(make_workflow())
    with pytest.raises(ValueError, match="running"):
        stores.workflows.finish("w1", "", WorkflowState.RUNNING, 0.0)


def test_a_cancelled_run_is_told_at_its_next_heartbeat(stores, make_workflow):
    workflows = stores.workflows
    workflows.begin(make_workflow())
    workflows.claim("w1", "me", now=1_000.0, **CLAIM)
    assert workflows.cancel("w1", 1_001.0, "a newer push")
    assert not workflows.beat("w1", "me", 1_002.0)
    assert workflows.find("w1").why == "a newer push"


def test_what_is_known_later_is_pinned(stores, make_workflow):
    stores.workflows.begin(make_workflow())
    assert stores.workflows.pin("w1", config_digest="d1", deadline_at=1_700.0)
    assert stores.workflows.find("w1") == make_workflow(config_digest="d1", deadline_at=1_700.0)


def test_of_processes_that_claim_at_once_exactly_one_wins(stores, race, make_workflow):
    for n in range(20):
        stores.workflows.begin(make_workflow(f"w{n:02}"))
    won = race("""
def claim(id):
    return stores.workflows.claim(id, me, now=1e3, stale_s=30, most_attempts=3)
print(json.dumps([id for n in range(20) if claim(id := f"w{n:02}")]))
""")
    assert sorted(id_ for ids in won for id_ in ids) == [f"w{n:02}" for n in range(20)]
    assert {w.attempts for w in stores.workflows.list()} == {1}


def test_of_processes_that_begin_at_once_exactly_one_does(stores, race):
    begun = race("""
from synapse_bot.domain.workflow import Workflow, WorkflowState
def begin(id):
    return stores.workflows.begin(
        Workflow(id, "local", "k", me, "1", "", "{}", WorkflowState.QUEUED, 0, 0, "", 0, 0))
print(json.dumps([begin(f"w{n:02}") for n in range(20)]))
""")
    assert [sum(of_one) for of_one in zip(*begun, strict=True)] == [1] * 20
    owners = {w.id: w.ref for w in stores.workflows.list()}
    assert all(begun[int(owners[f"w{n:02}"])][n] for n in range(20))


def test_processes_that_claim_at_once_never_take_more_places_than_a_tenant_has(
    stores, make_workflow, race
):
    for n in range(3):
        for me in range(4):
            stores.workflows.begin(make_workflow(f"{me}-{n}"))
    taken = race("""
from synapse_bot.domain.quota import Places
def claim(id):
    return stores.workflows.claim(
        id, f"p{me}", now=1.0, stale_s=30.0, most_attempts=3, places=Places("local", 4))
print(json.dumps(sum(claim(f"{me}-{n}") is not None for n in range(3))))
""")
    assert sum(taken) == 4
    assert stores.workflows.count(state=WorkflowState.RUNNING) == 4


def test_a_place_is_free_again_when_its_review_ends_or_its_worker_falls_silent(
    stores, make_workflow
):
    one = {**CLAIM, "places": Places("local", 1)}
    for id_ in ("w1", "w2", "w3"):
        stores.workflows.begin(make_workflow(id_))
    assert stores.workflows.claim("w1", "me", now=0.0, **one)
    assert stores.workflows.claim("w2", "me", now=1.0, **one) is None
    assert stores.workflows.find("w2").attempts == 0, "waiting is no attempt"
    stores.workflows.finish("w1", "me", WorkflowState.DONE, 2.0)
    assert stores.workflows.claim("w2", "dead", now=3.0, **one)
    assert stores.workflows.claim("w3", "me", now=40.0, **one), "whoever is silent has no place"
    assert stores.workflows.claim("w2", "me", now=41.0, **one) is None, "and asks for one anew"


def test_the_places_of_one_tenant_are_none_of_anothers(place, make_workflow):
    operator = open_stores(place, tenant=None)
    for tenant in ("a", "b"):
        operator.workflows.begin(make_workflow(f"of-{tenant}", tenant=tenant))
        one = {**CLAIM, "places": Places(tenant, 1)}
        assert operator.workflows.claim(f"of-{tenant}", "me", now=0.0, **one)

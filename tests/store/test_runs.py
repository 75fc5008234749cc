"""Recorded runs are the same in both databases. What only a file can suffer is in test_sqlite."""

from __future__ import annotations

import pytest

from synapse_bot.store.open import open_stores


def test_what_is_recorded_can_be_read_back(place, stores, make_run):
    run = make_run(findings=3, seconds=0.25)
    stores.runs.record(run, '{"a": 1}')
    again = open_stores(place).runs
    assert again.runs() == (run,)
    assert again.audit("r1") == '{"a": 1}'


def test_the_newest_run_comes_first_and_the_limit_holds(stores, make_run):
    for day in (2, 9, 5):
        stores.runs.record(make_run(f"d{day}", started_at=f"2026-11-{day:02}T00:00:00Z"), "{}")
    stores.runs.record(make_run("later", started_at="2026-11-05T00:00:00Z"), "{}")
    assert [run.id for run in stores.runs.runs()] == ["d9", "later", "d5", "d2"]
    assert [run.id for run in stores.runs.runs(2)] == ["d9", "later"]


def test_recording_a_run_twice_is_recording_it_once(stores, make_run):
    stores.runs.record(make_run("a"), "old")
    stores.runs.record(make_run("b"), "{}")
    stores.runs.record(make_run("a", verdict="fail", findings=9), "new")
    assert [run.id for run in stores.runs.runs()] == ["b", "a"]
    assert stores.runs.runs()[1].verdict == "fail"
    assert stores.runs.audit("a") == "new"


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("ab1", "one"), ("ab2", "two"), ("ab", None), ("x", None), ("", None), ("abc", "short"),
     ("a_1", None), ("%", None), ("ab12", None)],
)  # fmt: skip
def test_a_prefix_names_one_run_or_none(stores, make_run, prefix, expected):
    ids = {"ab1": "one", "ab2": "two", "abcd": "long", "abce": "long", "abc": "short"}
    for id_, audit in ids.items():
        stores.runs.record(make_run(id_), audit)
    assert stores.runs.audit(prefix) == expected


def test_the_latest_of_a_change_is_of_that_configuration(stores, make_run):
    for n, (change, digest) in enumerate([("s@1..2", "d"), ("s@1..3", "d"), ("s@1..4", "e")]):
        run = make_run(f"r{n}", change_key=change, config_digest=digest)
        stores.runs.record(run, change)
    assert stores.runs.latest("s@1..", "d") == "s@1..3"
    assert stores.runs.latest("s@1..", "e") == "s@1..4"
    assert stores.runs.latest("s@2..", "d") is None

"""Finished steps are given back as they were, to another process too."""

from __future__ import annotations

import pytest

from synapse_bot.domain.workflow import Recorded
from synapse_bot.store.open import open_stores


@pytest.mark.parametrize(
    "data",
    [None, True, 0, -1.5, 1e300, "", "x\0\udce9\u202e\u2028'\"%(a)s:b", [], {}, {"a": [{"b": 1}]}],
)  # fmt: skip
def test_what_is_recorded_is_recalled_by_another_process(place, stores, data):
    kept = Recorded("key", data, 0.25)
    stores.journal.record("r1", "examine:security", kept)
    assert open_stores(place).journal.recall("r1", "examine:security") == kept


def test_nothing_recorded_is_none(stores):
    stores.journal.record("r1", "fetch", Recorded("", 1, 0.0))
    assert stores.journal.recall("r1", "plan") is None
    assert stores.journal.recall("r2", "fetch") is None
    assert stores.journal.steps("r2") == {}


def test_the_same_step_again_replaces(stores):
    stores.journal.record("r1", "fetch", Recorded("old", 1, 1.0))
    stores.journal.record("r1", "plan", Recorded("", 2, 1.0))
    stores.journal.record("r1", "fetch", Recorded("new", 3, 2.0))
    assert stores.journal.recall("r1", "fetch") == Recorded("new", 3, 2.0)
    assert list(stores.journal.steps("r1")) == ["fetch", "plan"]


def test_steps_come_in_the_order_of_recording(stores):
    names = [f"s{n}" for n in (5, 1, 9, 3)]
    for name in names:
        stores.journal.record("r1", name, Recorded("", name, 0.0))
        stores.journal.record("r2", f"other-{name}", Recorded("", name, 0.0))
    assert [(n, r.data) for n, r in stores.journal.steps("r1").items()] == [(n, n) for n in names]


def test_the_pace_of_a_step_is_told_newest_first(stores):
    for n in range(5):
        stores.journal.record(f"r{n}", "examine:a", Recorded("", 0, float(n)))
        stores.journal.record(f"r{n}", "examine:b", Recorded("", 0, 9.0))
    assert stores.journal.seconds("examine:a") == (4.0, 3.0, 2.0, 1.0, 0.0)
    assert stores.journal.seconds("examine:a", 2) == (4.0, 3.0)
    assert stores.journal.seconds("examine:c") == ()


def test_what_is_no_json_is_refused(stores):
    with pytest.raises(TypeError):
        stores.journal.record("r1", "fetch", Recorded("", {"a": {1, 2}}, 0.0))  # type: ignore[dict-item]
    assert stores.journal.recall("r1", "fetch") is None


def test_processes_that_record_at_once_lose_nothing(stores, race):
    race("""
from synapse_bot.domain.workflow import Recorded
for n in range(15):
    stores.journal.record("r1", f"{me}-{n}", Recorded(me, n, 0.0))
    stores.journal.record("r1", "shared", Recorded(me, [me, n], 0.0))
print("null")
""")
    steps = stores.journal.steps("r1")
    assert len(steps) == 4 * 15 + 1
    last = steps["shared"]
    assert last.data == [last.key, 14]

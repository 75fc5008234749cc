"""Threads of several processes share a place: nothing is lost, nothing done twice.

A file is where this goes wrong: POSIX takes all locks of a process away when any of its threads
closes any handle of the file, and the next process then tidies up under the others' feet.
"""

from __future__ import annotations

THREADS, EACH = 4, 12


def test_threads_of_processes_that_write_at_once_lose_nothing_and_share_the_limits(stores, race):
    held = race(f"""
from concurrent.futures import ThreadPoolExecutor
from synapse_bot.domain.quota import Hold, Limits
from synapse_bot.domain.workflow import Recorded
limits = Limits(reviews_per_hour=17)
def work(thread):
    held = 0
    for n in range({EACH}):
        key = f"{{me}}-{{thread}}-{{n}}"
        stores.journal.record("r", key, Recorded("", n, 0.0))
        held += isinstance(
            stores.quotas.reserve("local", key, limits, at=1.0, for_s=9.0), Hold)
        assert stores.journal.recall("r", key) is not None
    return held
with ThreadPoolExecutor({THREADS}) as pool:
    print(json.dumps(sum(pool.map(work, range({THREADS})))))
""", processes=3)  # fmt: skip
    assert len(stores.journal.steps("r")) == 3 * THREADS * EACH
    assert sum(held) == 17
    assert getattr(stores.database, "notices", []) == []

"""A process that is killed while it writes leaves what it wrote whole, and no lock behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from synapse_bot.store.open import open_stores

ROOT = Path(__file__).parents[2]
KILLS = 6

WRITER = """
import sys
from synapse_bot.domain.ledger import Entry
from synapse_bot.domain.workflow import Recorded
from synapse_bot.store.open import open_stores
stores, me = open_stores(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
for n in range(100_000):
    stores.ledger.append(*(Entry("local", me, half, 0, 0, "", {}) for half in ("a", "b")))
    stores.journal.record(me, f"s{n}", Recorded("k", ["x" * 2000, n], 0.0))
    print(n, flush=True)
"""


def test_killed_at_any_moment_nothing_is_half_written_and_the_next_one_writes(place):
    stores = open_stores(place)
    for kill in range(KILLS):
        argv = [sys.executable, "-c", WRITER, place, str(kill)]
        writer = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(1 + kill)]
        assert said[0] == "ready\n"
        writer.kill()  # wherever it is by now
        told = len(said) - 1 + len([line for line in writer.stdout if line.endswith("\n")])
        writer.wait()
        entries = [entry.type for entry in stores.ledger.of(str(kill))]
        assert entries == ["a", "b"] * (len(entries) // 2)
        assert len(entries) >= 2 * told  # what it said was written is there
        steps = stores.journal.steps(str(kill))
        assert list(steps) == [f"s{n}" for n in range(len(steps))]
        assert [recorded.data[1] for recorded in steps.values()] == list(range(len(steps)))
        assert told <= len(steps) <= len(entries) // 2

"""A review killed at every boundary of its steps ends as if nobody had killed it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("place", ["inline on SQLite", "dbos on SQLite", "dbos on PostgreSQL"])
def test_killed_at_every_boundary_it_ends_the_same(place, request, tmp_path, capsys):
    engine, _, where = place.split()
    if where == "PostgreSQL":
        database = request.getfixturevalue("postgres_url")
    else:
        database = str(tmp_path) if engine == "inline" else f"sqlite:///{tmp_path}/steps.sqlite3"
    found = swept(engine, database)
    with capsys.disabled():
        print(f"\n{place}: killed {found['kills']} times in {found['lives']} lives")
    assert found["wrong"] == []
    assert found["boundaries"] == 18
    assert found["kills"] == 18


def swept(engine, database):
    argv = [sys.executable, "-m", "tests.engine.sweep", engine, database]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

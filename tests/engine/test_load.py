"""The load test in small: nothing is lost and nothing is posted twice while workers die."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMALL = ("--reviews", "40", "--workers", "2", "--kill-every", "3", "--quiet", "6", "--every", "0.2")


def test_under_load_with_a_worker_killed_again_and_again_no_review_is_lost_or_posted_twice(capsys):
    argv = [sys.executable, "bench/load.py", *SMALL]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    load, calm, noisy, compared = (json.loads(line) for line in done.stdout.splitlines())
    with capsys.disabled():
        print(f"\n{load['reviews']} reviews, {load['killed']} workers killed: {done.stdout}")
    assert load["killed"] >= 1
    assert load["reviews"] == 40
    assert noisy["all"]["reviews"] == 6 * 11
    assert compared["p95_s"]["ratio"] > 0
    for part in (load, calm["all"], noisy["all"]):
        assert (part["lost"], part["posted_twice"]) == (0, 0)

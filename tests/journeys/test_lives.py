"""A review that dies is taken up where it stopped, and ends as if it had not died."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SWEEP = Path(__file__).with_name("lives.py")


def test_killed_at_every_boundary_a_review_ends_the_same_and_is_posted_once(planted: Any) -> None:
    done = subprocess.run(
        [sys.executable, str(SWEEP), str(planted.root)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.stdout, done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])
    print(counts)
    assert counts["wrong"] == []
    assert counts["resumed"] > 20, counts

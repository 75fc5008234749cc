"""Replays the history of a repository as reviews, and prints whether they are told in time.

    python bench/sla.py --repository PATH [--reviews 200] [--deadline 2m]

Each commit (merges left out) is reviewed against its parent, newest first, as the command line does
it: deep or fast as the table says, with no model. The target: every review is told within two
minutes, and fewer than one in a hundred has a specialist that ran out of time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOLD_S = 120.0
MOST_LATE = 0.01


@dataclass
class Replayed:
    """What came of the reviews: seconds of each, and how many were what."""

    seconds: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    late: list[str] = field(default_factory=list)  # commits with a specialist out of time

    def add(self, commit: str, took: float, audit: dict[str, Any] | None) -> None:
        self.seconds.append(took)
        if audit is None:
            self.counts["broken"] += 1
            return
        self.counts[audit["plan"]["route"]] += 1
        self.counts[audit["verdict"]] += 1
        failed = [o for o in audit["outcomes"] if o["kind"] == "failed"]
        if any(outcome["failed_kind"] == "timeout" for outcome in failed):
            self.late.append(commit[:12])

    def quantile(self, part: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    @property
    def met(self) -> bool:
        share = len(self.late) / len(self.seconds)
        return max(self.seconds) < TOLD_S and share < MOST_LATE and not self.counts["broken"]


def commits(repository: Path, reviews: int) -> list[str]:
    """The newest commits with one parent, newest first."""
    words = ("rev-list", "--no-merges", "--min-parents=1", f"--max-count={reviews}", "HEAD")
    done = subprocess.run(
        ["git", *words], cwd=repository, check=True, capture_output=True, text=True
    )
    return done.stdout.split()


def reviewed(repository: Path, commit: str, deadline: str, state: Path) -> tuple[float, Any]:
    """(seconds, audit); None where there is no audit."""
    argv = [sys.executable, "-m", "synapse_bot", "review", "--base", f"{commit}^"]
    argv += ["--head", commit, "--full", "--deadline", deadline, "--format", "json", "--dry-run"]
    environ = {**os.environ, "XDG_STATE_HOME": str(state)}
    began = time.monotonic()
    done = subprocess.run(argv, cwd=repository, capture_output=True, env=environ, check=False)
    took = time.monotonic() - began
    try:
        return took, json.loads(done.stdout)
    except ValueError:
        return took, None


def replay(repository: Path, reviews: int, deadline: str) -> Replayed:
    found = Replayed()
    with tempfile.TemporaryDirectory(prefix="synapse-bot-sla-") as state:
        every = commits(repository, reviews)
        for number, commit in enumerate(every, 1):
            found.add(commit, *reviewed(repository, commit, deadline, Path(state)))
            if number % 20 == 0:
                print(f"{number} of {len(every)}", file=sys.stderr, flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repository", type=Path, default=Path())
    parser.add_argument("--reviews", type=int, default=200)
    parser.add_argument("--deadline", default="2m")
    asked = parser.parse_args()
    found = replay(asked.repository, asked.reviews, asked.deadline)
    print("| reviews | p50 s | p95 s | longest s | out of time | incomplete | fast, deep |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    counts = found.counts
    print(
        f"| {len(found.seconds)} | {found.quantile(0.5):.2f} | {found.quantile(0.95):.2f} "
        f"| {max(found.seconds):.2f} | {len(found.late)} | {counts['incomplete']} "
        f"| {counts['fast']}, {counts['deep']} |"
    )
    if found.late:
        print(f"out of time: {', '.join(found.late)}")
    return 0 if found.met else 1


if __name__ == "__main__":
    sys.exit(main())

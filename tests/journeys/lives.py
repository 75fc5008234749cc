"""Kill a review at every boundary of its record, resume it, and see that it ends the same.

    python tests/journeys/lives.py REPOSITORY

The repository has a branch `feature` to be reviewed against `main`, and is served by a double of
GitHub as pull request 7. Each life is a process of its own, killed by SIGKILL before or after its
n-th write to the record. Prints one line of JSON: boundaries, lives, and what was not as it should.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

# Loaded before the forks, so that a life costs no imports.
import synapse_bot.entry.commands.review
import synapse_bot.entry.commands.runs
import synapse_bot.forge.github
import synapse_bot.report.audit
import synapse_bot.runtime.publish
import synapse_bot.specialist.loader  # noqa: F401
from synapse_bot.entry.door import enter
from synapse_bot.entry.main import cli
from synapse_bot.forge import limiter
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeGitHub, FakeToken
from synapse_bot.forge.fake_github_repository import FakeRevisions
from synapse_bot.forge.faults import Loopback
from synapse_bot.store.sqlite_file import SqliteDatabase
from synapse_bot.store.workflows import SqlWorkflows

ASKED = ("--only", "python-security", "--only", "tampering", "--route", "fast", "--full", "-q")
# A deadline follows what the specialist took before, which the sweep itself adds to.
_VOLATILE = {"id", "seconds", "timings", "started_at", "run", "exit_code", "deadline_s"}


class Boundaries:
    """Kills this process at the boundary ``at``, counted from 1; 0 kills nobody."""

    def __init__(self, at: int) -> None:
        self.at, self.passed = at, 0
        self._write = SqliteDatabase.write
        boundaries = self

        def write(database: Any, work: Any, *, alone: str = "") -> Any:
            boundaries.cross()
            done = boundaries._write(database, work, alone=alone)
            boundaries.cross()
            return done

        SqliteDatabase.write = write  # type: ignore[method-assign]
        # A heartbeat comes by the clock: it would number the boundaries anew on a slow machine.
        SqlWorkflows.beat = lambda *_, **__: True  # type: ignore[method-assign]

    def cross(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def life(argv: tuple[str, ...], at: int, out: Path) -> tuple[bool, int]:
    """(killed, exit code) of one process; what it prints is in ``out``."""
    child = os.fork()
    if child == 0:
        descriptor = os.open(out, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        boundaries = Boundaries(at)
        code = 70
        try:
            code = int(enter(cli, list(argv)))
        finally:
            sys.stdout.flush()
            (out.parent / "boundaries").write_text(str(boundaries.passed))
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status)


def essence(audit: Any) -> Any:
    """An audit without what differs from life to life."""
    if isinstance(audit, dict):
        return {key: essence(value) for key, value in audit.items() if key not in _VOLATILE}
    return [essence(item) for item in audit] if isinstance(audit, list) else audit


def unlike(one: Any, two: Any, where: str = "") -> str:
    """Where the first difference is."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in sorted({*one, *two}):
            if one.get(key) != two.get(key):
                return unlike(one.get(key), two.get(key), f"{where}.{key}")
    return f"{where}: {one!r:.150} for {two!r:.150}"


def listed(out: Path) -> list[dict[str, Any]]:
    life(("runs", "list", "--json"), 0, out)
    text = out.read_text()
    return json.loads(text) if text.startswith("[") else []  # type: ignore[no-any-return]


def audit_of(run: str, out: Path) -> Any:
    life(("runs", "show", run, "--format", "json"), 0, out)
    return essence(json.loads(out.read_text()))


def sweep(root: Path, out: Path) -> dict[str, Any]:
    """Every boundary once, in a first life; the next life may end."""
    fake = FakeGitHub(FakeRevisions(root, "main", "feature"), {"good": FakeToken(ACTIONS_BOT)})
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with Loopback(fake.app) as server:
        where = ("--repository", "team/shop", "--api-url", f"{server.url}{fake.root}")
        asked = ("review", "--pr", "7", *where, *ASKED)
        life(asked, 0, out)
        every = int((out.parent / "boundaries").read_text())
        whole = audit_of(listed(out)[0]["id"], out)
        posted = (len(fake.issue_comments), len(fake.review_comments))
        for at in range(1, every + 1):
            fake.issue_comments.clear()
            fake.review_comments.clear()
            known = {run["id"] for run in listed(out)}
            killed, _ = life(asked, at, out)
            counts["lives"] += 1
            if not killed:
                wrong.append(f"{at}: nobody was killed")
            begun = [run for run in listed(out) if run["id"] not in known]
            if begun and begun[0]["verdict"] == "interrupted":
                _, code = life(("runs", "resume", begun[0]["id"], "-q"), 0, out)
                counts["resumed"] += 1
            elif begun:  # it had ended: its line was all that was still to be written
                code = 0
                counts["ended"] += 1
            else:
                _, code = life(asked, 0, out)
                counts["anew"] += 1
            counts["lives"] += 1
            last = [run for run in listed(out) if run["id"] not in known]
            if code != 0 or len(last) != 1:
                wrong.append(f"{at}: exit code {code}, {len(last)} runs: {out.read_text()[:300]}")
                continue
            if audit_of(last[0]["id"], out) != whole:
                wrong.append(f"{at}: another review: {unlike(audit_of(last[0]['id'], out), whole)}")
            if (len(fake.issue_comments), len(fake.review_comments)) != posted:
                wrong.append(f"{at}: {len(fake.issue_comments)} summaries")
    return {"boundaries": every, **counts, "posted": posted, "wrong": wrong}


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    os.environ["GITHUB_TOKEN"] = "good"
    limiter.Limiter.__init__.__kwdefaults__["interval_s"] = 0.0  # type: ignore[index]
    result = sweep(Path(sys.argv[1]), Path(sys.argv[1]).parent / "out")
    print(json.dumps(result))
    sys.exit(1 if result["wrong"] else 0)

"""Load on a fleet: how many reviews 1, 2 and 4 workers make while one is killed again and again,
and what a noisy tenant costs a quiet one.

    make load
    python bench/load.py [--reviews N] [--workers 1,2,4] [--kill-every S] [--step S] [--out FILE]
    python bench/load.py --workers '' --quiet 30 --every 1 --step 0.33 --repeats 5   # tenants alone

PostgreSQL is real, from the wheel that the tests use, or that of SYNAPSE_BOT__ENGINE__DATABASE (a
database that may be filled). The specialists are scripted: three steps of --step seconds each, so
that what is measured is the queue, the claims, the checkpoints and the recovery. One line of JSON
a part; every review is looked for at the end: lost ones and ones posted twice are counted. The
quiet tenant is measured alone and beside the noise in turn, --repeats times; the last line has the
medians and their ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from synapse_bot.domain.workflow import WorkflowState
from synapse_bot.engine.queue import USUAL, Waiting
from synapse_bot.store.open import StoreSet
from synapse_bot.wiring.queues import open_fleet_stores, open_queue

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "SYNAPSE_BOT__ENGINE__DATABASE"
NO_BOUND = Waiting(per_tenant=1_000_000, together=1_000_000)
PATIENCE_S = 600.0  # without a review that ends, the load has failed
POLL_S = 0.2


@dataclass
class Workers:
    """Processes of tests/engine/fleet.py, as many as ``number`` at any time."""

    database: str
    folder: Path
    number: int
    options: Sequence[str] = ()
    killed: int = 0
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def keep(self) -> None:
        """Start those that are missing."""
        self.running = [process for process in self.running if process.poll() is None]
        while len(self.running) < self.number:
            argv = ["-m", "tests.engine.fleet", self.database, str(self.folder), *self.options]
            with (self.folder / "workers.log").open("ab") as log:
                process = subprocess.Popen([sys.executable, *argv], cwd=ROOT, stderr=log)
            self.running.append(process)

    def kill_one(self) -> None:
        victim = random.choice(self.running)  # noqa: S311 - any will do
        victim.kill()
        victim.wait()
        self.killed += 1

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Done:
    """One review: seconds from enqueueing to its end, and how it was made."""

    tenant: str
    waited_s: float
    posted: int
    state: WorkflowState


def measure(folder: Path, enqueued: dict[str, tuple[str, float]], stores: StoreSet) -> list[Done]:
    """What became of every review; one without notes was never begun."""
    return [
        _done(folder / f"{id}.notes", tenant, at, stores.workflows.find(id).state)
        for id, (tenant, at) in enqueued.items()
    ]


def _done(notes: Path, tenant: str, at: float, state: WorkflowState) -> Done:
    lines = notes.read_text().splitlines() if notes.exists() else []
    ends = [float(line.split()[2]) for line in lines if line.startswith("ended")]
    comments = notes.with_suffix(".comments")
    posted = len(comments.read_text().splitlines()) if comments.exists() else 0
    return Done(tenant, (ends[-1] if ends else time.time()) - at, posted, state)


def summary(done: Sequence[Done]) -> dict[str, object]:
    """Counts and percentiles of ``done``, in seconds."""
    waits = sorted(one.waited_s for one in done)
    return {
        "reviews": len(done),
        **{f"p{p}_s": round(percentile(waits, p), 2) for p in (50, 95, 99)},
        "lost": sum(one.state is not WorkflowState.DONE or not one.posted for one in done),
        "posted_twice": sum(one.posted > 1 for one in done),
    }


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that ``percent`` of ``ordered`` do not exceed; 0 of nothing."""
    if not ordered:
        return 0.0
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def throughput(database: str, folder: Path, args: argparse.Namespace, number: int) -> dict:
    """All reviews enqueued at once; then ``number`` workers, one killed every few seconds."""
    stores = open_fleet_stores(database)
    workers = Workers(database, folder, number, ("per_tenant=1000", "attempts=20"))
    enqueued: dict[str, tuple[str, float]] = {}
    with open_queue(database, waiting=NO_BOUND, stores=stores) as queue:
        for n in range(args.reviews):
            add(queue, enqueued, "local", f"{number}/{n}", args.step)
        began = time.time()
        try:
            _until_done(workers, enqueued, stores, args.kill_every)
        finally:
            workers.stop()
    seconds = time.time() - began
    done = measure(folder, enqueued, stores)
    stores.close()
    return {
        "workers": number,
        "killed": workers.killed,
        "seconds": round(seconds, 1),
        "reviews_a_second": round(len(done) / seconds, 1),
        **summary(done),
    }


def two_tenants(database: str, folder: Path, args: argparse.Namespace, noise: int) -> dict:
    """A quiet tenant adds a review every ``--every`` seconds, a noisy one ``noise`` times as many;
    two workers, of which the fleet lets a tenant have half the places."""
    stores = open_fleet_stores(database)
    workers = Workers(database, folder, 2, ("at_once=4", "per_tenant=4"))
    enqueued: dict[str, tuple[str, float]] = {}
    with open_queue(database, waiting=NO_BOUND, stores=stores) as queue:
        try:
            workers.keep()
            _warm(workers)
            for n in range(args.quiet):
                for m in range(noise):
                    add(queue, enqueued, "noisy", f"{folder.name}/{n}/{m}", args.step)
                add(queue, enqueued, "quiet", f"{folder.name}/{n}", args.step)
                time.sleep(args.every)
            _until_done(workers, enqueued, stores, 0)
        finally:
            workers.stop()
    done = measure(folder, enqueued, stores)
    stores.close()
    quiet = [one for one in done if one.tenant == "quiet"]
    return {"noise": noise, "quiet": summary(quiet), "all": summary(done)}


def compared(found: Sequence[dict]) -> dict[str, object]:
    """The medians over all repeats of what the quiet tenant waited, and noisy to alone."""
    line: dict[str, object] = {"repeats": len(found) // 2}
    for percentile_s in ("p50_s", "p95_s"):
        alone, noisy = (
            statistics.median(
                part["quiet"][percentile_s] for part in found if bool(part["noise"]) is loud
            )
            for loud in (False, True)
        )
        line[percentile_s] = {"alone": alone, "noisy": noisy, "ratio": round(noisy / alone, 2)}
    return line


def add(queue, enqueued, tenant: str, name: str, step_s: float) -> None:
    id = queue.enqueue(
        json.dumps({"step_s": step_s}),
        tenant=tenant,
        change_key=f"github:{tenant}/load#{name}",
        priority=USUAL,
        delivery_key=name,
        deadline_s=3_600,
    )
    enqueued[id] = (tenant, time.time())


def _warm(workers: Workers) -> None:
    log = workers.folder / "workers.log"
    while not log.exists() or log.read_text().count(": ready") < workers.number:
        time.sleep(POLL_S)


def _until_done(workers: Workers, enqueued, stores, kill_every: float) -> None:
    last, moved, kill_at = -1, time.time(), time.time() + kill_every
    while True:
        workers.keep()
        left = sum(
            stores.workflows.count(state=state)
            for state in (WorkflowState.QUEUED, WorkflowState.RUNNING)
        )
        if not left:
            return
        now = time.time()
        last, moved = (left, now) if left != last else (last, moved)
        if now - moved > PATIENCE_S:
            raise SystemExit(f"{left} of {len(enqueued)} reviews do not end: {workers.folder}")
        if kill_every and now >= kill_at:
            workers.kill_one()
            kill_at = now + kill_every
        time.sleep(POLL_S)


@contextmanager
def fresh_database() -> Iterator[str]:
    """An empty database with DBOS's tables and ours."""
    from synapse_bot.engine.launch import DbosSettings, launch

    given = os.environ.get(DATABASE)
    if given:
        url = given
    else:
        from tests.conftest import PostgresServer, _start_postgres

        server = PostgresServer(_start_postgres(os.getpid()))
        url = server.url()

    async def nothing(_request: str, _engine: object) -> None: ...

    open_fleet_stores(url).close()
    launch(DbosSettings(url), nothing).close()
    yield url


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--reviews", type=int, default=1000)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--kill-every", type=float, default=10.0, metavar="S", help="0 kills none")
    parser.add_argument("--step", type=float, default=0.05, metavar="S")
    parser.add_argument("--quiet", type=int, default=40, metavar="N", help="the quiet tenant's")
    parser.add_argument("--every", type=float, default=0.5, metavar="S")
    parser.add_argument("--noise", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="of the two tenants")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    lines = []
    with fresh_database() as database, tempfile.TemporaryDirectory() as home:
        numbers = [int(number) for number in args.workers.split(",") if number]
        parts = [(throughput, number) for number in numbers]
        if args.quiet:
            parts += [(two_tenants, noise) for noise in (0, args.noise)] * args.repeats
        tenants = []
        for number, (part, value) in enumerate(parts):
            folder = Path(home) / str(number)
            folder.mkdir()
            found = part(database, folder, args, value)
            if part is two_tenants:
                tenants.append(found)
            lines.append(json.dumps(found))
            print(lines[-1], flush=True)
        if tenants:
            lines.append(json.dumps(compared(tenants)))
            print(lines[-1], flush=True)
    if args.out:
        args.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

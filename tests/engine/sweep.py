"""Kill a review at every boundary of its steps, resume it, and see that it ends the same.

    python tests/engine/sweep.py dbos|inline DATABASE [KILLS]

Each life is a process of its own, killed by SIGKILL at its n-th boundary: before a step, when its
effect is done and nothing is kept yet, and when it is kept. Every run is killed KILLS times
(1 unless told) before it may end. Prints one line of JSON: how many boundaries, kills and lives,
and every run that did not end as it should.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Before the forks, so that a life costs no imports.
from synapse_bot.engine.inline import InlineEngine

KEPT_STEPS = ("classify", "examine:a", "examine:b", "examine:c", "settle", "post")
FAR = 1_000


class Boundaries:
    """Kills this process at the boundary ``at``, counted from 1."""

    def __init__(self, at: int, notes: Path) -> None:
        self.at, self.notes, self.passed = at, notes, 0

    def cross(self, what: str) -> None:
        self.passed += 1
        note(self.notes, f"boundary {what}")
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Plain:
    def encode(self, value):
        return value

    def decode(self, data):
        return data


def note(path: Path, line: str) -> None:
    """Append a line that outlives the process."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


async def story(engine, boundaries: Boundaries, posted: Path) -> str:
    """A review in small: read, classify, three specialists side by side, settle, post."""

    async def kept(name: str, effect):
        async def counted():
            value = await effect()
            note(boundaries.notes, f"effect {name}")
            boundaries.cross(f"done {name}")
            return value

        boundaries.cross(f"before {name}")
        value = await engine.step(name, counted, Plain(), key="k")
        boundaries.cross(f"kept {name}")
        return value

    async def read():
        return "diff"

    async def examine(name: str, wait_s: float):
        await asyncio.sleep(wait_s)
        return f"opinion of {name}"

    async def post(text: str):
        posted.write_text(text)  # noqa: ASYNC240 - an upsert: twice is once
        return str(len(text))

    diff = await engine.step("read", read)
    route = await kept("classify", lambda: answered(f"deep for {diff}"))
    opinions = await asyncio.gather(
        *(
            kept(f"examine:{name}", lambda name=name, n=n: examine(name, (3 - n) / 100))
            for n, name in enumerate("abc")
        )
    )
    settled = await kept("settle", lambda: answered([route, *opinions]))
    length = await kept("post", lambda: post(json.dumps(settled)))
    return f"{json.dumps(settled)} {length}"


async def answered(value):
    return value


def life(backend: str, database: str, run: str, at: int, folder: Path, first: bool) -> bool:
    """One life in a process of its own; whether it came to its end."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            result = _live(backend, database, run, Boundaries(at, folder / f"{run}.notes"), first)
            (folder / f"{run}.result").write_text(result)
            code = 0
        except BaseException as error:
            print(f"{run}: {error!r}", file=sys.stderr)
        os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.WEXITSTATUS(status) == 0, f"{run} failed at {at}"
    return True


def _live(backend: str, database: str, run: str, boundaries: Boundaries, first: bool) -> str:
    posted = boundaries.notes.with_suffix(".posted")
    if backend == "inline":
        from synapse_bot.store.open import open_stores

        engine = InlineEngine(open_stores(database).journal, run, resumed=not first)
        return asyncio.run(story(engine, boundaries, posted))
    from synapse_bot.engine.launch import DbosSettings, launch

    async def body(_request, engine):
        return await story(engine, boundaries, posted)

    with launch(DbosSettings(database), body) as dbos:
        handle = dbos.start(run, "{}") if first else dbos.resume(run)
        return handle.get_result(polling_interval_sec=0.02)


def sweep(backend: str, database: str, folder: Path, kills: int) -> dict[str, object]:
    """Kill at every boundary in turn; the result is that of a life that nobody killed."""
    life(backend, database, "whole", FAR, folder, True)
    boundaries = [line for line in noted(folder, "whole") if line.startswith("boundary")]
    lives, killed, wrong = 1, 0, []
    for at, boundary in enumerate(boundaries, 1):
        run, first, left = f"run{at}", True, kills
        while not life(backend, database, run, at if left else FAR, folder, first):
            lives, killed, left, first = lives + 1, killed + 1, left - 1, False
        lives += 1
        wrong += [f"killed at {at}, {boundary}: {fault}" for fault in faults(folder, run)]
    return {"boundaries": len(boundaries), "kills": killed, "lives": lives, "wrong": wrong}


def faults(folder: Path, run: str) -> Iterator[str]:
    """How ``run`` differs from what nobody killed."""
    for suffix in ("result", "posted"):
        if (folder / f"{run}.{suffix}").read_text() != (folder / f"whole.{suffix}").read_text():
            yield f"another {suffix}"
    lines = noted(folder, run)
    for name in KEPT_STEPS:
        kept = lines.index(f"boundary kept {name}")
        if f"effect {name}" in lines[kept:]:
            yield f"{name} ran again after it was kept"


def noted(folder: Path, run: str) -> list[str]:
    return (folder / f"{run}.notes").read_text().splitlines()


def main() -> None:
    backend, database, *rest = sys.argv[1:]
    if backend == "dbos":
        import synapse_bot.engine.launch  # noqa: F401
    with tempfile.TemporaryDirectory() as folder:
        found = sweep(backend, database, Path(folder), int(rest[0]) if rest else 1)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

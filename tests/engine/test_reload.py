"""A worker's configuration is edited while it reviews: real processes, files, database and git."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from synapse_bot.config.fragments import digest_of, read_fragments
from synapse_bot.engine.queue import USUAL
from synapse_bot.entry.fleet import DATABASE
from synapse_bot.runtime.errand import Errand, errand_json
from synapse_bot.runtime.request import Asked
from synapse_bot.wiring.queues import open_fleet_stores, open_queue
from tests.config.test_live import as_kubernetes, by_rename, in_place, until
from tests.journeys.conftest import command, fake_tool, planted, repository

__all__ = ["command", "fake_tool", "planted", "repository"]

IN_FLIGHT = 50
SPECIALIST = """\
id: own
description: Takes its time.
kind: tool
languages: [python]
actions:
  - id: run
    tool: own-tool
    argv: ['{files}']
    output: {format: jsonl, fields: {path: p, line: l, rule: r, message: m}}
"""


def settings(number: int) -> str:
    """A configuration that asks our specialist alone, other than that of another ``number``."""
    return (
        "review: {only: [own], route: deep}\nlimits: {deadline: 600s}\n"
        f"show:\n  max_findings: {number}\n"
    )


@dataclass
class Fleet:
    """A queue, the configuration of one machine, and workers on it."""

    database: str
    home: Path
    project: Path
    stores: Any
    queue: Any
    made: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.home / ".config" / "synapse-bot"

    def write(self, number: int, edit: Any = by_rename) -> str:
        """The digest of what lies there now."""
        edit(self.folder / "config.yml", settings(number))
        return digest_of(read_fragments(self.folder), self.folder)

    def add(self, name: str) -> str:
        asked = Asked(base="main", head="feature", start=self.project)
        return str(
            self.queue.enqueue(
                errand_json(asked, Errand()),
                tenant="local",
                change_key=f"change-{name}",
                priority=USUAL,
                delivery_key=name,
                deadline_s=600.0,
            )
        )

    def worker(self, *options: str, state: str = "state") -> subprocess.Popen[str]:
        environ = {**os.environ, DATABASE: self.database, "XDG_STATE_HOME": str(self.home / state)}
        command = [sys.executable, "-m", "synapse_bot", "worker", *options]
        log = (self.home / f"log-{len(self.made)}").open("w")
        process = subprocess.Popen(command, stderr=log, env=environ, text=True)
        self.made.append(process)
        return process

    def told(self) -> str:
        return "".join(path.read_text() for path in sorted(self.home.glob("log-*")))

    def row(self, run: str) -> Any:
        return self.stores.workflows.find(run)

    def configured(self, run: str) -> str:
        """The digest that the record says of ``run``."""
        entries = self.stores.of("local").ledger.of(run)
        (found,) = [entry for entry in entries if entry.type == "configured"]
        return str(found.data["configuration"])

    def audited(self, run: str) -> str:
        """The digest of the settings in the review's audit."""
        (found,) = [one for one in self.stores.of("local").runs.runs(1000) if one.id == run]
        return str(found.config_digest)

    def settled(self, runs: list[str]) -> bool:
        return all(self.row(run).state.ended for run in runs)


@pytest.fixture
def fleet(fleet_url, tmp_path, command, planted, fake_tool, monkeypatch):
    """``own-tool`` waits while a file ``busy`` lies in the home: as long as a test wants."""
    home = tmp_path / "home"
    fake_tool("own-tool", f"for i in $(seq 400); do [ -e {home}/busy ] || exit 0; sleep 0.05; done")
    stores = open_fleet_stores(fleet_url)
    queue = open_queue(fleet_url, stores=stores)
    made = Fleet(fleet_url, home, planted.root, stores, queue)
    (made.folder / "specialists").mkdir(parents=True)
    (made.folder / "specialists" / "own.yaml").write_text(SPECIALIST)
    yield made
    for process in made.made:
        if process.poll() is None:
            process.kill()
        process.wait()
    stores.close()


def half_written(file: Path) -> None:
    """The first half of an edit, as another process sees it while it is being written."""
    file.write_text(settings(1)[:-20] + "'")


BROKEN = (
    half_written,
    lambda file: by_rename(file, "gate: {fail_onn: high}\n"),
    lambda file: in_place(file, "review: {only: [nobody]}\n"),
    lambda file: file.unlink(),  # what is left is valid: the defaults
)


class Editor(threading.Thread):
    """Edits the configuration, rightly and wrongly by turns, until it is told to stop."""

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(daemon=True)
        self.fleet, self.stopped, self.valid, self.edits = fleet, threading.Event(), set(), 0

    def run(self) -> None:
        file = self.fleet.folder / "config.yml"
        ways, broken = itertools.cycle((by_rename, in_place)), itertools.cycle(BROKEN)
        for number in itertools.count(2):
            self.valid.add(self.fleet.write(number % 5 + 2, next(ways)))
            if self.stopped.wait(0.5):
                return
            next(broken)(file)
            if not file.exists():
                self.valid.add(digest_of(read_fragments(self.fleet.folder), self.fleet.folder))
            self.edits += 2
            if self.stopped.wait(0.5):
                return


def test_fifty_reviews_in_flight_while_the_configuration_is_edited_and_none_fails(fleet):
    valid = {fleet.write(1)}
    (fleet.home / "busy").touch()
    fleet.worker("--concurrency", str(IN_FLIGHT), "--per-tenant", str(IN_FLIGHT))
    until(lambda: "ready" in fleet.told())
    editor = Editor(fleet)
    editor.start()
    runs = [fleet.add(str(number)) for number in range(IN_FLIGHT)]
    until(lambda: sum(bool(fleet.row(run).config_digest) for run in runs) == IN_FLIGHT)
    in_flight, edits = IN_FLIGHT, editor.edits
    until(lambda: editor.edits >= edits + 8)
    (fleet.home / "busy").unlink()
    until(lambda: fleet.settled(runs))
    editor.stopped.set()
    editor.join()
    rows = [fleet.row(run) for run in runs]
    assert [(str(row.state), row.why) for row in rows] == [("done", "")] * in_flight, fleet.told()
    assert {fleet.configured(run) for run in runs} <= valid | editor.valid
    one_each = {(fleet.configured(run), fleet.audited(run)) for run in runs}
    assert len(one_each) == len({configuration for configuration, _ in one_each})

    last = fleet.write(99)
    until(lambda: f'"configuration-changed", "digest": "{last}"' in fleet.told())
    after = fleet.add("after")
    until(lambda: fleet.settled([after]))
    assert fleet.configured(after) == last
    assert fleet.audited(after) not in {audited for _, audited in one_each}
    assert '"configuration-refused"' in fleet.told()
    assert "warning: {" in fleet.told()


@pytest.mark.parametrize("edit", [in_place, by_rename, as_kubernetes])
def test_an_edit_holds_for_the_next_review_without_a_restart(fleet, edit):
    fleet.write(1, edit)
    worker = fleet.worker()
    until(lambda: "ready" in fleet.told())
    digest = fleet.write(2, edit)
    until(lambda: digest in fleet.told())
    run = fleet.add("one")
    until(lambda: fleet.settled([run]))
    assert fleet.configured(run) == digest
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(120) == 0, fleet.told()


@pytest.mark.parametrize("state", ["state", "elsewhere"], ids=["here", "on another machine"])
def test_a_later_life_has_the_configuration_of_the_first(fleet, state):
    began = fleet.write(1)
    (fleet.home / "busy").touch()
    first = fleet.worker()
    run = fleet.add("one")
    until(lambda: fleet.row(run).config_digest)
    first.kill()
    fleet.write(2)
    (fleet.home / "busy").unlink()
    fleet.worker("--until-empty", state=state).wait(180)
    row = fleet.row(run)
    assert (str(row.state), row.attempts, row.why) == ("done", 2, ""), fleet.told()
    assert fleet.configured(run) == began
    assert fleet.audited(run)


def test_a_worker_does_not_start_with_what_no_review_could_use(fleet):
    fleet.write(1)
    half_written(fleet.folder / "config.yml")
    assert fleet.worker().wait(120) == 2
    assert f"{fleet.folder}/config.yml:" in fleet.told()

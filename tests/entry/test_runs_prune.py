"""`runs prune` deletes what is old, in the folder of the repository or in a fleet's database."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from synapse_bot.domain.ledger import Entry
from synapse_bot.entry.commands.runs_prune import prune
from synapse_bot.store.answers import SqliteAnswers
from synapse_bot.store.base import Answer, Run
from synapse_bot.store.open import StoreSet, open_stores


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


@pytest.fixture
def state(repository: Path) -> Path:
    return repository / ".git" / "synapse-bot"


def fill(stores: StoreSet, *ages_days: int) -> None:
    """A run of each age with an entry of the ledger."""
    for days in ages_days:
        at = datetime.now(UTC) - timedelta(days=days)
        started = at.isoformat(timespec="seconds")
        run = Run(f"run-{days}", "k", "r", "fast", "pass", 0, started, 1.0, "d")
        stores.runs.record(run, "x" * 20_000)
        known = at.timestamp()
        stores.ledger.append(Entry(stores.tenant or "", run.id, "requested", known, known, "d", {}))


def run(*arguments: object, **env: str) -> Result:
    return CliRunner().invoke(prune, [str(a) for a in arguments], env=env)


def test_what_is_older_than_ninety_days_goes_and_the_file_shrinks(repository, state):
    stores = open_stores(state)
    fill(stores, 1, 91, *range(100, 140))
    before = stores.database.path.stat().st_size
    done = run("--repo", repository)
    assert done.exit_code == 0
    assert done.stdout == "local: deleted: runs 41, entries 41\n"
    assert [r.id for r in stores.runs.runs()] == ["run-1"]
    assert stores.database.path.stat().st_size < before / 2
    assert run("--repo", repository).stdout == "nothing is that old\n"


def test_a_dry_run_counts_and_deletes_nothing(repository, state):
    stores = open_stores(state)
    fill(stores, 1, 91)
    done = run("--repo", repository, "--dry-run", "--older-than", "12h")
    assert done.stdout == "local: would be deleted: runs 2, entries 2\n"
    assert len(stores.runs.runs()) == 2


def test_old_answers_of_models_go_too(repository, state):
    answers = SqliteAnswers(state)
    for days in (1, 20):
        kept = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        answers.keep(f"q{days}", Answer("{}", "scripted/model", kept))
    dry = run("--repo", repository, "--older-than", "10d", "--dry-run")
    assert dry.stdout == "would be deleted: answers of models 1\n"
    assert (
        run("--repo", repository, "--older-than", "10d").stdout == "deleted: answers of models 1\n"
    )
    assert answers.find("q20") is None
    assert answers.find("q1") is not None


def test_where_nothing_is_recorded_nothing_is_made(repository, state):
    done = run("--repo", repository, "--json")
    assert json.loads(done.stdout) == {"tenants": {}, "answers": 0}
    assert not state.exists()


@pytest.mark.parametrize("age", ["90", "soon", "-3d", "1.5d", ""])
def test_an_age_needs_a_unit(repository, age):
    done = run("--repo", repository, "--older-than", age)
    assert done.exit_code == 2
    assert '"90d"' in done.stderr


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_fleet_is_pruned_tenant_by_tenant(request, tmp_path, database):
    where = f"sqlite:///{tmp_path / 'queue.sqlite'}"
    if database == "postgres":
        where = request.getfixturevalue("postgres_url")
    place = tmp_path if database == "sqlite" else where
    operator = open_stores(place, tenant=None)
    fill(operator.of("acme"), 1, 91)
    fill(operator.of("rival"), 1, 95, 99)
    done = run("--fleet", "--json", SYNAPSE_BOT__ENGINE__DATABASE=where)
    assert done.exit_code == 0, done.output
    counts = json.loads(done.stdout)["tenants"]
    assert {name: rows["runs"] for name, rows in counts.items()} == {"acme": 1, "rival": 2}
    for tenant, runs in (("acme", 1), ("rival", 2)):
        (kept, applied) = [e for _, e in operator.of(tenant).ledger.since(0)]
        assert kept.run == "run-1"
        assert (applied.type, applied.data["runs"]) == ("retention-applied", runs)

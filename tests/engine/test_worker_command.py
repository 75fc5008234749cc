"""The fleet from the command line: `queue` and `worker`, a real database, a double of GitHub."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.entry.fleet import DATABASE, NotTrusted, database_of, token_giver
from synapse_bot.runtime.request import Remote
from synapse_bot.wiring.queues import open_fleet_stores
from tests.journeys.conftest import command, github, planted, repository

__all__ = ["command", "github", "planted", "repository"]

WHERE = ("--pr", "7", "--repository", "team/shop")


@pytest.fixture
def fleet(github, fleet_url, monkeypatch):
    monkeypatch.setenv(DATABASE, fleet_url)
    return github


def add(fleet, *more):
    where = (*WHERE, "--api-url", fleet.api_url, "--only", "python-security", "--route", "fast")
    ran = fleet.command("queue", "add", *where, *more)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def worker(*options):
    return subprocess.Popen(
        [sys.executable, "-m", "synapse_bot", "worker", *options],
        stderr=subprocess.PIPE,
        text=True,
    )


def listed(fleet):
    return {row["id"]: row for row in fleet.command("queue", "list", "--json").json}


def test_what_is_added_is_reviewed_posted_and_recorded_by_a_worker(fleet, fleet_url):
    id = add(fleet)
    assert listed(fleet)[id]["state"] == "queued"
    process = worker("--until-empty", "--api-url", fleet.api_url)
    told = process.communicate(timeout=120)[1]
    assert process.returncode == 0, told
    row = listed(fleet)[id]
    assert (row["state"], row["attempts"], row["why"]) == ("done", 1, ""), told
    (summary,) = fleet.summaries
    assert "Command injection" in summary
    (comment,) = fleet.comments
    assert comment["path"] == "app.py"
    assert f"run {id} of local: done" in told
    stores = open_fleet_stores(fleet_url)
    assert f'"id": "{id}"' in (stores.of("local").runs.audit(id) or "")
    assert stores.of("other").runs.audit(id) is None
    stores.close()


def test_a_worker_that_is_killed_while_it_reviews_leaves_one_review_all_the_same(fleet):
    id = add(fleet)
    first = worker("--api-url", fleet.api_url)
    until(lambda: listed(fleet)[id]["state"] == "running")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    process = worker("--until-empty", "--api-url", fleet.api_url)
    told = process.communicate(timeout=180)[1]
    row = listed(fleet)[id]
    assert (row["state"], row["attempts"]) == ("done", 2), told
    assert len(fleet.summaries) == 1
    assert len(fleet.comments) == 1


def test_a_forge_that_is_not_trusted_is_given_no_token_and_the_review_says_so(fleet):
    id = add(fleet)
    process = worker("--until-empty")
    told = process.communicate(timeout=120)[1]
    assert process.returncode == 0, told
    assert listed(fleet)[id]["state"] == "failed"
    assert "no token is given" in listed(fleet)[id]["why"]
    assert fleet.summaries == []


def test_what_waits_can_be_cancelled(fleet):
    id = add(fleet)
    assert fleet.command("queue", "cancel", id[:8]).out == f"cancelled: {id}\n"
    assert listed(fleet)[id]["state"] == "cancelled"
    again = fleet.command("queue", "cancel", id[:8])
    assert again.code == 2
    assert "is cancelled already" in again.err


def test_the_queue_holds_no_token(fleet, fleet_url):
    import psycopg

    add(fleet)
    with psycopg.connect(fleet_url) as connection:
        ours = connection.execute("SELECT request FROM synapse.workflows").fetchall()
        theirs = connection.execute("SELECT inputs FROM dbos.workflow_input").fetchall()
    assert len(ours) == len(theirs) == 1
    assert "good" not in json.dumps([ours, theirs])


def test_without_a_database_both_verbs_say_which_variable_to_set(github):
    for argv in (("worker",), ("queue", "list")):
        ran = github.command(*argv)
        assert ran.code == 2
        assert DATABASE in ran.err


def test_the_address_of_the_database_comes_from_the_environment_alone():
    with pytest.raises(ConfigInvalid, match=DATABASE):
        database_of({})
    assert database_of({DATABASE: "postgresql://x/y"}) == "postgresql://x/y"


@pytest.mark.parametrize(
    "address",
    [
        "https://api.github.com.evil.example",
        "https://api.github.com@evil.example",
        "http://api.github.com",
        "https://api.github.com:444",
        "https://evil.example/https://api.github.com",
        "",
    ],
)
def test_a_token_goes_to_the_addresses_it_is_for_and_no_other(address):
    remote = Remote("github", 7, "o/n", "https://api.github.com/", "https://github.com")
    give = token_giver({"GITHUB_TOKEN": "secret", "GITLAB_TOKEN": "other"})
    assert give(remote, 0).token == "secret"
    with pytest.raises(NotTrusted):
        give(replace(remote, api_url=address), 0)


def until(happened):
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    pytest.fail("it never happened")

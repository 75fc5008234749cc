"""What a worker does with the text of a queue: its time, its token, its tenant, its errand."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from synapse_bot.domain.opinion import Failed, FailureKind
from synapse_bot.domain.quota import Limits, Used
from synapse_bot.domain.usage import Usage
from synapse_bot.domain.workflow import Recorded, Workflow, WorkflowState
from synapse_bot.engine.inline import InlineEngine
from synapse_bot.engine.queue import QuotaSpent
from synapse_bot.entry.host import read_host
from synapse_bot.forge.fake_github import FakeUser
from synapse_bot.runtime.errand import Errand, ErrandKind, errand_json
from synapse_bot.runtime.kept import OUTCOME
from synapse_bot.runtime.request import Asked, Remote
from synapse_bot.runtime.request_json import RequestUnreadable
from synapse_bot.store.open import open_stores
from synapse_bot.wiring import jobs
from synapse_bot.wiring.jobs import Overran, Site, do_job, timed
from synapse_bot.wiring.meter import Most
from tests.journeys.conftest import command, github, planted, repository

__all__ = ["command", "github", "planted", "repository"]

ENQUEUED = 1_000.0
ALLOWED_S = 60.0


def row(request="{}", **changes):
    found = Workflow(
        id="abc123",
        tenant="acme",
        change_key="github:team/shop#7",
        ref="",
        version="review-1",
        config_digest="",
        request=request,
        state=WorkflowState.RUNNING,
        started_at=ENQUEUED,
        deadline_at=ENQUEUED + ALLOWED_S,
        owner="me",
        heartbeat_at=ENQUEUED,
        attempts=1,
    )
    return replace(found, **changes)


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    home = tmp_path / "worker"
    home.mkdir()
    stores = open_stores(tmp_path / "fleet", tenant=None)
    return Site(
        stores,
        read_host(),
        home,
        tmp_path / "state",
        "me",
        lambda remote, installation: replace(remote, token="good"),
    )


def test_what_a_review_waited_costs_it_nothing(site, monkeypatch):
    monkeypatch.setattr(jobs.time, "time", lambda: ENQUEUED + 5_000)
    begun = asyncio.run(timed(row(), InlineEngine()))
    assert begun.started_at == ENQUEUED + 5_000
    assert begun.deadline_at == ENQUEUED + 5_000 + ALLOWED_S


@pytest.mark.parametrize("pinned", ["", "digest"], ids=["died before it was pinned", "pinned"])
def test_a_restart_wins_no_time(site, monkeypatch, pinned):
    journal = site.stores.of("acme").journal
    monkeypatch.setattr(jobs.time, "time", lambda: 2_000.0)
    first = asyncio.run(timed(row(), InlineEngine(journal, "abc123")))
    monkeypatch.setattr(jobs.time, "time", lambda: 2_040.0)
    known = row(config_digest=pinned, deadline_at=first.deadline_at) if pinned else row()
    again = asyncio.run(timed(known, InlineEngine(journal, "abc123", resumed=True)))
    assert again.started_at == first.started_at == 2_000.0
    assert again.deadline_at == first.deadline_at == 2_060.0


def test_a_job_that_hangs_past_its_deadline_is_ended(site, monkeypatch):
    async def hangs(*_):
        await asyncio.sleep(60)

    monkeypatch.setattr(jobs, "_BACKSTOP_S", 0.05)
    monkeypatch.setattr(jobs, "_reviewed", hangs)
    late = row(errand_json(Asked(), Errand()), deadline_at=ENQUEUED + 0.01)
    with pytest.raises(Overran, match="abc123"):
        asyncio.run(do_job(site, late, InlineEngine()))
    assert list(site.home.iterdir()) == [], "nothing of a job stays behind"


@pytest.mark.parametrize(
    "text", ["", "[]", '{"form": 99}', '{"form": 1}', '{"errand": {"kind": "rm"}}']
)
def test_text_that_is_no_request_is_refused_in_words(site, text):
    with pytest.raises(RequestUnreadable):
        asyncio.run(do_job(site, row(text), InlineEngine()))


def kept(usage):
    """A specialist's outcome as a step keeps it."""
    failed = Failed("security", FailureKind.TIMEOUT, "late", usage=usage)
    return Recorded("k", OUTCOME.encode(failed), 1.0)


@pytest.fixture
def fleet_site(site, postgres_url):
    """The same on PostgreSQL, where acme may use 100 tokens a day, and a review up to 60."""
    stores = open_stores(postgres_url, tenant=None)
    limits = {"acme": Limits(tokens_per_day=100)}
    yield replace(
        site,
        stores=stores,
        limits_of=lambda tenant: limits.get(tenant, Limits()),
        most_of=lambda host: Most(60),
    )
    stores.close()


@pytest.mark.parametrize("attempts", [1, 2], ids=["first life", "second life"])
def test_a_spent_quota_stops_a_review_before_it_asks_anybody(fleet_site, monkeypatch, attempts):
    site, now = fleet_site, jobs.time.time()
    monkeypatch.setattr(jobs, "_reviewed", lambda *_: pytest.fail("it went on"))
    assert site.meter.admit("acme", "abc123", now, Most(0)) is None
    spent = site.stores.quotas.reserve("acme", "other", Limits(), at=now, for_s=60, tokens=50)
    told = row(errand_json(Asked(), Errand()), deadline_at=now + 60, attempts=attempts)
    with pytest.raises(QuotaSpent, match="tokens per day: 50 of 100 are used, 60 more"):
        asyncio.run(do_job(site, told, InlineEngine()))
    site.stores.quotas.settle(spent, tokens=40, usd=0.0, at=now)
    with pytest.raises(pytest.fail.Exception, match="it went on"):
        asyncio.run(do_job(site, told, InlineEngine()))
    assert site.stores.quotas.used("acme", now).tokens == 100, "it holds what it may spend"


def test_a_review_that_ended_without_an_audit_counts_with_its_finished_steps(fleet_site):
    site, now = fleet_site, jobs.time.time()
    stores = site.stores.of("acme")
    for id, used in (("told", Usage(20, output_tokens=5, cost_usd=0.01)), ("silent", None)):
        site.meter.admit("acme", id, now, Most(30))
        stores.workflows.begin(row(id=id))
        stores.journal.record(id, "examine:security", kept(used))
        stores.workflows.finish(id, "me", WorkflowState.FAILED, now)
    stores.journal.record("told", "plan", Recorded("k", {"no": "outcome"}, 1.0))
    assert site.meter.settle_ended() == 2
    assert site.stores.quotas.used("acme", now + 1) == Used(2, 25, 0.01)
    assert site.meter.settle_ended() == 0


def test_every_step_of_a_job_stands_in_its_tenants_journal(fleet_site, monkeypatch):
    async def reviewed(site, row, work):
        return None

    monkeypatch.setattr(jobs, "_reviewed", reviewed)
    told = row(errand_json(Asked(), Errand()), deadline_at=jobs.time.time() + 60)
    asyncio.run(do_job(fleet_site, told, InlineEngine()))
    assert "begin" in fleet_site.stores.of("acme").journal.steps("abc123")
    assert fleet_site.stores.of("other").journal.steps("abc123") == {}


def test_tenants_keep_nothing_together_on_one_machine(site):
    folders = {
        tenant: jobs._work(site, row(tenant=tenant), Asked(), site.home / tenant).host.state_home
        for tenant in ("acme", "umbrella")
        if (site.home / tenant).mkdir() is None
    }
    assert len(set(folders.values())) == 2
    assert all(path.startswith(str(site.state)) for path in folders.values())


def test_an_errand_to_answer_answers_its_comment_and_a_second_time_nothing(github, site):
    member = FakeUser(41, "ada", permission="write")
    github.fake.users.append(member)
    comment = github.fake.say(member, "/synapse help")
    remote = Remote("github", 7, "team/shop", github.api_url, "https://github.com")
    errand = Errand(ErrandKind.RESPOND, comment=comment)
    told = row(errand_json(Asked(remote=remote), errand), deadline_at=ENQUEUED + 120)
    for _ in range(2):
        asyncio.run(do_job(site, told, InlineEngine()))
    answers = [body for body in github.summaries if "synapse" in body and body != "/synapse help"]
    assert len(answers) == 1

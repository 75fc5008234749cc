"""A fleet's steps stand in our own journal too, as the engine that did them gives them."""

from __future__ import annotations

import asyncio

import pytest

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.engine.inline import InlineEngine
from synapse_bot.engine.mirrored import MirroredEngine
from synapse_bot.store.open import open_stores

from .conftest import BACKENDS, DbosLives, Died, Plain


class Broken:
    """A journal whose database is away."""

    def __init__(self):
        self.asked = 0

    def record(self, run, step, recorded):
        self.asked += 1
        raise StoreUnusable("away")


async def story(engine):
    async def value(given):
        return given

    await engine.step("diff", lambda: value("not kept"))
    plan = await engine.step("plan", lambda: value({"route": "deep"}), Plain(), key="k1")
    opinions = await asyncio.gather(
        *(engine.step(f"examine:{n}", lambda n=n: value([n]), Plain(), key="k2") for n in "ab")
    )
    return [plan, opinions]


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_the_journal_has_what_dbos_gives_a_later_life(backend, request, tmp_path):
    url = f"sqlite:///{tmp_path}/steps.sqlite3"
    if "PostgreSQL" in backend:
        url = request.getfixturevalue("dbos_postgres")
    lives, journal = DbosLives(url), open_stores(tmp_path).journal

    async def dies(engine):
        await story(MirroredEngine(engine, journal, "run"))
        raise Died

    given = []

    async def goes_on(engine):
        given.extend(engine._known.items())
        return await story(engine)

    lives.live("run", dies)
    ended = lives.live("run", goes_on)
    assert dict(given) == dict(journal.steps("run"))
    assert set(dict(given)) == {"plan", "examine:a", "examine:b"}
    assert asyncio.run(story(InlineEngine(journal, "run", resumed=True))) == ended


def test_what_an_earlier_life_did_is_copied_too_should_it_have_died_before(tmp_path):
    stores = open_stores(tmp_path)
    asyncio.run(story(InlineEngine(stores.journal, "theirs")))
    later = InlineEngine(stores.journal, "theirs", resumed=True)
    engine = MirroredEngine(later, stores.journal, "ours")
    asyncio.run(story(engine))
    assert engine.recalled == {"plan", "examine:a", "examine:b"}
    assert stores.journal.steps("ours") == stores.journal.steps("theirs")


def test_a_journal_that_fails_costs_the_review_nothing_and_is_asked_once():
    broken = Broken()
    engine = MirroredEngine(InlineEngine(), broken, "run")
    assert asyncio.run(story(engine)) == [{"route": "deep"}, [["a"], ["b"]]]
    assert set(engine.timings) == {"diff", "plan", "examine:a", "examine:b"}
    assert broken.asked == 1

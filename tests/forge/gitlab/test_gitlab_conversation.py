"""Reading what people say on a merge request, and answering once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.errors import ForgeBusy, ForgeFailed
from synapse_bot.domain.markers import encode
from synapse_bot.domain.posting import Answer, Marker, MarkerKind
from synapse_bot.forge.fake_gitlab import FakeUser
from synapse_bot.forge.faults import Fault, FaultKind

ADA = FakeUser(41, "ada")
ROBOT = FakeUser(99, "ada_", bot=True)
ASKED = "/synapse help"


def body_for(key: str, instance: str = "default") -> str:
    marker = Marker(MarkerKind.REPLY, instance, answer=Answer(key, "help"))
    return f"{encode(marker)}\n\nThe help.\n"


def talk(world: Any, method: str, *arguments: Any, token: str = "good", **more: Any) -> Any:
    """Call one method of a new forge, as a run of its own would."""

    async def call() -> Any:
        forge = world.forge(place=world.place(token))
        change = await forge.change()
        return await getattr(forge, method)(change, *arguments, **more)

    return asyncio.run(call())


@pytest.fixture
def asked(world: Any) -> Any:
    world.fake.users += [ADA, ROBOT]
    world.fake.say(ADA, ASKED)
    return talk(world, "remarks", "/synapse")[0]


def test_only_what_begins_so_is_read_with_its_author_and_thread(world: Any) -> None:
    world.fake.users += [ADA, ROBOT]
    world.fake.say(ADA, f"please {ASKED}")
    plain = world.fake.say(ADA, ASKED)
    thread = world.fake.open_discussion(ADA, "a thread", None, thread=True)
    inside = world.fake.reply(thread["id"], ROBOT, f"{ASKED} me")
    system = world.fake.open_discussion(ADA, ASKED, None, thread=False)
    system["notes"][0]["system"] = True
    first, second = talk(world, "remarks", "/synapse")
    assert (first.key, first.reply_to) == (f"note:{plain}", "")
    assert (first.author_id, first.login) == ("41", "ada")
    assert first.author_kind is AuthorKind.PERSON
    assert (second.key, second.reply_to) == (f"note:{inside['id']}", thread["id"])
    assert second.author_kind is AuthorKind.BOT


def test_an_account_that_gitlab_does_not_show_is_nobody(world: Any) -> None:
    world.fake.say(FakeUser(1234, "ghost"), ASKED)
    assert talk(world, "remarks", "/synapse")[0].author_kind is AuthorKind.UNKNOWN


def test_a_note_of_another_request_is_not_read(world: Any) -> None:
    with pytest.raises(ForgeFailed, match="not of this merge request"):
        talk(world, "remark", 999_999, inline=False)


def test_an_answer_is_given_once_to_a_comment_and_instance(world: Any, asked: Any) -> None:
    urls = {talk(world, "reply", asked, body_for(asked.key)) for _ in range(3)}
    assert len(urls) == 1
    talk(world, "reply", asked, body_for(asked.key, "other"))
    talk(world, "reply", asked, body_for("note:1"))
    assert sum("The help." in note["body"] for note in world.fake.notes) == 3


def test_somebody_elses_copy_of_an_answer_is_none(world: Any, asked: Any) -> None:
    world.fake.say(ADA, body_for(asked.key))
    talk(world, "reply", asked, body_for(asked.key))
    assert sum("The help." in note["body"] for note in world.fake.notes) == 2


@pytest.mark.parametrize("kind", [FaultKind.LOST, FaultKind.HALF, FaultKind.RESET])
def test_an_answer_that_was_lost_is_looked_for_before_it_is_given_again(
    world: Any, asked: Any, kind: FaultKind
) -> None:
    def fail(seen: Any) -> None:
        if seen.method == "POST":
            world.plan.on_request = None
            world.plan.at[seen.number] = Fault(kind)

    world.plan.begin()
    world.plan.on_request = fail
    talk(world, "reply", asked, body_for(asked.key))
    assert sum("The help." in note["body"] for note in world.fake.notes) == 1


def test_a_second_reaction_and_a_refused_one_are_no_errors(world: Any, asked: Any) -> None:
    talk(world, "react", asked)
    talk(world, "react", asked)
    assert world.fake.awards == [(int(asked.key.partition(":")[2]), "eyes", 77)]
    talk(world, "react", asked, token="reader")
    assert len(world.fake.awards) == 1


def test_a_thread_is_resolved_whoever_answered_in_it_where_the_role_allows(world: Any) -> None:
    thread = world.fake.open_discussion(ADA, "a thread", None, thread=True)
    assert talk(world, "resolve", thread["id"], token="reporter") is False
    assert not thread["notes"][0]["resolved"]
    assert talk(world, "resolve", thread["id"]) is True
    assert thread["notes"][0]["resolved"]
    assert talk(world, "resolve", "0" * 40) is False


def test_an_outage_is_told_as_one(world: Any, asked: Any) -> None:
    async def call() -> None:
        forge = world.forge()
        change = await forge.change()
        await forge.access(change)
        world.plan.begin(dead_from=0)
        await forge.reply(change, asked, body_for(asked.key))

    with pytest.raises(ForgeBusy):
        asyncio.run(call())

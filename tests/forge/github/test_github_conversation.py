"""Reading what people say on a pull request, and answering once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.errors import ForgeFailed
from synapse_bot.domain.markers import encode
from synapse_bot.domain.posting import Answer, Marker, MarkerKind
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeToken, FakeUser
from synapse_bot.forge.faults import Fault, FaultKind

ADA = FakeUser(41, "ada")
ROBOT = FakeUser(99, "helper[bot]", "Bot")
ASKED = "/synapse help"


def body_for(key: str, instance: str = "main/review") -> str:
    marker = Marker(MarkerKind.REPLY, instance, answer=Answer(key, "help"))
    return f"{encode(marker)}\n\nThe help.\n"


def talk(world: Any, method: str, *arguments: Any, token: str = "good", **more: Any) -> Any:
    """Call one method of a new forge, as a run of its own would."""

    async def call() -> Any:
        forge = world.forge(token)
        change = await forge.change()
        return await getattr(forge, method)(change, *arguments, **more)

    return asyncio.run(call())


def helps(world: Any) -> int:
    rows = (*world.fake.issue_comments, *world.fake.review_comments)
    return sum("The help." in row["body"] for row in rows)


@pytest.fixture
def thread(world: Any, kit: Any) -> int:
    """A thread of ours on a line; the id of its first comment."""
    anchor = next(iter(world.anchors().values()))
    world.cycle([kit.comment("f0", anchor)])
    return int(world.fake.review_comments[0]["id"])


def test_both_kinds_of_comments_are_read_oldest_first(world: Any, thread: int) -> None:
    world.fake.say(ADA, f"please {ASKED}")
    inline = world.fake.say(ROBOT, f"{ASKED} me", reply_to=thread)
    plain = world.fake.say(ADA, ASKED)
    first, second = talk(world, "remarks", "/synapse")
    assert (first.key, first.reply_to) == (f"review:{inline}", str(thread))
    assert first.author_kind is AuthorKind.BOT
    assert (second.key, second.reply_to) == (f"issue:{plain}", "")
    assert (second.author_id, second.login) == ("41", "ada")
    assert second.author_kind is AuthorKind.PERSON
    assert talk(world, "remark", inline, inline=True) == first
    assert talk(world, "remark", plain, inline=False) == second


def test_an_account_that_is_gone_is_nobody(world: Any) -> None:
    world.fake.say(ADA, ASKED)
    world.fake.issue_comments[-1]["user"] = None
    (remark,) = talk(world, "remarks", "/synapse")
    assert (remark.author_id, remark.author_kind) == ("", AuthorKind.UNKNOWN)


@pytest.mark.parametrize("inline", [True, False])
def test_a_comment_of_another_request_is_not_read(world: Any, thread: int, inline: bool) -> None:
    number = world.fake.say(ADA, ASKED, reply_to=thread if inline else None)
    for row in (*world.fake.issue_comments, *world.fake.review_comments):
        for name in ("issue_url", "pull_request_url"):
            if name in row:
                row[name] = row[name].replace("/7", "/77")
    with pytest.raises(ForgeFailed, match="not of #7"):
        talk(world, "remark", number, inline=inline)


def test_an_answer_is_given_once_to_a_comment_and_instance(world: Any, thread: int) -> None:
    world.fake.say(ADA, ASKED, reply_to=thread)
    (asked,) = talk(world, "remarks", "/synapse")
    urls = {talk(world, "reply", asked, body_for(asked.key)) for _ in range(3)}
    assert len(urls) == 1
    assert world.fake.review_comments[-1]["in_reply_to_id"] == thread
    talk(world, "reply", asked, body_for(asked.key, "other"))
    talk(world, "reply", asked, body_for("issue:1"))
    assert helps(world) == 3


def test_somebody_elses_copy_of_an_answer_is_none(world: Any) -> None:
    world.fake.say(ADA, ASKED)
    (asked,) = talk(world, "remarks", "/synapse")
    world.fake.say(ADA, body_for(asked.key))
    talk(world, "reply", asked, body_for(asked.key))
    assert helps(world) == 2


@pytest.mark.parametrize("kind", [FaultKind.LOST, FaultKind.HALF, FaultKind.RESET])
def test_an_answer_that_was_lost_is_looked_for_before_it_is_given_again(
    world: Any, kind: FaultKind
) -> None:
    def fail(seen: Any) -> None:
        if seen.method == "POST" and not seen.path.endswith("/graphql"):
            world.plan.on_request = None
            world.plan.at[seen.number] = Fault(kind)

    world.fake.say(ADA, ASKED)
    (asked,) = talk(world, "remarks", "/synapse")
    world.plan.begin()
    world.plan.on_request = fail
    talk(world, "reply", asked, body_for(asked.key))
    assert helps(world) == 1


def test_a_second_reaction_and_a_refused_one_are_no_errors(world: Any) -> None:
    world.fake.tokens["reader"] = FakeToken(ACTIONS_BOT, writes=False)
    world.fake.say(ADA, ASKED)
    (asked,) = talk(world, "remarks", "/synapse")
    for token in ("good", "good", "reader"):
        talk(world, "react", asked, token=token)
    assert [row["content"] for row in world.fake.reactions] == ["eyes"]


def test_a_thread_is_resolved_where_the_token_may(world: Any, thread: int) -> None:
    world.fake.tokens["weak"] = FakeToken(ACTIONS_BOT, resolves=False)
    assert talk(world, "resolve", f"PRRT_{thread}", token="weak") is False
    assert not world.fake.resolved
    assert talk(world, "resolve", f"PRRT_{thread}") is True
    assert list(world.fake.resolved) == [thread]

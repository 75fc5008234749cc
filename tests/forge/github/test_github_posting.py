"""A pull request gets each finding once, in the right place, and only what is new."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from synapse_bot.domain.errors import ForgeBusy, ForgeDenied
from synapse_bot.domain.posting import Anchor, AnchorKind
from synapse_bot.forge.fake_github import ACTIONS_BOT, FakeToken, FakeUser
from synapse_bot.forge.posting import AuthorisingForge, LabelingForge, PostingForge

FILE = Anchor(AnchorKind.FILE, "shop/cart.py", "shop/cart.py")
PERSON = FakeUser(41, "reviewer", permission="write")


def test_the_forge_has_every_posting_protocol(world: Any) -> None:
    forge = world.forge()
    for protocol in (PostingForge, LabelingForge, AuthorisingForge):
        assert isinstance(forge, protocol)


def test_the_same_run_twice_writes_nothing_the_second_time(world: Any, kit: Any) -> None:
    places = list(world.anchors().values())
    wanted = [*(kit.comment(f"f{n}", places[n * 5]) for n in range(8)), kit.comment("file", FILE)]
    first = world.cycle(wanted)
    assert first.created == 10
    assert first.refused == ()
    assert dict(first.urls).keys() == {c.fingerprint for c in wanted}
    written = len(world.posts())
    second = world.cycle(wanted)
    assert len(world.posts()) == written
    assert second.created == second.edited == second.deleted == 0
    assert second.summary_url == first.summary_url


def test_every_commentable_line_of_both_sides_is_accepted(world: Any, kit: Any) -> None:
    anchors = world.anchors()
    wanted = [kit.comment(f"p{n}", anchor) for n, anchor in enumerate(anchors.values())]
    posted = world.cycle(wanted)
    assert posted.refused == ()
    assert {row["subject_type"] for row in world.fake.review_comments} == {"line"}
    there = {
        f"{r['path']}:{'old' if r['side'] == 'LEFT' else 'new'}:{r['line']}"
        for r in world.fake.review_comments
    }
    assert there == {f"{a.path}:{a.side}:{a.line}" for a in anchors.values()}


def test_120_findings_go_in_reviews_of_30_that_only_comment(world: Any, kit: Any) -> None:
    places = [a for name, a in world.anchors().items() if name.startswith("fresh.py:")]
    world.cycle([kit.comment(f"n{n}", place) for n, place in enumerate(places[:120])])
    reviews = [body for _, path, body in world.posts() if path.endswith("/reviews")]
    assert [len(body["comments"]) for body in reviews] == [30, 30, 30, 30]
    assert {body["event"] for body in reviews} == {"COMMENT"}
    assert {body["commit_id"] for body in reviews} == {world.fake.revisions.head}
    assert len(world.prints()) == 120


def test_writes_keep_a_second_between_them(world: Any, kit: Any) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    forge = world.forge(interval_s=1.0, clock=lambda: now[0], sleep=sleep)
    world.cycle([kit.comment("a", FILE), kit.comment("b", FILE)], forge=forge)
    assert len(world.posts()) == 3
    assert now[0] == 2.0


def test_a_line_outside_the_diff_costs_no_other_comment_its_place(world: Any, kit: Any) -> None:
    good = list(world.anchors().values())[:6]
    bad = Anchor(AnchorKind.LINE, "shop/cart.py", "shop/cart.py", line=30)
    wanted = [*(kit.comment(f"f{n}", place) for n, place in enumerate(good)), kit.comment("x", bad)]
    world.cycle(wanted)
    kinds = {r["body"].split("**")[1]: r["subject_type"] for r in world.fake.review_comments}
    assert kinds == {**{f"f{n}": "line" for n in range(6)}, "x": "file"}


def test_a_fixed_finding_is_resolved_unless_a_person_replied(world: Any, kit: Any) -> None:
    first, second, *_ = world.anchors().values()
    world.cycle([kit.comment("gone", first), kit.comment("argued", second)])
    ids = {r["body"].split("**")[1]: r["id"] for r in world.fake.review_comments}
    world.fake.say(PERSON, "No, this is fine.", reply_to=ids["argued"])
    posted = world.cycle([])
    assert posted.resolved == 1
    assert set(world.fake.resolved) == {ids["gone"]}
    again = world.cycle([])
    assert again.resolved == 0
    world.cycle([kit.comment("gone", first)])
    assert world.fake.resolved == {}, "what is back is reopened"
    assert len(world.prints()) == 2


def test_a_token_that_may_not_resolve_says_so_and_posts_all_else(world: Any, kit: Any) -> None:
    world.fake.tokens["good"] = FakeToken(ACTIONS_BOT, resolves=False)
    first, second, *_ = world.anchors().values()
    world.cycle([kit.comment("gone", first)])
    posted = world.cycle([kit.comment("new", second)], "later")
    assert "contents: write" in posted.refused[0]
    assert world.summaries() == ["later"]
    assert world.prints() == ["gone", "new"]


def test_a_changed_body_is_edited_in_place(world: Any, kit: Any) -> None:
    place = next(iter(world.anchors().values()))
    world.cycle([kit.comment("a", place, "old words")], "old")
    posted = world.cycle([kit.comment("a", place, "new words")], "new")
    assert (posted.created, posted.edited) == (0, 2)
    assert world.summaries() == ["new"]
    assert [r["body"].endswith("new words") for r in world.fake.review_comments] == [True]


def test_a_copied_marker_of_another_author_is_not_ours(world: Any, kit: Any) -> None:
    world.fake.say(PERSON, kit.summary_body("forged: all is well"))
    world.cycle([], "the real one")
    assert world.summaries() == ["forged: all is well", "the real one"]


def test_duplicates_are_deleted_and_the_oldest_wins(world: Any, kit: Any) -> None:
    for text in ("first", "second"):
        world.fake.say(ACTIONS_BOT, kit.summary_body(text))
    posted = world.cycle([], "now")
    assert posted.deleted == 1
    assert world.summaries() == ["now"]


def test_our_own_pending_review_is_deleted_first(world: Any, kit: Any) -> None:
    world.fake.reviews.append({"id": 9, "user": ACTIONS_BOT.row(), "state": "PENDING"})
    world.fake.reviews.append({"id": 8, "user": PERSON.row(), "state": "PENDING"})
    world.cycle([kit.comment("a", next(iter(world.anchors().values())))])
    assert [r["state"] for r in world.fake.reviews] == ["PENDING", "COMMENTED"]
    assert world.fake.reviews[0]["id"] == 8


def test_a_body_over_the_limit_is_cut_behind_its_marker_and_stays_stable(
    world: Any, kit: Any
) -> None:
    text = "```python\n" + "x = 1\n" * 20_000 + "```\n"
    world.cycle([], text)
    [body] = world.summaries()
    assert len(world.fake.issue_comments[0]["body"]) <= 65_536
    assert body.count("```") == 2
    assert "Cut here" in body
    written = len(world.posts())
    world.cycle([], text)
    assert len(world.posts()) == written


def test_a_force_push_between_two_runs_leaves_one_comment_a_finding(world: Any, kit: Any) -> None:
    anchors = world.anchors()
    wanted = [kit.comment("a", anchors["shop/cart.py:new:4"]), kit.comment("b", FILE)]
    world.cycle(wanted)
    files = {"shop/cart.py": b"top\n" + world.repo.git("show", "feature:shop/cart.py")}
    world.repo.git("checkout", "-q", "-B", "feature", "main")
    world.repo.commit(files, "rewritten")
    world.fake.push(world.revisions())
    moved = [kit.comment("a", world.anchors()["shop/cart.py:new:5"]), kit.comment("b", FILE)]
    world.cycle(moved)
    assert world.prints() == ["a", "b"]


def test_nothing_is_posted_for_a_head_that_moved_on(world: Any, kit: Any) -> None:
    forge = world.forge()
    change = asyncio.run(forge.change())
    delta = world.delta([kit.comment("a", FILE)], forge)
    world.repo.commit({"late.py": b"late\n"}, "late")
    world.fake.push(world.revisions())
    posted = asyncio.run(forge.post(change, delta, None, key=change.key))
    assert "head moved on" in posted.refused[0]
    assert world.posts() == []


def test_a_delta_that_is_applied_twice_posts_once(world: Any, kit: Any) -> None:
    """A durable engine repeats a step with what it had computed before it died."""
    forge = world.forge()
    change = asyncio.run(forge.change())
    place = next(iter(world.anchors().values()))
    delta = world.delta([kit.comment("a", place), kit.comment("b", FILE)], forge)
    for _ in range(2):
        asyncio.run(world.forge().post(change, delta, None, key=change.key))
    assert world.prints() == ["a", "b"]


def test_a_read_only_token_is_denied_with_what_to_do(world: Any, kit: Any) -> None:
    world.fake.tokens["good"] = FakeToken(
        ACTIONS_BOT, writes=False, checks=False, statuses=False, resolves=False
    )
    world.fake.head_repository_id = 2
    forge = world.forge()
    change = asyncio.run(forge.change())
    assert asyncio.run(forge.access(change)).from_fork
    with pytest.raises(ForgeDenied, match="Resource not accessible by integration") as denied:
        world.cycle([kit.comment("a", FILE)])
    assert "pull_requests=write" in str(denied.value)
    assert "workflow_run" in denied.value.hint
    assert world.prints() == world.summaries() == []


def test_a_wrong_token_and_an_archived_repository_are_known_before_writing(world: Any) -> None:
    with pytest.raises(ForgeDenied, match="does not accept the token"):
        asyncio.run(world.forge("wrong").change())
    world.fake.archived = True
    forge = world.forge()
    access = asyncio.run(forge.access(asyncio.run(forge.change())))
    assert "archived" in access.why_not


def test_who_we_are_is_asked_of_the_api(world: Any) -> None:
    async def ask(token: str) -> Any:
        forge = world.forge(token)
        return await forge.access(await forge.change())

    world.fake.tokens["person"] = FakeToken(PERSON, installation=False)
    assert asyncio.run(ask("good")).author_id == str(ACTIONS_BOT.id)
    assert asyncio.run(ask("person")).login == "reviewer"


def test_a_secondary_limit_is_waited_for_and_told_from_a_refusal(world: Any, kit: Any) -> None:
    def recover(seconds: float) -> None:
        world.slept.append(seconds)
        if seconds:
            world.fake.secondary_limit_after = None

    world.fake.secondary_limit_after = 0
    world.cycle([kit.comment("a", FILE)], forge=world.forge(sleep=recover))
    assert world.slept[0] == 60.0
    assert world.prints() == ["a"]
    world.fake.secondary_limit_after = 0
    with pytest.raises(ForgeBusy, match="rate limit"):
        world.cycle([], "new", forge=world.forge(patience_s=30))


def test_commands_are_obeyed_by_id_and_permission_never_by_name(world: Any) -> None:
    world.fake.users = [PERSON, FakeUser(42, "guest")]
    forge = world.forge()

    async def ask(author_id: str, login: str) -> bool:
        return await forge.may_command(await forge.change(), author_id, login)

    assert asyncio.run(ask("41", "reviewer"))
    assert not asyncio.run(ask("42", "reviewer"))
    assert not asyncio.run(ask("42", "guest"))
    assert not asyncio.run(ask("43", "stranger"))
    assert not asyncio.run(ask("41", "reviewer/../x"))


def test_labels_are_added_once(world: Any) -> None:
    for _ in range(2):
        forge = world.forge()
        change = asyncio.run(forge.change())
        asyncio.run(forge.add_labels(change, ("needs-human",)))
    assert len(world.posts()) == 1
    assert world.fake.labels == ["needs-human"]

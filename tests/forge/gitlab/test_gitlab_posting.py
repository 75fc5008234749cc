"""Writing to a merge request: once, in the right place, and only what is new."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from synapse_bot.domain.anchors import resolver_of
from synapse_bot.domain.diff import Side
from synapse_bot.domain.errors import ForgeDenied
from synapse_bot.domain.finding import Location
from synapse_bot.domain.markers import encode
from synapse_bot.domain.posting import (
    Anchor,
    AnchorKind,
    Delta,
    Marker,
    MarkerKind,
    Pair,
    SummaryDelta,
)


def _first(world: Any, kit: Any, count: int = 3) -> list[Any]:
    anchors = [anchor for _, anchor in kit.every_line(world.diff())]
    return [kit.comment(f"f{n}", anchor) for n, anchor in enumerate(anchors[:count])]


def test_every_kind_of_line_gets_its_thread_in_place(world: Any, comments: Any) -> None:
    wanted = comments(world)
    posted = world.cycle(wanted)
    assert world.fake.refused_positions == 0
    assert world.prints() == sorted(c.fingerprint for c in wanted)
    assert all("position" in n for n in world.fake.notes if "a finding" in n["body"])
    assert posted.created == len(wanted) + 1
    assert {print for print, _ in posted.urls} == {c.fingerprint for c in wanted}
    assert not posted.refused


@pytest.mark.parametrize("drafts", [True, False], ids=["drafts", "threads"])
def test_findings_of_several_lines_stand_where_they_are(world: Any, kit: Any, drafts: bool) -> None:
    world.fake.features.drafts = drafts
    resolve = resolver_of(world.diff())
    places = [
        Location("shop/cart.py", 3, 6),
        Location("shop/cart.py", 1, 3),
        Location("shop/gone.py", 1, 3, Side.OLD),
        Location("shop/new_name.py", 10, 12),
    ]
    wanted = [kit.comment(f"r{n}", resolve(place)) for n, place in enumerate(places)]
    world.cycle(wanted)
    assert world.fake.refused_positions == 0
    ranges = [note["position"]["line_range"] for note in world.fake.notes if "position" in note]
    assert len(ranges) == len(places)
    world.plan.begin()
    world.cycle(wanted)
    assert world.writes() == 0


def test_findings_and_summary_are_two_notifications(world: Any, comments: Any) -> None:
    world.cycle(comments(world))
    assert world.fake.notifications == 2


@pytest.mark.parametrize("drafts", [True, False], ids=["drafts", "threads"])
def test_the_whole_cycle_twice_writes_nothing_new(world: Any, comments: Any, drafts: bool) -> None:
    world.fake.features.drafts = drafts
    wanted = comments(world)
    first = world.cycle(wanted)
    world.plan.begin()
    again = world.cycle(wanted)
    assert world.writes() == 0
    assert again.summary_url == first.summary_url
    assert dict(again.urls) == dict(first.urls)


def test_the_summary_is_edited_in_place(world: Any, kit: Any) -> None:
    wanted = _first(world, kit)
    first = world.cycle(wanted, "three findings")
    world.plan.begin()
    again = world.cycle(wanted, "still three")
    assert (world.writes(), again.edited, again.summary_url) == (1, 1, first.summary_url)
    assert [body.endswith("still three") for body in world.summaries()] == [True]


def test_a_copied_marker_of_somebody_else_is_not_ours(world: Any, kit: Any) -> None:
    world.fake.open_discussion(kit.person, kit.summary_body("a forged summary"), None, thread=False)
    wanted = _first(world, kit, 1)
    world.fake.open_discussion(kit.person, wanted[0].body, None, thread=True)
    world.cycle(wanted)
    assert len(world.summaries()) == 2
    assert world.prints() == ["f0", "f0"]
    assert any("a forged summary" in body for body in world.summaries())


def test_another_instance_of_the_bot_keeps_its_comments(world: Any, kit: Any) -> None:
    other = encode(Marker(MarkerKind.SUMMARY, "other"))
    world.fake.open_discussion(kit.bot, f"{other}\nthe other bot", None, thread=False)
    world.cycle(_first(world, kit))
    assert any(note["body"] == f"{other}\nthe other bot" for note in world.fake.notes)
    assert len(world.summaries()) == 1


def test_what_is_fixed_gets_its_thread_resolved(world: Any, kit: Any) -> None:
    wanted = _first(world, kit)
    world.cycle(wanted)
    posted = world.cycle(wanted[1:])
    assert posted.resolved == 1
    assert [n["resolved"] for n in world.fake.notes if "**f0**" in n["body"]] == [True]


def test_a_thread_with_a_persons_reply_is_never_resolved(world: Any, kit: Any) -> None:
    wanted = _first(world, kit)
    world.cycle(wanted)
    threads = [d for d in world.fake.discussions if "**f0**" in d["notes"][0]["body"]]

    async def late_reply() -> Any:
        forge = world.forge()
        change = await forge.change()
        found = await forge.existing(change)
        stale = tuple(e for e in found if e.marker.fingerprint == "f0")
        world.fake.reply(threads[0]["id"], kit.person, "I disagree")  # between reading and writing
        return await forge.post(change, Delta(resolve=stale), None, key="k")

    posted = asyncio.run(late_reply())
    assert (posted.resolved, threads[0]["notes"][0]["resolved"]) == (0, False)


def test_resolving_is_best_effort(world: Any, kit: Any) -> None:
    wanted = _first(world, kit)
    world.cycle(wanted)
    forge = world.forge(place=world.place("reporter"))
    posted = world.cycle(wanted[1:], forge=forge)
    assert "Developer" in posted.refused[0]


def test_what_is_back_is_reopened(world: Any, kit: Any) -> None:
    wanted = _first(world, kit, 1)
    world.cycle(wanted)
    world.cycle([])
    assert world.fake.notes[0]["resolved"]

    async def back() -> None:
        forge = world.forge()
        change = await forge.change()
        found = [e for e in await forge.existing(change) if e.marker.fingerprint == "f0"]
        assert found[0].resolved_by == str(kit.bot.id)
        await forge.post(change, Delta(reopen=(Pair(found[0], wanted[0]),)), None, key="k")

    asyncio.run(back())
    assert not world.fake.notes[0]["resolved"]


def test_a_refused_position_becomes_a_thread_that_names_the_place(world: Any, kit: Any) -> None:
    good = _first(world, kit, 1)[0]
    bad = replace(good.anchor.end, old=None, new=4000)
    wanted = [
        good,
        kit.comment("bad", replace(good.anchor, line=4000, end=bad), "out of the diff"),
    ]
    world.cycle(wanted)
    note = next(n for n in world.fake.notes if "out of the diff" in n["body"])
    assert f"`{good.anchor.path}:4000`" in note["body"]
    assert "position" not in note
    assert world.prints() == ["bad", "f0"]
    world.plan.begin()
    world.cycle(wanted)
    assert world.writes() == 0
    world.cycle([good, replace(wanted[1], body=wanted[1].body + " and more")])
    assert note["body"].endswith("and more")
    assert f"`{good.anchor.path}:4000`" in note["body"]
    assert world.cycle([good]).resolved == 1  # its place was read back, so its end can be proved


def test_a_file_level_finding_stands_at_its_file(world: Any, kit: Any) -> None:
    anchor = Anchor(AnchorKind.FILE, "shop/new_name.py", "shop/old_name.py")
    world.cycle([kit.comment("f0", anchor)])
    assert world.fake.notes[0]["position"]["position_type"] == "file"


def test_a_file_level_finding_in_an_old_version_names_its_file(world: Any, kit: Any) -> None:
    world.fake.features.file_positions = False
    anchor = Anchor(AnchorKind.FILE, "shop/new_name.py", "shop/old_name.py")
    world.cycle([kit.comment("f0", anchor)])
    assert "`shop/new_name.py`" in world.fake.notes[0]["body"]


def test_a_draft_that_publishing_loses_is_posted_as_a_thread(world: Any, kit: Any) -> None:
    world.fake.vanish = {"**f1**"}
    posted = world.cycle(_first(world, kit))
    assert world.prints() == ["f0", "f1", "f2"]
    assert not posted.refused


def test_a_persons_own_drafts_are_never_published(world: Any, kit: Any) -> None:
    private = {"id": 5, "author_id": kit.bot.id, "note": "not yet", "position": None}
    world.fake.drafts.append(private)
    world.cycle(_first(world, kit))
    assert world.fake.drafts == [private]
    assert world.prints() == ["f0", "f1", "f2"]


def test_drafts_of_a_run_that_died_are_used_and_old_ones_dropped(world: Any, kit: Any) -> None:
    wanted = _first(world, kit)
    stale = kit.comment("f9", wanted[0].anchor, "of an older head")
    for body in (wanted[0].body, stale.body, wanted[0].body):
        draft = {"id": world.fake.next_id(), "author_id": kit.bot.id, "note": body}
        world.fake.drafts.append(draft | {"position": None})
    world.cycle(wanted)
    assert world.prints() == ["f0", "f1", "f2"]
    assert world.fake.drafts == []


def test_a_hundred_and_twenty_findings(worlds: Any, kit: Any) -> None:
    lines = b"".join(b"x = %d\n" % n for n in range(120))
    world = worlds(files={"shop/many.py": lines})
    anchors = [anchor for _, anchor in kit.every_line(world.diff())]
    wanted = [kit.comment(f"n{n}", anchor) for n, anchor in enumerate(anchors)]
    world.cycle(wanted)
    assert len(world.prints()) == len(set(world.prints())) == 120
    world.plan.begin()
    world.cycle(wanted)
    assert world.writes() == 0
    assert sum("discussions?" in seen.path for seen in world.plan.seen) == 4  # two pages, twice


def test_repost_creates_before_it_removes(world: Any, kit: Any) -> None:
    world.cycle([], "first")

    async def repost() -> None:
        forge = world.forge()
        change = await forge.change()
        old = tuple(await forge.existing(change))
        summary = SummaryDelta(kit.summary_body("second"), None, old)
        world.plan.begin()
        await forge.post(change, Delta(), summary, key="k")

    asyncio.run(repost())
    assert [body.endswith("second") for body in world.summaries()] == [True]
    assert [seen.method for seen in world.plan.writes] == ["POST", "DELETE"]


def test_a_summary_that_somebody_deleted_is_posted_anew(world: Any, kit: Any) -> None:
    world.cycle([], "first")

    async def edit() -> Any:
        forge = world.forge()
        change = await forge.change()
        old = next(iter(await forge.existing(change)))
        world.fake.discussions.clear()
        summary = SummaryDelta(kit.summary_body("second"), old)
        return await forge.post(change, Delta(), summary, key="k")

    assert asyncio.run(edit()).summary_url
    assert [body.endswith("second") for body in world.summaries()] == [True]


def test_duplicates_of_ours_go_and_those_of_others_stay(world: Any, kit: Any) -> None:
    wanted = _first(world, kit, 1)
    world.cycle(wanted)
    world.fake.open_discussion(kit.bot, wanted[0].body, None, thread=True)
    world.fake.open_discussion(kit.person, wanted[0].body, None, thread=True)

    async def tidy() -> Any:
        forge = world.forge()
        change = await forge.change()
        found = [e for e in await forge.existing(change) if e.marker.fingerprint == "f0"]
        return await forge.post(change, Delta(duplicates=tuple(found[1:])), None, key="k")

    assert asyncio.run(tidy()).deleted == 1
    assert world.prints() == ["f0", "f0"]


def test_a_force_push_leaves_threads_and_adds_only_what_is_new(worlds: Any, kit: Any) -> None:
    world = worlds(files=kit.changed_files())
    wanted = _first(world, kit)
    world.cycle(wanted)
    world.repo.git("reset", "-q", "--hard", world.base)
    head = world.repo.commit({"shop/cart.py": b"all\nnew\n", "shop/more.py": b"x\n"})
    refs = {"base_sha": world.base, "start_sha": world.base, "head_sha": head}
    world.fake.push(kit.entries_of(world.repo, world.base, head), refs)
    world.head = head
    anchors = dict(kit.every_line(world.diff()))
    later = kit.comment("new", anchors["shop/more.py:new:1"])
    world.plan.begin()
    world.cycle([*wanted, later])
    assert world.prints() == ["f0", "f1", "f2", "new"]
    assert world.fake.refused_positions == 0


@pytest.mark.parametrize("kind", ["job", "none"])
def test_a_token_that_cannot_post_says_so_and_what_to_do(world: Any, kind: str) -> None:
    from synapse_bot.forge.gitlab_api import TokenKind

    place = world.place("job", token_kind=TokenKind(kind))

    async def run() -> Any:
        forge = world.forge(place=place, local=True)
        change = await forge.change()
        diff = await forge.diff(change)
        access = await forge.access(change)
        with pytest.raises(ForgeDenied) as denied:
            await forge.existing(change)
        with pytest.raises(ForgeDenied):
            await forge.post(change, Delta(), None, key="k")
        return change, diff, access, denied.value

    change, diff, access, denied = asyncio.run(run())
    assert (change.base, change.head) == (world.base, world.head)
    assert len(diff.files) == len(world.fake.entries)
    assert access.why_not
    assert "GITLAB_TOKEN" in denied.hint
    assert "scope api" in denied.hint
    assert world.plan.seen == []  # known without a single request


def test_a_job_token_without_history_says_which_depth(world: Any) -> None:
    from synapse_bot.forge.gitlab_api import TokenKind

    async def run() -> None:
        forge = world.forge(place=world.place("job", token_kind=TokenKind.JOB))
        await forge.diff(await forge.change())

    with pytest.raises(ForgeDenied) as denied:
        asyncio.run(run())
    assert "GIT_DEPTH: 0" in denied.value.hint


def test_a_read_only_token_is_found_out_before_anything_is_written(world: Any) -> None:
    async def run() -> Any:
        forge = world.forge(place=world.place("reader"))
        return await forge.access(await forge.change())

    access = asyncio.run(run())
    assert "read_api" in access.why_not
    assert world.writes() == 0

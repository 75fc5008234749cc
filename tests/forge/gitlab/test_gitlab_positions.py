"""Every kind of place in a real change, against the fake's own reading of the same diff."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha1
from typing import Any

import pytest

from synapse_bot.domain.anchors import AnchorResolver
from synapse_bot.domain.diff import LineKind, Side
from synapse_bot.domain.finding import Location
from synapse_bot.domain.posting import Anchor, AnchorKind, Point
from synapse_bot.forge.fake_gitlab_positions import PositionIndex
from synapse_bot.forge.gitlab_positions import DiffRefs, anchor_of, position_of

REFS = DiffRefs("b" * 40, "s" * 40, "h" * 40)
_ADDED = Point(LineKind.ADDED, None, 3, 3, 3)
_REMOVED = Point(LineKind.REMOVED, 3, None, 3, 3)
_CONTEXT = Point(LineKind.CONTEXT, 5, 7, 5, 7)


def _line(point: Point, path: str = "a.py", old_path: str = "a.py") -> Anchor:
    side = Side.OLD if point.kind is LineKind.REMOVED else Side.NEW
    return Anchor(AnchorKind.LINE, path, old_path, side, line=point.on(side), end=point)


@pytest.mark.parametrize(
    ("point", "numbers"),
    [
        (_ADDED, {"new_line": 3}),
        (_REMOVED, {"old_line": 3}),
        (_CONTEXT, {"old_line": 5, "new_line": 7}),
    ],
    ids=["added", "removed", "context"],
)
def test_a_line_has_exactly_the_numbers_that_it_has(point: Point, numbers: dict[str, int]) -> None:
    position = position_of(_line(point), REFS, draft=False)
    assert position == {
        "position_type": "text",
        "base_sha": REFS.base,
        "start_sha": REFS.start,
        "head_sha": REFS.head,
        "old_path": "a.py",
        "new_path": "a.py",
        **numbers,
    }


def test_a_rename_has_both_names() -> None:
    position = position_of(_line(_ADDED, "new.py", "old.py"), REFS, draft=False)
    assert position is not None
    assert (position["old_path"], position["new_path"]) == ("old.py", "new.py")


def test_several_lines_are_named_by_their_line_codes() -> None:
    anchor = replace(_line(_CONTEXT), start=_ADDED, start_line=3)
    position = position_of(anchor, REFS, draft=False)
    assert position is not None
    name = sha1(b"a.py").hexdigest()
    assert position["line_range"] == {
        "start": {"line_code": f"{name}_3_3", "type": "new", "new_line": 3},
        "end": {"line_code": f"{name}_5_7", "type": "old", "old_line": 5, "new_line": 7},
    }


def test_a_draft_has_no_numbers_in_its_line_range() -> None:
    anchor = replace(_line(_CONTEXT), start=_ADDED, start_line=3)
    position = position_of(anchor, REFS, draft=True)
    assert position is not None
    assert [set(end) for end in position["line_range"].values()] == [{"line_code", "type"}] * 2


def test_a_file_is_a_place_and_the_summary_is_none() -> None:
    position = position_of(Anchor(AnchorKind.FILE, "a.py", "a.py"), REFS, draft=False)
    assert position is not None
    assert position["position_type"] == "file"
    assert position_of(Anchor(AnchorKind.SUMMARY), REFS, draft=False) is None


@pytest.mark.parametrize("point", [_ADDED, _REMOVED, _CONTEXT], ids=["added", "removed", "context"])
def test_a_position_read_back_is_the_same_place(point: Point) -> None:
    anchor = _line(point, "new.py", "old.py")
    read = anchor_of(position_of(anchor, REFS, draft=False), REFS.head)
    assert read.same_place(anchor)
    assert read.old_path == "old.py"


def test_a_position_of_an_older_head_is_outdated() -> None:
    assert anchor_of(position_of(_line(_ADDED), REFS, draft=False), "f" * 40).line is None


def test_every_line_of_a_real_change_is_accepted(world: Any, kit: Any) -> None:
    index = PositionIndex.of(world.fake.entries, world.fake.refs)
    refs = DiffRefs(*(world.fake.refs[n] for n in ("base_sha", "start_sha", "head_sha")))
    seen = set()
    for name, anchor in kit.every_line(world.diff()):
        position = position_of(anchor, refs, draft=False)
        assert position is not None
        assert index.fault(position, files_too=True) == "", name
        seen.add((anchor.path, anchor.end.kind))
    kinds = {path: {kind for where, kind in seen if where == path} for path, _ in seen}
    assert kinds["shop/cart.py"] == set(LineKind)
    assert kinds["shop/fresh.py"] == {LineKind.ADDED}
    assert kinds["shop/gone.py"] == {LineKind.REMOVED}
    assert kinds["shop/new_name.py"] == set(LineKind)


def test_every_range_of_a_real_change_is_accepted(world: Any) -> None:
    index = PositionIndex.of(world.fake.entries, world.fake.refs)
    refs = DiffRefs(*(world.fake.refs[n] for n in ("base_sha", "start_sha", "head_sha")))
    several = 0
    for file in world.diff().files:
        resolver = AnchorResolver(file)
        for side in Side:
            for first in range(1, 45):
                for last in range(first + 1, min(first + 9, 45)):
                    anchor = resolver.resolve(Location(file.path, first, last, side))
                    position = position_of(anchor, refs, draft=False)
                    assert position is not None
                    assert index.fault(position, files_too=True) == "", (file.path, first, last)
                    several += "line_range" in position
    assert several > 100


def test_the_fake_refuses_what_gitlab_refuses(world: Any, kit: Any) -> None:
    index = PositionIndex.of(world.fake.entries, world.fake.refs)
    refs = DiffRefs(*(world.fake.refs[n] for n in ("base_sha", "start_sha", "head_sha")))
    anchors = dict(kit.every_line(world.diff()))
    good = position_of(anchors["shop/cart.py:new:5"], refs, draft=False)
    assert good is not None
    wrong = [
        good | {"old_line": 5},  # an added line has no old number
        good | {"new_line": 4000},
        good | {"old_path": "elsewhere.py"},
        good | {"base_sha": "0" * 40},
        good | {"new_path": "elsewhere.py"},
    ]
    assert all("line_code" in index.fault(position, files_too=True) for position in wrong)


def test_the_base_that_moved_is_sent_as_gitlab_names_it(world: Any, kit: Any) -> None:
    world.fake.refs = world.fake.refs | {"start_sha": "5" * 40}
    anchors = dict(kit.every_line(world.diff()))
    world.cycle([kit.comment("f1", anchors["shop/cart.py:new:5"])])
    assert world.fake.refused_positions == 0
    note = next(note for note in world.fake.notes if "position" in note)
    assert note["position"]["start_sha"] == "5" * 40


def test_existing_comments_tell_their_place(world: Any, kit: Any) -> None:
    anchors = dict(kit.every_line(world.diff()))
    anchor = anchors["shop/new_name.py:new:11"]
    world.cycle([kit.comment("f1", anchor)])

    async def read() -> Any:
        forge = world.forge()
        return await forge.existing(await forge.change())

    found = {e.marker.fingerprint: e for e in asyncio.run(read())}
    assert found["f1"].anchor.same_place(anchor)
    assert found["f1"].anchor.old_path == "shop/old_name.py"

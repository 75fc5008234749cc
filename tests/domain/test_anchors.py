"""Anchors against real git diffs: every one is a line that the diff shows on its side."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.domain.anchors import CLAMP, AnchorResolver, resolver_of
from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk, LineKind, Side
from synapse_bot.domain.finding import Location
from synapse_bot.domain.posting import NOWHERE, Anchor, AnchorKind
from synapse_bot.forge.unified import parse_diff

Shown = list[tuple[int, int | None, int | None, str]]  # hunk, old, new, prefix

lines = st.lists(st.sampled_from(["a", "b", "c", "", "\t", "--- x", "@@ -1 +1 @@"]), max_size=60)
edits = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(["add", "drop", "swap"]), st.sampled_from("xyz")),
    max_size=6,
)


def git_diff(old: list[str], new: list[str]) -> bytes:
    """What git says of two files; empty where they are equal."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        (top / "old.txt").write_text("".join(f"{line}\n" for line in old))
        (top / "new.txt").write_text("".join(f"{line}\n" for line in new))
        command = ["git", "diff", "--no-index", "-U3", "--text", "old.txt", "new.txt"]
        return subprocess.run(command, cwd=top, capture_output=True).stdout


def edited(old: list[str], changes: list[tuple[int, str, str]]) -> list[str]:
    new = list(old)
    for at, what, text in changes:
        place = min(at, len(new))
        if what == "add":
            new.insert(place, text)
        elif new and place < len(new):
            new[place : place + 1] = [] if what == "drop" else [text]
    return new


def shown_by(raw: bytes) -> Shown:
    """Each line of the diff with its numbers, read apart from the code under test."""
    shown: Shown = []
    old = new = hunk = 0
    for line in raw.decode().split("\n"):
        if start := re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@", line):
            old, new, hunk = int(start[1]), int(start[2]), hunk + 1
        elif hunk and line[:1] in ("+", "-", " "):
            prefix = line[0]
            shown.append(
                (hunk, old if prefix != "+" else None, new if prefix != "-" else None, prefix)
            )
            old += prefix != "+"
            new += prefix != "-"
    return shown


def check(anchor: Anchor, shown: Shown) -> None:
    """What the forges demand of a position."""
    column = 2 if anchor.side is Side.NEW else 1
    by_number = {row[column]: row for row in shown if row[column] is not None}
    assert anchor.line in by_number
    hunk, old, new, _ = by_number[anchor.line]
    assert anchor.end is not None
    assert (anchor.end.old, anchor.end.new) == (old, new)
    if anchor.side is Side.OLD:
        assert new is None, "an unchanged line is always a NEW one"
    assert (anchor.start_line is None) == (anchor.start is None)
    if anchor.start_line is not None:
        assert anchor.start is not None
        assert anchor.start_line < anchor.line
        assert by_number[anchor.start_line][0] == hunk
        assert (anchor.start.old, anchor.start.new) == by_number[anchor.start_line][1:3]


@settings(max_examples=120, deadline=None)
@given(
    old=lines,
    changes=edits,
    spots=st.lists(
        st.tuples(st.integers(0, 70), st.integers(0, 15), st.sampled_from(Side)),
        min_size=1,
        max_size=12,
    ),
)
def test_every_anchor_is_a_line_that_the_diff_shows_on_its_side(
    old: list[str], changes: list[tuple[int, str, str]], spots: list[tuple[int, int, Side]]
) -> None:
    raw = git_diff(old, edited(old, changes))
    files = parse_diff(raw).files
    if not files or not files[0].hunks:
        return
    shown, resolver = shown_by(raw), AnchorResolver(files[0])
    for side, column in ((Side.OLD, 1), (Side.NEW, 2)):
        numbers = [row[column] for row in shown if row[column] is not None]
        assert [point.on(side) for point in resolver.points(side)] == numbers
        for start, more, wanted in spots:
            anchor = resolver.resolve(Location("new.txt", start, start + more, wanted))
            near = (
                n
                for row in shown
                if (n := row[1 if wanted is Side.OLD else 2]) is not None
                and start - CLAMP <= n <= start + more + CLAMP
            )
            assert (anchor.kind is AnchorKind.LINE) == (start > 0 and any(True for _ in near))
            if anchor.kind is AnchorKind.LINE:
                check(anchor, shown)


OLD = [f"line {n}" for n in range(1, 41)]
NEW = [*OLD[:9], "ten", *OLD[10:29], "new", "newer", *OLD[29:]]


@pytest.fixture(scope="module")
def resolver() -> AnchorResolver:
    """Hunks at -7,7 +7,7 (line 10 replaced) and -27,6 +27,8 (30 and 31 added)."""
    return AnchorResolver(parse_diff(git_diff(OLD, NEW)).files[0])


def at(start: int, end: int = 0, side: Side = Side.NEW) -> Location:
    return Location("new.txt", start, end or start, side)


@pytest.mark.parametrize(
    ("location", "line", "start_line", "numbers"),
    [
        (at(10), 10, None, (None, 10)),  # added: new only
        (at(10, side=Side.OLD), 10, None, (10, None)),  # removed: old only
        (at(32), 32, None, (30, 32)),  # context: both, with their own numbers
        (at(30, side=Side.OLD), 32, None, (30, 32)),  # the old side of context is the new one
        (at(30, 31), 31, 30, (None, 31)),  # a range of one hunk
        (at(25, 31), 31, 27, (None, 31)),  # cut to the hunk
        (at(12, 40), 34, 27, (32, 34)),  # of two hunks, the one with more of the change
        (at(16), 13, None, (13, 13)),  # 3 lines below
        (at(4, 5), 7, None, (7, 7)),  # 2 lines above
    ],
)
def test_where_a_finding_is_shown(
    resolver: AnchorResolver,
    location: Location,
    line: int,
    start_line: int | None,
    numbers: tuple[int | None, int | None],
) -> None:
    anchor = resolver.resolve(location)
    assert (anchor.kind, anchor.line, anchor.start_line) == (AnchorKind.LINE, line, start_line)
    assert anchor.end is not None
    assert (anchor.end.old, anchor.end.new) == numbers
    assert (anchor.path, anchor.old_path) == ("new.txt", "old.txt")


@pytest.mark.parametrize("location", [at(17), at(22), at(300), at(0), at(-3, 12)])
def test_what_is_too_far_away_is_about_the_file(
    resolver: AnchorResolver, location: Location
) -> None:
    anchor = resolver.resolve(location)
    assert anchor == Anchor(AnchorKind.FILE, "new.txt", "old.txt")


def test_a_range_that_ends_before_it_starts_is_one_line(resolver: AnchorResolver) -> None:
    assert resolver.resolve(at(30, 2)).line == 30


def test_line_codes_count_both_sides(resolver: AnchorResolver) -> None:
    added = resolver.point(Side.NEW, 31)
    removed = resolver.point(Side.OLD, 10)
    assert added is not None
    assert removed is not None
    assert (added.old_at, added.new_at) == (30, 31)
    assert (removed.old_at, removed.new_at) == (10, 10)
    assert resolver.point(Side.NEW, 20) is None
    assert resolver.hunk_at(Side.NEW, 20) is None
    assert resolver.hunk_at(Side.NEW, 31) is not None


def test_new_deleted_renamed_and_binary_files_carry_both_paths() -> None:
    body = (Hunk(0, 0, 1, 2, "", "+a\n+b"),)
    gone = (Hunk(1, 2, 0, 0, "", "-a\n-b"),)
    diff = Diff(
        (
            FileDiff("n.py", None, FileStatus.ADDED, hunks=body),
            FileDiff("d.py", "d.py", FileStatus.DELETED, hunks=gone),
            FileDiff("to.py", "from.py", FileStatus.RENAMED),
            FileDiff("b.bin", "b.bin", FileStatus.MODIFIED, binary=True),
        )
    )
    resolve = resolver_of(diff)
    new = resolve(Location("n.py", 1, 2))
    assert (new.path, new.old_path, new.start_line, new.line) == ("n.py", "n.py", 1, 2)
    old = resolve(Location("d.py", 2, 2, Side.OLD))
    assert (old.path, old.old_path, old.side, old.line) == ("d.py", "d.py", Side.OLD, 2)
    assert old.end is not None
    assert (old.end.kind, old.end.new) == (LineKind.REMOVED, None)
    renamed = Anchor(AnchorKind.FILE, "to.py", "from.py")
    assert resolve(Location("to.py", 5, 5)) == renamed
    assert resolve(Location("from.py", 5, 5, Side.OLD)) == renamed
    assert resolve(Location("b.bin", 1, 1)).kind is AnchorKind.FILE
    assert resolve(Location("elsewhere.py", 1, 1)) == NOWHERE

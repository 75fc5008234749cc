"""One-click blocks: only what is found once, fits, and parses."""

from __future__ import annotations

import ast
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from synapse_bot.domain.diff import FileDiff, Side
from synapse_bot.domain.finding import Location, Suggestion
from synapse_bot.forge.unified import parse_diff
from synapse_bot.report.suggestion import Dialect, Replacement, block, replacement

BASE = "import yaml\n\n\ndef load(text):\n    return text\n\n\ndef tail():\n    pass\n"
HEAD = (
    "import yaml\n\n\ndef load(text):\n    if text:\n        data = yaml.load(text)\n"
    "        return data\n    return text\n\n\ndef tail():\n    pass\n"
)


def diff_of(base: str, head: str, path: str = "a.py") -> FileDiff:
    with tempfile.TemporaryDirectory() as folder:
        for side, text in (("old", base), ("new", head)):
            place = Path(folder) / side / path
            place.parent.mkdir(parents=True)
            place.write_bytes(text.encode())
        command = ["git", "diff", "--no-index", "-U3", "--text", f"old/{path}", f"new/{path}"]
        raw = subprocess.run(command, cwd=folder, capture_output=True).stdout
    return parse_diff(raw).files[0]


def offered(
    old: str,
    new: str,
    *,
    line: int = 6,
    base: str = BASE,
    head: str = HEAD,
    path: str = "a.py",
    known: bool = True,
    side: Side = Side.NEW,
) -> Replacement | None:
    at = Location(path, line, line, side)
    text = head if known else None
    return replacement(Suggestion(old, new), at, diff_of(base, head, path), text)


def test_a_part_of_a_line_becomes_a_whole_line() -> None:
    made = offered("yaml.load(text)", "yaml.safe_load(text)")
    assert made == Replacement(6, 6, ("        data = yaml.safe_load(text)",))


def test_the_indentation_of_the_place_is_restored() -> None:
    old = "data = yaml.load(text)\nreturn data"
    new = "data = yaml.safe_load(text)\nif data:\n    return data"
    assert offered(old, new) == Replacement(
        6,
        7,
        (
            "        data = yaml.safe_load(text)",
            "        if data:",
            "            return data",
        ),
    )


def test_too_much_indentation_is_taken_off() -> None:
    made = offered(f"{' ' * 12}return data\n", f"{' ' * 12}return data or None\n")
    assert made == Replacement(7, 7, ("        return data or None",))


def test_a_suggestion_may_delete() -> None:
    made = offered("        data = yaml.load(text)\n", "")
    assert made == Replacement(6, 6, ())


TWICE = "a = 1\nb = f(x)\nc = 2\nb = f(x)\n"


@pytest.mark.parametrize("old", ["b = f(x)", "f(x)", "="])
def test_what_is_there_twice_is_not_offered(old: str) -> None:
    assert offered(old, "g(y)", line=2, base="a = 1\n", head=TWICE) is None


def test_context_tells_two_equal_lines_apart() -> None:
    made = offered("c = 2\nb = f(x)", "c = 2\nb = g(x)", line=4, base="a = 1\n", head=TWICE)
    assert made == Replacement(3, 4, ("c = 2", "b = g(x)"))


def test_what_overlaps_itself_is_there_twice() -> None:
    assert offered("aa", "b", line=1, base="x\n", head="aaa\nx\n", path="a.txt") is None


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("nowhere", "x", 6),
        ("", "x", 6),
        (" \n ", "x", 6),
        ("def tail():", "def end():", 40),  # the finding is in no hunk
        ("data = yaml.load(text)\n    return data", "pass", 6),  # another shape of indentation
        ("        data = yaml.load(text)", "        data = yaml.load(text)", 6),  # nothing changes
        ("        return data", "        return (data", 7),  # does not parse
        ("        return data", "      return data", 7),  # neither
        ("yaml.load(text)", "yaml.load(text)  # \u202e", 6),  # not to be seen
        ("yaml.load(text)", "yaml.load('AKIAIOSFODNN7EXAMPLE')", 6),
        ("        return data", "        return data\n::error::x", 7),
        ("        return data", "x\n" * 61, 7),
        ("        return data", f"        return '{'x' * 9000}'", 7),
    ],
)
def test_what_is_in_doubt_is_not_offered(old: str, new: str, line: int) -> None:
    assert offered(old, new, line=line) is None


def test_old_lines_cannot_be_replaced() -> None:
    assert offered("return text", "return 1", line=5, side=Side.OLD) is None
    head = BASE.replace("    return text\n", "    return 2\n")
    assert offered("return text", "return 1", line=5, head=head) is None


def test_removed_lines_are_not_clicked_away() -> None:
    base, head = "a = 1\nb = 2\nc = 3\n", "a = 1\nc = 3\nd = 4\n"
    assert offered("a = 1\nc = 3", "a = 2\nc = 3", line=1, base=base, head=head) is None
    assert offered("c = 3\nd = 4", "c = 5", line=3, base=base, head=head) is not None


def test_what_lies_in_two_hunks_is_not_offered() -> None:
    base = "".join(f"a{n} = {n}\n" for n in range(40))
    head = base.replace("a5 = 5", "a5 = 0").replace("a30 = 30", "a30 = 0")
    at = Location("a.py", 5, 32)
    assert replacement(Suggestion("a5 = 0", "a5 = 1"), at, diff_of(base, head), head) is None


def test_windows_line_ends_stay_as_they_are() -> None:
    head = HEAD.replace("\n", "\r\n")
    assert offered("return data", "return 1", line=7, base="x\r\n", head=head) is None
    assert offered("return data\r\n", "return 1\r\n", line=7) is not None, "only the words have"


def test_tabs_are_tabs() -> None:
    base, head = "if a:\n\tpass\n", "if a:\n\tif b:\n\t\tf(x)\n\tpass\n"
    made = offered("f(x)", "f(x)\ng(x)", line=3, base=base, head=head)
    assert made == Replacement(3, 3, ("\t\tf(x)", "\t\tg(x)"))
    spaces = "if b:\n    f(x)"
    assert offered(spaces, "g(x)", line=3, base=base, head=head) is None, "inner ones differ"


def test_a_file_that_is_not_what_the_diff_shows_gets_no_block() -> None:
    file, at = diff_of(BASE, HEAD), Location("a.py", 7, 7)
    moved = f"# new\n{HEAD}"
    assert replacement(Suggestion("return data", "return 1"), at, file, moved) is None


def test_without_the_file_python_is_not_proved() -> None:
    assert offered("return data", "return 1", line=7, known=False) is None


@pytest.mark.parametrize(
    ("new", "fits"), [("f({a: 1});", True), ("f({a: 1};", False), ("f('a);", False), ("", False)]
)
def test_other_languages_keep_their_balance(new: str, fits: bool) -> None:
    head = "x;\nf(a);\n" if new else "x;\nf(\n"
    old = "f(a);" if new else "f("
    for known in (True, False):
        made = offered(old, new, line=2, base="x;\n", head=head, path="a.js", known=known)
        assert (made is not None) is fits


def test_blocks_of_both_forges() -> None:
    made = Replacement(6, 8, ("one", "```", "two"))
    assert block(made, Dialect.GITHUB) == "````suggestion\none\n```\ntwo\n````"
    assert block(made, Dialect.GITLAB).startswith("````suggestion:-2+0\n")
    assert block(Replacement(6, 6, ()), Dialect.GITHUB) == "```suggestion\n```"


@given(st.lists(st.text("`~ab \t", max_size=9), max_size=6), st.sampled_from(Dialect))
def test_a_block_holds_its_lines_and_nothing_ends_it(lines: list[str], kind: Dialect) -> None:
    text = block(Replacement(1, 1, tuple(lines)), kind)
    (token,) = MarkdownIt("commonmark", {"html": True}).parse(text)
    assert token.type == "fence"
    assert token.content == "".join(f"{line}\n" for line in lines)


code_lines = st.lists(
    st.sampled_from(["a = 1", "if a:", "    b = 2", "        c = f(a)", "", "    pass", "x = (1,"]),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(code_lines, code_lines, st.data())
def test_what_is_offered_applies_where_it_says(
    base: list[str], head: list[str], data: st.DataObject
) -> None:
    """The old text is there, exactly once, and the file still parses."""
    text = "".join(f"{line}\n" for line in head)
    if base == head:
        return
    file = diff_of("".join(f"{line}\n" for line in base), text)
    first = data.draw(st.integers(1, len(head)))
    last = data.draw(st.integers(first, min(len(head), first + 3)))
    old = "\n".join(head[first - 1 : last])
    new = data.draw(st.sampled_from(["a = 3", "    b = 9", "pass\npass", ""]))
    made = replacement(Suggestion(old, new), Location("a.py", first, last), file, text)
    if made is None:
        return
    assert len(set(range(made.first, made.last + 1)) & set(range(first, last + 1))) > 0
    after = [*head[: made.first - 1], *made.lines, *head[made.last :]]
    ast.parse("\n".join(after))

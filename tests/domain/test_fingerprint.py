"""A fingerprint: the same for the same finding, wherever it moves; different for another one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.fingerprint import fingerprint, normalise, ordinal_of, ordinals

CODE = st.text(st.sampled_from("ab_1 \t\f\"'()=+,#\n.é\u00a0"), max_size=30)
LINE = st.text(st.sampled_from("ab =("), max_size=4)


def test_a_fingerprint_is_a_published_constant():
    # A change of the recipe closes and reopens every finding of every user: raise VERSION.
    printed = fingerprint("sql-injection", "app/db.py", '    run("select " + name)', 1)
    assert printed == "a517097928db8e1ab6d4235ce21f3aca"


def test_a_shifted_line_is_the_same_finding():
    before = ["import os", "", "def run(x):", "    return eval(x)"]
    after = ["# new", "", *before]
    old = fingerprint("eval", "a.py", before[3], ordinal_of(before, 4))
    assert fingerprint("eval", "a.py", after[5], ordinal_of(after, 6)) == old


def test_a_reformatted_line_is_the_same_finding():
    printed = {
        fingerprint("eval", "a.py", code)
        for code in ("f(a,b)", "  f( a, b )", "\tf(a , b)\r", "f(\n    a,\n    b\n)")
    }
    assert len(printed) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("return x", "returnx"),
        ("a b", "ab"),
        ("x = 1", "x = 2"),
        ("x = 'A'", "x = 'a'"),
        ("f(x)  # safe", "f(x)"),
        ("f(x)", "f('x')"),
        ("a b", "a\u00a0b"),
        ("café", "cafe\u0301"),
    ],
)
def test_other_code_is_another_finding(one, two):
    assert fingerprint("r", "a.py", one) != fingerprint("r", "a.py", two)


def test_family_path_code_and_ordinal_each_tell_findings_apart():
    base = ("r", "a.py", "x", 0)
    others = [("s", "a.py", "x", 0), ("r", "b.py", "x", 0), ("r", "a.py", "y", 0)]
    printed = {fingerprint(*parts) for parts in [base, *others, ("r", "a.py", "x", 1)]}
    assert len(printed) == 5


def test_the_parts_cannot_be_shifted_into_one_another():
    assert fingerprint("ab", "c", "") != fingerprint("a", "bc", "")
    assert fingerprint("a", "b1", "x", 2) != fingerprint("a", "b", "x", 12)
    assert fingerprint("a", "b", "1\0x", 0) != fingerprint("a", "b", "x", 1)


def test_undecodable_paths_and_code_have_a_fingerprint():
    assert len(fingerprint("r", "caf\udce9.py", "x = '\ud800'")) == 32


def test_an_exactly_repeated_line_is_another_finding():
    lines = ["eval(x)", "y = 1", "  eval( x )", "eval(x)"]
    printed = {fingerprint("eval", "a.py", lines[n - 1], ordinal_of(lines, n)) for n in (1, 3, 4)}
    assert len(printed) == 3


@pytest.mark.parametrize("number", [-1, 0, 3, 10**12])
def test_a_line_outside_of_the_file_has_no_earlier_copies(number):
    assert ordinal_of(["a", "a"], number) == 0


@given(CODE)
def test_normalising_twice_changes_nothing_more(code):
    assert normalise(normalise(code)) == normalise(code)


@given(CODE)
def test_normalising_keeps_every_character_that_is_not_white_space(code):
    bare = str.maketrans("", "", " \t\r\n\f\v")
    assert normalise(code).translate(bare) == code.translate(bare)


@given(st.lists(LINE, max_size=12))
def test_all_ordinals_at_once_equal_one_at_a_time(lines):
    assert list(ordinals(lines)) == [ordinal_of(lines, n + 1) for n in range(len(lines))]


@given(st.lists(LINE, max_size=12))
def test_no_two_lines_of_a_file_share_a_fingerprint(lines):
    numbered = enumerate(lines, start=1)
    printed = {fingerprint("r", "a", line, ordinal_of(lines, n)) for n, line in numbered}
    assert len(printed) == len(lines)


@given(st.lists(LINE, max_size=8), st.lists(st.text("xyz", min_size=1, max_size=3), max_size=8))
def test_new_lines_of_other_text_change_no_ordinal(lines, added):
    mixed = [(False, line) for line in lines]
    for text in added:
        mixed.insert(random.Random(text).randrange(len(mixed) + 1), (True, text))
    counted = ordinals([line for _, line in mixed])
    kept = [n for n, (is_new, _) in zip(counted, mixed, strict=True) if not is_new]
    assert kept == list(ordinals(lines))

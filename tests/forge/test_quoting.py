"""Paths: git's quoting, and the one-line text that stands for any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.forge.quoting import path_bytes, render_path, take_quoted, unquote

names = st.binary(min_size=1, max_size=40) | st.text(
    st.sampled_from('a/.\\"0123 é\n\t\x7f\u2028'), min_size=1, max_size=20
).map(str.encode)


@given(names)
@settings(max_examples=300)
def test_every_name_comes_back_from_its_text(raw: bytes) -> None:
    assert path_bytes(render_path(raw)) == raw


@given(names, names)
@settings(max_examples=300)
def test_two_names_never_have_one_text(first: bytes, second: bytes) -> None:
    assert (first == second) == (render_path(first) == render_path(second))


@given(names)
@settings(max_examples=300)
def test_a_path_is_one_line_of_valid_text(raw: bytes) -> None:
    text = render_path(raw)
    text.encode("utf-8")
    assert not any(character < " " or character == "\x7f" for character in text)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"src/app.py", "src/app.py"),
        ("größe.py".encode(), "größe.py"),
        (b"a\\b.py", "a\\b.py"),
        (b"caf\xe9.py", "caf\\351.py"),
        (b"caf\\351.py", "caf\\134351.py"),
        (b"two\nlines.py", "two\\012lines.py"),
    ],
)
def test_ordinary_names_stay_and_the_ending_survives(raw: bytes, text: str) -> None:
    assert render_path(raw) == text


@pytest.mark.parametrize(
    ("token", "raw"),
    [
        (rb'"t\303\251.py"', "té.py".encode()),
        (rb'"a\tb\"c\\d\n"', b'a\tb"c\\d\n'),
        (rb'"\a\b\v\f\r\001"', b"\a\b\v\f\r\x01"),
        (b"plain.py", b"plain.py"),
        (b'"open', b'"open'),
        (b'"two" "parts"', b'"two" "parts"'),
    ],
)
def test_c_quoted_tokens_are_unquoted(token: bytes, raw: bytes) -> None:
    assert unquote(token) == raw


def test_a_quoted_token_says_where_it_ends() -> None:
    assert take_quoted(rb'"a\" b" rest') == (b'a" b', 7)
    assert take_quoted(b"none") is None

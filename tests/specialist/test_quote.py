"""A claim stands where its quotation stands, or nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.specialist.quote import locate

FILE = [
    "def first():",
    "    return items[0]",
    "",
    "def last():",
    "    return items[0]",
    "    # done",
]
LINE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=30)


@pytest.mark.parametrize(
    ("quote", "place"),
    [
        ("def last():", (4, 4)),
        ("  def last():  ", (4, 4)),
        ("def last():\n    return items[0]", (4, 5)),
        ("def last():\nreturn items[0]", (4, 5)),
        ("\n\ndef last():\n", (4, 4)),
        ("last()", (4, 4)),
        ("return items[1]", None),
        ("def last():\n    # done", None),
        ("", None),
        ("   \n ", None),
        ("()", None),
    ],
)
def test_lines_are_found_word_for_word_and_nothing_else_is(
    quote: str, place: tuple[int, int] | None
) -> None:
    assert locate(quote, FILE) == place


def test_of_equal_places_the_changed_one_wins_then_the_nearest() -> None:
    assert locate("return items[0]", FILE) == (2, 2)
    assert locate("return items[0]", FILE, hint=6) == (5, 5)
    assert locate("return items[0]", FILE, hint=1, preferred={5}) == (5, 5)


@given(st.lists(LINE, min_size=1, max_size=20), st.data())
def test_what_is_copied_from_a_file_is_found_where_it_stands(
    lines: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(lines) - 1))
    end = data.draw(st.integers(start, min(len(lines), start + 11) - 1))
    found = locate("\n".join(lines[start : end + 1]), lines, hint=start + 1)
    assert found is not None
    first, last = found
    assert last - first == end - start
    quoted = [line.strip() for line in lines[start : end + 1]]
    assert [line.strip() for line in lines[first - 1 : last]] == quoted or len(quoted) == 1


@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=10), st.integers(-5, 99))
def test_no_input_raises_and_every_place_is_in_the_file(
    quote: str, lines: list[str], hint: int
) -> None:
    place = locate(quote, lines, hint)
    assert place is None or 1 <= place[0] <= place[1] <= len(lines)

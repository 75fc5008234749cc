from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from synapse_bot.report.base import RenderOptions
from synapse_bot.report.terminal import render_terminal

if TYPE_CHECKING:
    from synapse_bot.domain.review import Review

COLOR = re.compile(r"\x1b\[[0-9;]*m")
PLAIN = RenderOptions(width=80, color=False)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(reviews: dict[str, Review], width: int) -> None:
    for name in ("no-findings", "three", "incomplete", "many"):
        text = render_terminal(reviews[name], RenderOptions(width=width, color=True))
        assert max(cell_len(COLOR.sub("", line)) for line in text.split("\n")) <= width


def test_without_colour_there_is_no_escape(reviews: dict[str, Review]) -> None:
    assert "\x1b" not in render_terminal(reviews["three"], PLAIN)
    assert "\x1b[" in render_terminal(reviews["three"], RenderOptions(color=True))


def test_colour_changes_no_word(reviews: dict[str, Review]) -> None:
    colored = render_terminal(reviews["three"], RenderOptions(width=80, color=True))
    bare = "\n".join(line.rstrip() for line in COLOR.sub("", colored).split("\n"))
    assert bare == render_terminal(reviews["three"], PLAIN)


def test_the_environment_decides_nothing(
    reviews: dict[str, Review], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = render_terminal(reviews["three"], PLAIN)
    for name in ("FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.setenv(name, "33")
    assert render_terminal(reviews["three"], PLAIN) == before
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" in render_terminal(reviews["three"], RenderOptions(color=True))


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(max_size=40) | st.text("\x1b[]\r\x08\x9b:#\n ;m\u202e", max_size=20),
                      min_size=5, max_size=23))  # fmt: skip
def test_no_text_moves_the_cursor_or_commands_the_runner(make: Any, texts: list[str]) -> None:
    output = render_terminal(make.poisoned(make.three(), tuple(texts)), RenderOptions(width=60))
    bare = COLOR.sub("", output)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]", bare)
    assert not re.search(r"(?m)^\s*::", bare)
    assert "##[" not in bare


def test_carets_point_at_the_columns(make: Any) -> None:
    found = make.finding(columns={"start_column": 9, "end_column": 52})
    text = render_terminal(replace_claims(make, found), PLAIN)
    lines = text.split("\n")
    at = next(n for n, line in enumerate(lines) if "query =" in line)
    start = lines[at].index('f"SELECT')
    assert lines[at + 1][start : start + 43] == "^" * 43


def test_no_carets_where_a_column_would_lie(make: Any) -> None:
    for code in ("\tquery(x)", "que\u202ery(x)", "a\nb"):
        found = make.finding(code=code, columns={"start_column": 2, "end_column": 4})
        assert "^" not in render_terminal(replace_claims(make, found), PLAIN)


def test_evidence_is_cut_with_a_count(make: Any) -> None:
    found = make.finding(code="\n".join(f"line {n}" for n in range(40)))
    assert "… 28 more lines" in render_terminal(replace_claims(make, found), PLAIN)


def replace_claims(make: Any, found: Any) -> Review:
    from dataclasses import replace

    return replace(make.base, claims=(make.claim(found),))

"""What a model is told: the change as data, masked and visible, and nothing else of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.diff import Diff, FileDiff, FileStatus, Hunk
from synapse_bot.llm.base import Message, ModelRequest, Role
from synapse_bot.llm.cassette import digest_of
from synapse_bot.llm.tokens import count_tokens
from synapse_bot.specialist.context.background import Excerpt
from synapse_bot.specialist.context.guidance import Guide
from synapse_bot.specialist.context.pack import Extras, bundles
from synapse_bot.specialist.prompt import (
    Shown,
    Told,
    change_text,
    framed,
    keyed,
    payload,
    show,
    system_text,
)

BEFORE = ["a", "b", "old", "c", "d"]
AFTER = ["a", "b", "new 1", "new 2", "c", "d"]
HUNK = Hunk(1, 5, 1, 6, "", " a\n b\n-old\n+new 1\n+new 2\n c\n d")


def _diff(path: str = "f.py", hunk: Hunk = HUNK) -> Diff:
    return Diff((FileDiff(path, path, FileStatus.MODIFIED, hunks=(hunk,)),))


def _told(text: str) -> Any:
    return json.loads(text.rsplit("\n\n", 1)[0])


def test_added_removed_and_other_lines_carry_their_marks() -> None:
    shown = show("f.py", "\n".join(AFTER), _diff())
    assert shown.text == "  a\n  b\n- old\n+ new 1\n+ new 2\n  c\n  d"
    assert shown.lines == tuple(AFTER)


def test_lines_removed_at_the_end_are_shown() -> None:
    diff = _diff(hunk=Hunk(1, 2, 1, 1, "", " a\n-b"))
    assert show("f.py", "a", diff).text == "  a\n- b"


def test_of_a_long_file_its_head_and_what_is_near_a_change_is_shown() -> None:
    lines = [f"line {n}" for n in range(1, 1001)]
    hunk = Hunk(500, 0, 500, 1, "", "+line 500")
    shown = show("f.py", "\n".join(lines), _diff(hunk=hunk)).text.split("\n")
    assert shown[0] == "  line 1"
    assert "+ line 500" in shown
    assert shown.count("⋯") == 2
    assert len(shown) < 80
    assert not show("f.py", "\n".join(lines), _diff(hunk=hunk)).whole
    assert show("f.py", "⋯\n" * 20, _diff(hunk=Hunk(0, 0, 1, 1, "", "+⋯"))).whole


def test_the_system_text_is_the_same_for_every_change() -> None:
    assert system_text("Look.") == system_text("Look.")
    assert "{" not in system_text("Look.")


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
        "postgres://app:hunter2hunter2@db/prod",
    ],
)
def test_no_secret_is_told(secret: str) -> None:
    text = f"x = 1\nkey = '{secret}'\n"
    diff = _diff(hunk=Hunk(0, 0, 1, 2, "", f"+x = 1\n+key = '{secret}'"))
    shown = show("f.py", text, diff)
    assert secret not in change_text(Told((shown,)), "k", "c")
    removed = _diff(hunk=Hunk(1, 1, 1, 1, "", f"-key = '{secret}'\n+x = 1"))
    assert secret not in change_text(Told((show("f.py", "x = 1", removed),)), "k", "c")


@given(st.text(max_size=300), st.text(min_size=1, max_size=40))
def test_nothing_in_a_file_ends_the_string_it_stands_in(text: str, path: str) -> None:
    shown = Shown(path, text, tuple(text.split("\n")))
    told = _told(change_text(Told((shown,)), "0f", "canary"))
    assert list(told) == ["change_0f"]
    assert list(told["change_0f"]) == ["files"]
    assert [list(file) for file in told["change_0f"]["files"]] == [["path", "text"]]


def test_invisible_characters_are_shown() -> None:
    hidden = "x = 1  # \u202eignore\u2066 this\u200b \U000e0041"
    shown = show("f.py", hidden, _diff(hunk=Hunk(0, 0, 1, 1, "", f"+{hidden}")))
    assert shown.text.isascii()
    assert "<U+202E>" in shown.text


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(50, 400))
def test_bundles_fit_and_lose_no_file_that_fits(sizes: list[int], budget: int) -> None:
    files = [Shown(f"f{n:03}.py", "word " * size, ()) for n, size in enumerate(sizes)]
    made = bundles(files, budget)
    assert all(sum(file.tokens for file in bundle) <= budget for bundle in made)
    packed = [file.path for bundle in made for file in bundle]
    assert sorted(packed) == [file.path for file in files if file.tokens <= budget]


# Beside the change

BESIDE = Extras(
    (Excerpt("b.py", 3, "uses f", "f(1)"),),
    (Guide("AGENTS.md", "Be kind."),),
    "feat: f",
    ("feat: f\n\nWhy.",),
)


def _shown(text: str = "x = 1") -> Shown:
    return Shown("f.py", text, (text,))


def test_what_stands_beside_the_change_is_told_under_names_of_its_own() -> None:
    told = _told(change_text(Told((_shown(),), BESIDE), "0f", "canary"))
    assert list(told) == ["change_0f", "guidance_0f"]
    assert list(told["change_0f"]) == ["files", "related", "title", "commits"]
    assert told["change_0f"]["related"] == [
        {"path": "b.py", "line": 3, "why": "uses f", "text": "f(1)"}
    ]
    assert told["guidance_0f"] == [{"path": "AGENTS.md", "text": "Be kind."}]


@given(st.text(max_size=200))
def test_nothing_beside_the_change_ends_the_string_it_stands_in(text: str) -> None:
    beside = Extras((Excerpt(text, 1, text, text),), (Guide(text, text),), text, (text,))
    told = _told(change_text(Told((_shown(),), beside), "0f", "canary"))
    assert set(told) == {"change_0f", "guidance_0f"}


def _asked(system: str, told: Told, **more: object) -> str:
    """What the record of answers knows a question by: without what is drawn for each call."""
    text = framed(keyed(payload(told, more), ""), "")
    request = ModelRequest(system, (Message(Role.USER, text),), {}, "findings", 100)
    return digest_of("some/model", request)


def test_a_digest_is_of_what_is_told_and_not_of_what_is_drawn() -> None:
    told, system = Told((_shown(),), BESIDE), system_text("Look.")
    assert change_text(told, "0f", "a") != change_text(told, "1e", "b")
    same = _asked(system, told)
    assert same == _asked(system, Told((_shown(),), BESIDE))
    others = [
        _asked(system_text("Look again."), told),
        _asked(system, Told((_shown("x = 2"),), BESIDE)),
        _asked(system, Told((_shown(),))),
        _asked(system, told, findings=[]),
    ]
    assert len({same, *others}) == 5


def test_the_tokens_of_a_call_are_at_least_those_of_its_input() -> None:
    shown = show("f.py", "\n".join(AFTER), _diff())
    for told in (Told((shown,), BESIDE), Told((shown,))):
        data = change_text(told, "k", "c").partition("\n\n")[0]
        assert told.tokens + 100 >= count_tokens(data)

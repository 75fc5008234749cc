"""The hidden marker: what is written is read back, and nothing else is taken for one."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.domain.command import clean_reason
from synapse_bot.domain.markers import encode, parse, without_marker
from synapse_bot.domain.posting import Answer, Checkpoint, Marker, MarkerKind

words = st.text("abcXYZ019._/:-", max_size=20)
names = st.text("abcXYZ019._/-", min_size=1, max_size=30)
markers = st.builds(
    Marker,
    kind=st.sampled_from(MarkerKind),
    instance=names,
    fingerprint=words,
    by=st.lists(words, max_size=6).map(tuple),
    checkpoint=st.none() | st.builds(Checkpoint, head=words, base=words, config=words),
    answer=st.none()
    | st.builds(Answer, words, words, words, st.text(max_size=300).map(clean_reason)),
    waived=words,
)
FINDING = Marker(MarkerKind.FINDING, "default", "a" * 32, ("security:semgrep",))


def line_of(payload: object) -> str:
    text = json.dumps(payload).encode()
    return f"<!-- synapse-bot:{urlsafe_b64encode(text).decode().rstrip('=')} -->"


@given(markers, st.text(max_size=50))
def test_a_marker_is_read_back(marker: Marker, rest: str) -> None:
    assert parse(f"{encode(marker)}\n\n{rest}") == marker
    assert parse(f"{encode(marker)}\r\n{rest}") == marker


@given(markers)
def test_a_marker_is_one_line_that_ends_its_own_comment(marker: Marker) -> None:
    line = encode(marker)
    assert "\n" not in line
    assert line.startswith("<!-- ")
    assert line.index("-->") == len(line) - 3


@given(st.text(max_size=200), st.binary(max_size=60))
def test_garbage_is_no_marker_and_no_error(text: str, payload: bytes) -> None:
    assert parse(text) is None
    hidden = urlsafe_b64encode(payload).decode().rstrip("=")
    assert parse(f"<!-- synapse-bot:{hidden} -->") is None


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {},
        {"v": 2, "k": "finding", "i": "x"},
        {"v": True, "k": "finding", "i": "x"},
        {"v": 1, "k": "verdict", "i": "x"},
        {"v": 1, "k": ["finding"], "i": "x"},
        {"v": 1, "k": "finding", "i": ""},
        {"v": 1, "k": "finding", "i": "a b"},
        {"v": 1, "k": "finding", "i": "x", "f": 5},
        {"v": 1, "k": "finding", "i": "x", "f": "-->"},
        {"v": 1, "k": "finding", "i": "x", "b": "abc"},
        {"v": 1, "k": "finding", "i": "x", "b": ["a"] * 33},
        {"v": 1, "k": "summary", "i": "x", "c": ["a", "b"]},
        {"v": 1, "k": "summary", "i": "x", "c": {"head": "a"}},
    ],
)
def test_another_version_or_shape_is_no_marker(payload: object) -> None:
    assert parse(line_of(payload)) is None


def test_a_key_that_is_not_known_is_passed_over() -> None:
    payload = {"v": 1, "k": "finding", "i": "x", "f": "ab", "later": {"deep": [1]}}
    assert parse(line_of(payload)) == Marker(MarkerKind.FINDING, "x", "ab")


def test_json_that_is_too_deep_is_no_marker() -> None:
    hidden = urlsafe_b64encode(b"[" * 3000).decode().rstrip("=")
    assert parse(f"<!-- synapse-bot:{hidden[:4096]} -->") is None


@pytest.mark.parametrize("before", ["> ", "Look: ", "text\n", "`", "<!-- a -->\n"])
def test_a_marker_that_a_body_quotes_does_not_count(before: str) -> None:
    assert parse(before + encode(FINDING)) is None


def test_what_could_not_be_read_back_is_not_written() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        encode(Marker(MarkerKind.FINDING, "two words"))
    with pytest.raises(ValueError, match="cannot hold"):
        encode(Marker(MarkerKind.FINDING, "x", "f" * 81))


def test_the_reader_does_not_see_the_marker() -> None:
    assert without_marker(f"{encode(FINDING)}\n\nHello") == "Hello"
    assert without_marker("Hello") == "Hello"

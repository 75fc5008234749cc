"""YAML with line numbers, bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.config.document import MAX_BYTES, parse_document
from synapse_bot.domain.errors import ConfigInvalid


def fault(raw: bytes) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        parse_document(raw, "f.yaml")
    return str(caught.value)


def test_every_key_and_item_knows_its_line() -> None:
    document = parse_document(b"# c\na:\n  - x\n  - b: 1\n    c:\n      d: 2\n", "f.yaml")
    assert document.data == {"a": ["x", {"b": 1, "c": {"d": 2}}]}
    assert document.line(("a",)) == 2
    assert document.line(("a", 1)) == 4
    assert document.line(("a", 1, "c", "d")) == 6
    assert document.at(("a", 1, "nothing")) == "f.yaml:4"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-3", -3),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("No", False),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ('"true"', "true"),
        ("1.10.2", "1.10.2"),
        ("08", "08"),  # octal in YAML 1.1
        ("1:30", "1:30"),  # 90 in YAML 1.1
        ("2026-11-24", "2026-11-24"),  # a date in YAML 1.1
        ("on", "on"),  # true in YAML 1.1
        ("off", "off"),
        ("0x1F", "0x1F"),
        (".nan", ".nan"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_only_what_looks_like_a_value_is_one(text: str, value: Any) -> None:
    assert parse_document(f"a: {text}\n".encode(), "f").data == {"a": value}


def test_a_byte_order_mark_and_an_empty_file_are_fine() -> None:
    assert parse_document(b"\xef\xbb\xbfa: 1\n", "f").data == {"a": 1}
    assert parse_document(b"", "f").data == {}
    assert parse_document(b"# only a comment\n", "f").data == {}
    assert parse_document(b"---\n", "f").data == {}


def test_an_alias_points_at_its_value_and_its_lines() -> None:
    document = parse_document(b"a: &x\n  b: 1\nc: *x\n", "f")
    assert document.data["c"] == {"b": 1}
    assert document.line(("c",)) == 3
    assert document.line(("c", "b")) == 2


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"a: 1\nb: 2\na: 3\n", "f.yaml:3: the key 'a' stands twice, first on line 1"),
        (b"a: 1\n--- \nb: 2\n", "f.yaml:2: a second document"),
        (b"a:\n\t- b\n", "f.yaml:2: a tab in the indentation"),
        (b"a: b: c\n", "f.yaml:1: not valid YAML: mapping values are not allowed"),
        (b"a:\n  b: 1\n c: 2\n", "f.yaml:3: not valid YAML"),
        (b"a: [1, 2\nb: 3\n", "f.yaml:2: not valid YAML"),
        (b"a: 'x\n\n\n", "f.yaml:1: not valid YAML"),
        (b"a: 1\nb: @x\n", "f.yaml:2: not valid YAML"),
        (b"a: *nowhere\n", "f.yaml:1: the alias *nowhere names no anchor"),
        (b'a: "\\d"\n', "f.yaml:1: not valid YAML"),
        (b"a: \xff\n", "f.yaml:1: not UTF-8"),
        (b"a: 1\nb: \x00\n", "f.yaml:2: the control character"),
        (b"a: &x {b: 1}\nc:\n  <<: *x\n", "f.yaml:3: merge keys"),
        (b"a: 1\nb: !!python/object/apply:os.system ['id']\n", "f.yaml:2: tags such as"),
        (b"a: !mine x\n", "f.yaml:1: tags such as '!mine'"),
        (b"[a, b]: 1\n", "f.yaml:1: a key must be a plain word"),
        (b"x" * (MAX_BYTES + 1), "f.yaml:1: larger than"),
    ],
)
def test_a_fault_of_syntax_has_its_line(raw: bytes, expected: str) -> None:
    assert fault(raw).startswith(expected)


def test_an_alias_bomb_is_refused_before_it_is_built() -> None:
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [b"a%d: &a%d [%s]" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 10)) for i in range(1, 9)]
    assert "values, aliases included" in fault(b"\n".join(lines))


@pytest.mark.parametrize("raw", [b"a: {b: [1, x]}\n", b"a: &x [1]\nb: *x\n", b"", b"a: 'b'\n"])
def test_it_reads_the_same_without_the_c_library(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_library = parse_document(raw, "f")
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert parse_document(raw, "f") == with_library
    assert "second document" in fault(b"a: 1\n---\nb: 1\n")
    assert "deeper than 40" in fault(b"[" * 100_000)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,  # composing its tree recurses in C and ends the interpreter
        b"a: " + b"{a: " * 50_000,
        b"- " * 100_000 + b"x",
        b"a: &a [*a]\n",
        b"a: &a\n  b: &b\n    c: *a\n",
    ],
)
def test_depth_is_bounded_without_a_crash(raw: bytes) -> None:
    assert "deeper than 40" in fault(raw) or "names no anchor" in fault(raw)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(_JSON)
def test_json_is_read_as_what_it_says(value: Any) -> None:
    raw = json.dumps({"value": value}, ensure_ascii=False).encode()
    try:
        data = parse_document(raw, "f").data
    except ConfigInvalid:  # U+FFFE and the like, which YAML does not allow
        return
    assert data == {"value": value}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_a_fault_with_a_line(raw: bytes) -> None:
    try:
        said = str(parse_document(raw, "f.yaml").at(()))
    except ConfigInvalid as error:
        said = str(error)
    assert said.startswith("f.yaml:")
    assert said.split(":")[1].isdigit()

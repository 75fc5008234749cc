"""A reference that does not exist is struck, whoever makes it and however it is dressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.domain.debate import Argument, Reference, ReferenceKind
from synapse_bot.domain.diff import Side
from synapse_bot.domain.finding import Finding
from synapse_bot.domain.severity import Severity
from synapse_bot.negotiation.references import (
    MAX_LINES,
    MOST,
    Grounds,
    checked,
    references_to_tests,
    tool_argument,
    tool_reference,
)

LINE, TOOL, TEST = ReferenceKind.LINE, ReferenceKind.TOOL, ReferenceKind.TEST
QUOTE = "cursor.execute(query % name)"
DB = (
    "import db",
    "",
    "def find(name):",
    "    query = 'select * from t where n = %s'",
    f"    return {QUOTE}",
    "",
    "def close():",
    "    pass",
)
TESTS = (
    "def test_find():",
    "    assert find('x')",
    "",
    "class TestClose:",
    "    def test_twice(self):",
)
B608 = "python-security/bandit:B608@app/db.py:5"
GROUNDS = Grounds(
    {"app/db.py": DB, "tests/test_db.py": TESTS, "web/cart.spec.js": ('it("adds up", () => {',)},
    frozenset({B608}),
    load_filekinds().paths,
)
FORGED: list[tuple[ReferenceKind, str]] = [
    # Files that are not there, near misses and ways out
    (LINE, "app/dbs.py:5"),
    (LINE, "App/db.py:5"),
    (LINE, "./app/db.py:5"),
    (LINE, "/app/db.py:5"),
    (LINE, "app//db.py:5"),
    (LINE, "app/../app/db.py:5"),
    (LINE, "../app/db.py:5"),
    (LINE, "/etc/passwd:1"),
    (LINE, "app/db.py :5"),
    (LINE, "app/db.py\u200b:5"),
    (LINE, "app/db.py\n:5"),
    (LINE, "a/app/db.py:5"),
    (LINE, "b/app/db.py:5"),
    # Lines that are not there
    (LINE, "app/db.py:0"),
    (LINE, "app/db.py:9"),
    (LINE, "app/db.py:-5"),
    (LINE, "app/db.py:5-9"),
    (LINE, "app/db.py:6-5"),
    (LINE, "app/db.py:05"),
    (LINE, "app/db.py:5.0"),
    (LINE, "app/db.py:99999999999999999999"),
    (LINE, "app/db.py:five"),
    (LINE, "app/db.py:٥"),
    (LINE, "app/db.py:5:1"),
    (LINE, "app/db.py:5-"),
    (LINE, "app/db.py:"),
    (LINE, "app/db.py"),
    (LINE, ":5"),
    (LINE, ""),
    # Lines where the quotation does not stand
    (LINE, "app/db.py:1"),
    (LINE, "app/db.py:2"),
    (LINE, "app/db.py:3-4"),
    (LINE, "app/db.py:6-8"),
    (LINE, "tests/test_db.py:1"),
    # Outputs that no tool of this review has given
    (TOOL, "python-security/bandit:B609@app/db.py:5"),
    (TOOL, "python-security/bandit:B608@app/db.py:6"),
    (TOOL, "python-security/ruff:B608@app/db.py:5"),
    (TOOL, "security/bandit:B608@app/db.py:5"),
    (TOOL, "bandit:B608@app/db.py:5"),
    (TOOL, "B608"),
    (TOOL, f"{B608} "),
    (TOOL, f"{B608}-6"),
    (TOOL, B608.upper()),
    (TOOL, "correctness/openai/gpt:off-by-one@app/db.py:5"),
    (TOOL, ""),
    # Tests that nobody has written
    (TEST, "tests/test_db.py::test_injection"),
    (TEST, "tests/test_db.py::test_fin"),
    (TEST, "tests/test_db.py::find_test"),
    (TEST, "tests/test_db.py::TestOpen::test_twice"),
    (TEST, "tests/test_other.py::test_find"),
    (TEST, "tests/test_db.py"),
    (TEST, "tests/test_db.py::"),
    (TEST, "tests/test_db.py::::"),
    (TEST, "app/db.py::find"),
    (TEST, "test_find"),
    (TEST, "web/cart.spec.js::adds down"),
    (TEST, ""),
    # A true text of another kind
    (LINE, B608),
    (TOOL, "app/db.py:5"),
    (TEST, B608),
]
TRUE = [
    (LINE, "app/db.py:5"),
    (LINE, "app/db.py:3-6"),
    (TOOL, B608),
    (TEST, "tests/test_db.py::test_find"),
    (TEST, "tests/test_db.py::TestClose::test_twice"),
    (TEST, "tests/test_db.py::test_find[None]"),
    (TEST, "web/cart.spec.js::adds up"),
]


def _argument(*references: tuple[ReferenceKind, str], quote: str = QUOTE) -> Argument:
    made = tuple(Reference(kind, text) for kind, text in references)
    return Argument("correctness", "p/m", Severity.HIGH, "It is so.", quote, made)


def test_there_are_more_than_fifty_forged_references_and_all_differ() -> None:
    assert len(FORGED) == len(set(FORGED)) >= 50


@pytest.mark.parametrize(("kind", "text"), FORGED)
def test_a_forged_reference_is_struck_with_a_reason(kind: ReferenceKind, text: str) -> None:
    done = checked(_argument((kind, text)), GROUNDS)
    assert done.references == ()
    assert not done.stands
    ((reference, why),) = ((one.reference, one.why) for one in done.struck)
    assert (reference.text, bool(why)) == (text, True)


@pytest.mark.parametrize(("kind", "text"), TRUE)
def test_a_true_reference_stands_among_forged_ones(kind: ReferenceKind, text: str) -> None:
    done = checked(_argument(FORGED[0], (kind, text), FORGED[-1]), GROUNDS)
    assert [one.text for one in done.references] == [text]
    assert len(done.struck) == 2


@pytest.mark.parametrize("quote", ["", "   ", "x", "def", "cursor.execute(query)", "%" * 4_000])
def test_without_a_quotation_that_stands_there_a_line_is_no_reference(quote: str) -> None:
    assert not checked(_argument((LINE, "app/db.py:5"), quote=quote), GROUNDS).stands


@pytest.mark.parametrize(
    "quote",
    [f"    {QUOTE}  ", f"\n{QUOTE}\n", "cursor.execute(query  %\tname)", f"{DB[3]}\n{DB[4]}"],
)
def test_white_space_of_a_quotation_does_not_count(quote: str) -> None:
    assert checked(_argument((LINE, "app/db.py:4-5"), quote=quote), GROUNDS).stands


def test_a_whole_file_points_at_nothing() -> None:
    grounds = Grounds({"long.py": (QUOTE, *[""] * MAX_LINES)})
    assert checked(_argument((LINE, f"long.py:1-{MAX_LINES}")), grounds).stands
    assert not checked(_argument((LINE, f"long.py:1-{MAX_LINES + 1}")), grounds).stands


def test_many_references_are_no_better_than_a_few() -> None:
    many = [(LINE, f"none{n}.py:1") for n in range(MOST)]
    done = checked(_argument(*many, (LINE, "app/db.py:5")), GROUNDS)
    assert not done.stands
    assert len(done.struck) == MOST + 1
    twice = checked(_argument((TOOL, B608), (TOOL, B608)), GROUNDS)
    assert len(twice.references) == 1


@given(text=st.text(max_size=40), kind=st.sampled_from(ReferenceKind))
@settings(max_examples=300, deadline=None)
def test_what_is_made_up_is_struck_whatever_it_looks_like(text: str, kind: ReferenceKind) -> None:
    if (kind, text) not in TRUE:
        assert not checked(_argument((kind, text)), GROUNDS).stands


def test_a_tool_argues_with_its_own_output(found: Callable[..., Finding]) -> None:
    finding = replace(found("python-security/bandit high 0.9"), tool_rule="B608")
    argument = tool_argument(finding)
    assert (argument.by, argument.speaker) == ("python-security", "bandit")
    assert argument.position is Severity.HIGH
    assert argument.claim == finding.message
    assert argument.evidence == finding.code
    assert [one.text for one in argument.references] == [
        "python-security/bandit:B608@app.py:3",
        "app.py:3",
    ]


def test_a_long_or_removed_place_is_pointed_at_as_far_as_it_can_be(
    found: Callable[..., Finding],
) -> None:
    long = found("a/b high 0.9", line=3, end_line=90, code="\n".join(map(str, range(88))))
    assert tool_argument(long).references[1].text == "app.py:3-14"
    assert tool_argument(long).evidence.count("\n") == 11
    gone = replace(long, location=replace(long.location, side=Side.OLD))
    assert [one.kind for one in tool_argument(gone).references] == [TOOL]


def test_hidden_characters_of_a_path_are_shown_in_a_reference(
    found: Callable[..., Finding],
) -> None:
    assert "\u202e" not in tool_reference(found("a/b high 0.9", path="x\u202ey.py")).text


def test_the_tests_that_may_be_named_are_those_of_the_change() -> None:
    assert references_to_tests(GROUNDS, 20) == (
        "tests/test_db.py::test_find",
        "tests/test_db.py::test_twice",
    )
    assert len(references_to_tests(GROUNDS, 1)) == 1
    for name in references_to_tests(GROUNDS, 20):
        assert checked(_argument((TEST, name)), GROUNDS).stands

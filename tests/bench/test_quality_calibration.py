"""A confidence moves where several sources contradict it, and never further than they reach."""

from __future__ import annotations

from dataclasses import replace

import quality_rules
from hypothesis import given
from hypothesis import strategies as st
from quality_calibration import MOST, PRIOR, READING, Seen, seen_of
from quality_cases import Case, Corpus, Labels, Reported, Voice, Weakness, held_out
from quality_contenders import OURS
from quality_matching import Judged
from quality_reading import parse_reading
from quality_run import Cleaned, Scored

COUNTS = st.dictionaries(
    st.sampled_from(["one", "two", "three", READING]),
    st.tuples(st.integers(0, 200), st.integers(0, 200)).filter(any),
    max_size=4,
)


def seen(declared: float, **counts: tuple[int, int]) -> Seen:
    return Seen(declared, dict(counts))


@given(st.floats(0.05, 0.95), COUNTS)
def test_a_proposal_lies_between_what_was_declared_and_what_was_seen(
    declared: float, counts: dict[str, tuple[int, int]]
) -> None:
    one = Seen(declared, counts)
    right, wrong = one.weighed
    observed = right / (right + wrong) if counts else declared
    least, most = sorted((declared, observed))
    assert least - 0.051 <= one.proposed <= most + 0.051
    assert 0 < one.proposed < 1


@given(COUNTS)
def test_no_source_counts_for_more_than_its_share(counts: dict[str, tuple[int, int]]) -> None:
    assert sum(Seen(0.5, counts).weighed) <= MOST * len(counts) + 1e-9


def test_one_source_alone_contradicts_nothing_however_many_cases_it_has() -> None:
    assert not seen(0.9, one=(0, 500)).contradicted
    assert seen(0.9, one=(0, 500), two=(0, 3)).contradicted


def test_what_agrees_with_the_declared_value_proposes_nothing() -> None:
    assert not seen(0.9, one=(9, 1), two=(8, 1)).contradicted


def test_what_was_declared_is_worth_ten_cases() -> None:
    assert PRIOR == 10
    assert seen(0.8, one=(0, 5), two=(0, 5)).proposed == 0.4


def reported(path: str = "app.py", fingerprint: str = "f") -> Reported:
    plain = Reported(path, 1, 1, "xss", Weakness(), 0.9, "high", fingerprint)
    return replace(plain, voices=(Voice("semgrep", "python-xss", 0.9),))


def scored(name: str, *, held: bool, contender: str = OURS) -> Scored:
    """A corpus with one wrong finding, in the named part of the split."""
    names = (Case(str(number)) for number in range(100))
    case = next(one for one in names if held_out(name, one) is held)
    judged = ((case, Judged(wrong=(reported(),))),)
    return Scored(Corpus(name, "", Labels.ONE), contender, (), (), 1.0, everything=judged)


READ = parse_reading(
    {
        "date": "2026-01-01",
        "rules": "abc",
        "of": "all",
        "read": {"f": {"rule": "xss", "act": False, "why": "constant"}},
    }
)


def test_held_out_cases_other_contenders_and_our_fixtures_teach_nothing() -> None:
    open_case = scored("one", held=False)
    aside = (
        scored("two", held=True),
        scored("three", held=False, contender="ruff S alone"),
        scored("fixtures", held=False),
    )
    everything = seen_of((open_case, *aside), (), READ)
    assert everything == {("semgrep", "python-xss"): seen(0.9, one=(0, 1))}


def test_of_clean_code_only_what_was_read_teaches_and_nothing_in_tests() -> None:
    found = (reported(), reported(fingerprint="unread"), reported("tests/test_a.py"))
    everything = seen_of((), (Cleaned("one 1 to 2", OURS, 1.0, found, 1.0),), READ)
    assert everything == {("semgrep", "python-xss"): seen(0.9, reading=(0, 1))}


def test_only_contradictions_are_printed_unless_all_are_asked_for() -> None:
    rules = {("ruff", "S1"): seen(0.9, one=(0, 9), two=(0, 9)), ("ruff", "S2"): seen(0.5)}
    text = quality_rules.calibration(rules)
    assert "| ruff S1 | .90 | one 0/9; two 0/9 |" in text
    assert "S2" not in text
    assert "S2" in quality_rules.calibration(rules, everything=True)

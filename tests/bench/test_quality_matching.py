"""What counts as found, wrong or outside of what a corpus asks about."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality_cases import Case, Labels, Place, Reported, Weakness
from quality_matching import WITHIN, Judged, Matcher, Tally, judge, scope_of, wilson

SQL, LDAP, QUERY, XSS = 89, 90, 943, 79
MATCHER = Matcher({SQL: [QUERY], LDAP: [QUERY], 564: [SQL]})

numbers = st.sampled_from([SQL, LDAP, QUERY, XSS, 564])
weaknesses = st.builds(
    Weakness,
    st.frozensets(numbers, max_size=2),
    st.frozensets(st.sampled_from(["xss", "loops"]), max_size=1),
)
places = st.builds(
    lambda start, length, weakness: Place("a.py", start, start + length, weakness),
    st.integers(1, 60),
    st.integers(0, 5),
    weaknesses,
)
findings = st.builds(
    lambda start, length, weakness: Reported("a.py", start, start + length, "rule", weakness),
    st.integers(1, 60),
    st.integers(0, 5),
    weaknesses,
)


def cwe(*numbers: int) -> Weakness:
    return Weakness(frozenset(numbers))


def place(line: int, weakness: Weakness) -> Place:
    return Place("a.py", line, line, weakness)


def finding(line: int, weakness: Weakness, path: str = "a.py") -> Reported:
    return Reported(path, line, line, "rule", weakness)


def judged(case: Case, *reported: Reported, labels: Labels = Labels.ONE) -> Judged:
    return judge(case, reported, labels, MATCHER, scope_of([case]))


@given(weaknesses, weaknesses)
def test_being_related_has_no_direction(one: Weakness, other: Weakness) -> None:
    assert MATCHER.related(one, other) == MATCHER.related(other, one)


@given(weaknesses)
def test_every_weakness_is_related_to_itself_and_nothing_to_none(one: Weakness) -> None:
    assert MATCHER.related(one, one) == bool(one)
    assert not MATCHER.related(one, Weakness())


def test_an_ancestor_fits_and_a_sibling_does_not() -> None:
    assert MATCHER.related(cwe(564), cwe(QUERY))
    assert not MATCHER.related(cwe(SQL), cwe(LDAP))


@pytest.mark.parametrize(("line", "fits"), [(40 - WITHIN, True), (40 - WITHIN - 1, False)])
def test_a_finding_before_a_place_fits_within_ten_lines(line: int, fits: bool) -> None:
    assert MATCHER.answers(finding(line, cwe(SQL)), place(40, cwe(SQL))) is fits


@pytest.mark.parametrize(("line", "fits"), [(40 + WITHIN, True), (40 + WITHIN + 1, False)])
def test_a_finding_after_a_place_fits_within_ten_lines(line: int, fits: bool) -> None:
    assert MATCHER.answers(finding(line, cwe(SQL)), place(40, cwe(SQL))) is fits


def test_another_file_never_fits() -> None:
    assert not MATCHER.answers(finding(1, cwe(SQL), "b.py"), place(1, cwe(SQL)))


@given(st.lists(findings, max_size=6), st.lists(places, max_size=6))
def test_each_finding_answers_for_one_place_at_most(
    reported: list[Reported], wanted: list[Place]
) -> None:
    pairs = MATCHER.pair(reported, wanted)
    assert len(set(pairs.values())) == len(pairs)
    assert all(MATCHER.answers(reported[one], wanted[other]) for one, other in pairs.items())


@given(st.lists(findings, max_size=4), st.lists(places, max_size=4))
def test_no_other_pairing_finds_more(reported: list[Reported], wanted: list[Place]) -> None:
    longer, shorter = sorted([list(range(len(reported))), list(range(len(wanted)))], key=len)[::-1]
    flipped = len(reported) < len(wanted)
    best = 0
    for chosen in permutations(longer, len(shorter)):
        couples = (
            zip(shorter, chosen, strict=True) if flipped else zip(chosen, shorter, strict=True)
        )
        best = max(best, sum(MATCHER.answers(reported[f], wanted[p]) for f, p in couples))
    assert len(MATCHER.pair(reported, wanted)) == best


@given(st.lists(findings, max_size=6), st.lists(places, max_size=6), st.sampled_from(Labels))
def test_every_place_is_found_or_missed_and_no_finding_counts_twice(
    reported: list[Reported], wanted: list[Place], labels: Labels
) -> None:
    result = judged(Case("case", places=tuple(wanted)), *reported, labels=labels)
    assert len(result.right) + len(result.missed) == len(wanted)
    assert len(result.right) + len(result.wrong) + len(result.other) <= len(reported)


def test_a_second_finding_of_one_place_counts_neither_way() -> None:
    case = Case("case", places=(place(5, cwe(SQL)),))
    tally = Tally.of([judged(case, finding(5, cwe(SQL)), finding(6, cwe(SQL)))])
    assert (tally.found, tally.wrong, tally.other) == (1, 0, 0)


def test_a_finding_of_what_a_safe_case_has_not_is_a_false_alarm() -> None:
    tally = Tally.of([judged(Case("case", clear=cwe(SQL)), finding(5, cwe(SQL)))])
    assert (tally.wrong, tally.alarmed, tally.safe) == (1, 1, 1)


def test_what_no_label_of_the_corpus_names_is_left_out() -> None:
    case = Case("case", places=(place(5, cwe(SQL)),))
    scope = scope_of([case, Case("another", clear=cwe(XSS))])
    reported = (finding(5, cwe(XSS)), finding(5, cwe(LDAP)))
    result = judge(case, reported, Labels.ONE, MATCHER, scope)
    assert result.other == (reported[0],)
    assert result.wrong == ()


def test_where_every_defect_is_labelled_anything_else_is_wrong() -> None:
    case = Case("case", places=(place(5, cwe(SQL)),))
    assert len(judged(case, finding(5, Weakness()), labels=Labels.ALL).wrong) == 1


def test_nothing_said_has_no_precision_and_no_recall_is_zero() -> None:
    tally = Tally.of([judged(Case("case", places=(place(5, cwe(SQL)),)))])
    assert (tally.precision, tally.recall, tally.f1) == (None, 0, 0)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_f1_lies_between_precision_and_recall(
    found: int, missed: int, wrong: int, other: int
) -> None:
    tally = Tally(found, missed, wrong, other)
    if tally.precision is not None and tally.recall is not None and tally.f1 is not None:
        low, high = sorted([tally.precision, tally.recall])
        assert low - 1e-9 <= tally.f1 <= high + 1e-9


@given(st.integers(0, 200), st.integers(0, 200))
def test_an_interval_holds_the_observed_share_and_narrows_with_more(right: int, wrong: int) -> None:
    low, high = wilson(right, right + wrong)
    assert 0 <= low <= high <= 1
    if right + wrong:
        assert low - 1e-9 <= right / (right + wrong) <= high + 1e-9
        wider = wilson(10 * right, 10 * (right + wrong))
        assert wider[1] - wider[0] < high - low

"""The split is fixed by names alone, and twins stay together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from quality_cases import Case, Corpus, Labels, held_out, sliced

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def corpus(*cases: Case) -> Corpus:
    return Corpus("corpus", "", Labels.ONE, cases)


@given(names, names)
def test_twins_fall_on_one_side(group: str, other: str) -> None:
    bad, good = Case(f"{other}-bad", group=group), Case(f"{other}-good", group=group)
    assert held_out("corpus", bad) == held_out("corpus", good)


def test_the_split_never_moves() -> None:
    held = [n for n in range(20) if held_out("BenchmarkPython", Case(f"BenchmarkTest{n:05}"))]
    assert held == [0, 2, 3, 5, 6, 7, 10, 11, 12, 17]


def test_about_a_third_is_held_out() -> None:
    held = sum(held_out("corpus", Case(str(number))) for number in range(3000))
    assert 900 < held < 1100


def test_a_slice_keeps_twins_together_and_about_as_many_as_asked() -> None:
    cases = [Case(f"{n}-{twin}", group=str(n)) for n in range(1000) for twin in ("bad", "good")]
    kept = sliced(corpus(*cases), 300)
    groups = [case.group for case in kept]
    assert 240 < len(kept) < 360
    assert all(groups.count(group) == 2 for group in set(groups))


def test_a_slice_keeps_the_shares_of_the_split() -> None:
    kept = sliced(corpus(*(Case(str(number)) for number in range(5000))), 1500)
    assert 430 < sum(held_out("corpus", case) for case in kept) < 570


def test_a_corpus_smaller_than_the_slice_is_whole() -> None:
    cases = (Case("one"), Case("two"))
    assert sliced(corpus(*cases), 2) == cases

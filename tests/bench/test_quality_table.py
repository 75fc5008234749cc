"""The tables are pure functions of what was measured."""

from __future__ import annotations

import re
from pathlib import Path

import quality_noise
import quality_rules
import quality_table
import yaml
from hypothesis import given
from hypothesis import strategies as st
from quality_cases import Case, Corpus, Labels, Place, Reported, Weakness, held_out
from quality_contenders import OURS
from quality_matching import Judged
from quality_paths import in_tests
from quality_reading import (
    AROUND,
    LONGEST,
    Excerpt,
    excerpt_of,
    parse_reading,
    sampled,
    sheet,
)
from quality_run import Cleaned, Scored
from quality_table import Results

ROOT = Path(__file__).resolve().parents[2]
SQL = Weakness(frozenset({89}))
PLACE = Place("a.py", 3, 3, SQL)


def finding(
    rule: str = "sql-injection", fingerprint: str = "f", path: str = "a.py", *, shown: bool = True
) -> Reported:
    return Reported(path, 3, 3, rule, SQL, 0.9, "high", fingerprint, "said", shown)


def case(*, held: bool) -> Case:
    """A case of the named side of the split."""
    names = (Case(str(number)) for number in range(100))
    return next(one for one in names if held_out("corpus", one) is held)


def scored(*pairs: tuple[Case, Judged], contender: str = OURS) -> Scored:
    corpus = Corpus("corpus", "", Labels.ONE)
    return Scored(corpus, contender, pairs, (finding(),), 1.5, everything=pairs)


@given(st.lists(st.lists(st.text(), min_size=3, max_size=3)))
def test_every_row_has_the_cells_of_the_head(rows: list[list[str]]) -> None:
    text = quality_table.table(["a", "b", "c"], rows)
    lines = text.replace("\\|", "").split("\n") if rows else []
    assert all(line.count("|") == 4 for line in lines[:2])
    assert bool(text) == bool(rows)


def test_the_held_out_third_is_apart() -> None:
    text = quality_table.corpora(
        Results(
            (
                scored(
                    (case(held=False), Judged(right=(finding(),))),
                    (case(held=True), Judged(missed=(PLACE,))),
                ),
            ),
            (),
        )
    )
    cells = [cell.strip() for cell in text.split("\n")[-1].split("|")[1:-1]]
    assert cells[2:7] == ["1", "1.00", "–", "1.00", "1.00"]
    assert cells[8:13] == ["1", "–", "–", ".00", ".00"]


def test_held_out_cases_are_neither_listed_nor_counted_by_rule() -> None:
    wrong = Judged(wrong=(finding(rule="secret-of-the-third"),), missed=(PLACE,))
    results = Results((scored((case(held=True), wrong)),), ())
    assert quality_table.listed(results) == ""
    assert "secret-of-the-third" not in quality_rules.by_rule(results)


def test_what_was_missed_and_wrong_in_the_open_part_is_listed() -> None:
    judged = Judged(missed=(PLACE,), wrong=(finding(rule="xss"),))
    assert quality_table.listed(Results((scored((case(held=False), judged)),), ())).split("\n") == [
        "missed corpus a.py:3 CWE-89",
        "wrong corpus a.py:3 xss",
    ]


def test_a_rate_is_per_thousand_added_lines_of_what_a_contender_can_read() -> None:
    both = [Cleaned("one 1 to 2", name, 2.0, (finding(),) * 3, 1.0) for name in (OURS, "ruff")]
    alone = Cleaned("two 1 to 2", OURS, 4.0, (), 1.0)
    total = quality_noise.clean(Results((), (*both, alone))).split("\n")[-1]
    assert "| 6.0 | – | – | 0.50 (3) | 1.50 (3) |" in total


def test_files_in_which_a_finding_is_shown_are_counted_once_and_what_is_kept_back_apart() -> None:
    found = (finding(), finding(), finding(path="b.py", shown=False))
    cleaned = Cleaned("one 1 to 2", OURS, 2.0, found, 1.0, files=8)
    total = quality_noise.clean(Results((), (cleaned,))).split("\n")[-1]
    assert total == "| **all** | 2.0 | 8 | 1 (12.5%) | 1.00 (2) | 1 | 1.0 |"


def test_a_step_that_was_not_read_to_the_end_is_in_no_rate() -> None:
    whole = Cleaned("one 1 to 2", OURS, 2.0, (finding(),), 1.0)
    broken = Cleaned("two 1 to 2", OURS, 2.0, (), 1.0, ("security: deadline",))
    text = quality_noise.clean(Results((), (whole, broken)))
    assert "| two 1 to 2 | 2.0 | – | – | incomplete |" in text
    assert "| **all** | 2.0 | – | – | 0.50 (1) |" in text


def test_it_is_said_how_many_cases_were_taken() -> None:
    corpus = Corpus("corpus", "what it is", Labels.ONE, (Case("1"), Case("2"), Case("3")))
    results = Results((Scored(corpus, OURS, ((Case("1"), Judged()),), (), 1.0),), ())
    assert quality_table.about(results) == "- corpus: what it is; 1 of 3 cases"


def test_an_excerpt_of_a_long_finding_is_cut(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("line\n" * 500)
    long = Reported("a.py", 20, 400, "rule", SQL)
    lines = excerpt_of("step", long, tmp_path).code.split("\n")
    assert len(lines) == 2 * AROUND + LONGEST + 1
    assert [line.startswith(">") for line in lines].index(True) == AROUND


def test_a_corpus_that_is_not_there_has_a_row_that_says_so() -> None:
    missing = Corpus("SecurityEval", "", Labels.ONE, missing="no --corpus-dir")
    assert "not measured: no --corpus-dir" in quality_table.corpora(Results((), (), (missing,)))


def test_what_a_contender_could_not_do_is_said() -> None:
    cleaned = Cleaned("one 1 to 2", OURS, 1.0, (), 1.0, ("security: deadline",))
    assert quality_table.incomplete(Results((), (cleaned,))) == (
        "- one 1 to 2, synapse-bot: security: deadline"
    )


def test_tests_and_examples_are_told_from_the_source() -> None:
    paths = ["tests/a.py", "pkg/test_b.py", "lib/c.test.js", "docs_src/d.py"]
    assert all(in_tests(path) for path in paths)
    assert not in_tests("pkg/testament.py")


excerpts = st.builds(
    lambda key: Excerpt("step", finding(fingerprint=key), "code"), st.text(min_size=1, max_size=3)
)


@given(st.lists(excerpts, max_size=30), st.integers(1, 20), st.integers(0, 5))
def test_a_sample_depends_on_the_seed_and_not_on_the_order(
    drawn: list[Excerpt], count: int, seed: int
) -> None:
    one, other = sampled(drawn, count, seed), sampled(drawn[::-1], count, seed)
    assert one == other
    assert len({excerpt.finding.fingerprint for excerpt in one}) == len(one)
    assert len(one) == min(count, len({excerpt.finding.fingerprint for excerpt in drawn}))


def test_the_share_of_a_reading_is_counted_from_its_verdicts() -> None:
    rows = {
        "f1": {"rule": "xss", "act": True, "why": "real"},
        "f2": {"rule": "xss", "act": False, "why": "constant"},
    }
    reading = parse_reading({"date": "2026-01-01", "rules": "abc", "of": "all", "read": rows})
    assert "act on 1: 50%" in reading.sentence()
    assert "2 findings, all, a" in reading.sentence()
    assert reading.by_rule() == [("xss", 1, 2)]
    shown = sheet(
        [Excerpt("step", finding(fingerprint=key), "code") for key in ("f2", "f3")], reading
    )
    assert "[1] no: constant" in shown
    assert "[2] unread" in shown


def test_the_share_of_what_is_shown_now_is_counted_from_what_was_read() -> None:
    rows = {
        "f1": {"rule": "xss", "act": True, "why": "real"},
        "f2": {"rule": "xss", "act": False, "why": "constant"},
    }
    reading = parse_reading({"date": "2026-01-01", "rules": "abc", "of": "all", "read": rows})
    found = (
        finding(fingerprint="f1"),
        finding(fingerprint="f2", shown=False),
        finding(fingerprint="f3"),
    )
    results = Results((), (Cleaned("one 1 to 2", OURS, 2.0, found, 1.0),))
    said = quality_noise.shown_share(results, reading)
    assert said.startswith("Of the 2 findings that are shown on clean code in this run, 1 ")
    assert "act on 1, 100%" in said


def test_every_verdict_of_the_reading_has_its_reason() -> None:
    reading = parse_reading(yaml.safe_load((ROOT / "bench" / "reading.yaml").read_text()))
    assert all(re.fullmatch(r"[0-9a-f]{32}", key) for key in reading.verdicts)
    assert all(verdict.rule and verdict.why for verdict in reading.verdicts.values())
    assert len(reading.verdicts) >= 100

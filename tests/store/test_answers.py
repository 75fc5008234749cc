"""Answers of models are found again while they are young, and never get in a review's way."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from synapse_bot.store.answers import FILE, SqliteAnswers
from synapse_bot.store.base import Answer


def _answer(text: str = "{}", days_ago: float = 0.0) -> Answer:
    when = datetime.now(UTC) - timedelta(days=days_ago)
    return Answer(text, "scripted/model", when.isoformat(timespec="seconds"))


def test_an_answer_is_found_again_by_another_process(tmp_path: Path) -> None:
    kept = _answer('{"findings": []}')
    SqliteAnswers(tmp_path).keep("question", kept)
    assert SqliteAnswers(tmp_path).find("question") == kept
    assert SqliteAnswers(tmp_path).find("another") is None


def test_the_same_question_again_replaces_the_answer(tmp_path: Path) -> None:
    answers = SqliteAnswers(tmp_path)
    answers.keep("question", _answer("old"))
    answers.keep("question", _answer("new"))
    found = answers.find("question")
    assert found is not None
    assert found.text == "new"


def test_an_old_answer_is_none_and_goes(tmp_path: Path) -> None:
    SqliteAnswers(tmp_path, days=40).keep("old", _answer(days_ago=31))
    answers = SqliteAnswers(tmp_path, days=30)
    assert answers.find("old") is None
    answers.keep("young", _answer(days_ago=29))
    assert answers.find("young") is not None
    assert _kept(tmp_path) == {"young"}


def test_the_newest_stay_within_a_number(tmp_path: Path) -> None:
    for n in range(6):
        SqliteAnswers(tmp_path, most=3).keep(f"q{n}", _answer(days_ago=6 - n))
    assert _kept(tmp_path) == {"q3", "q4", "q5"}


def test_the_newest_stay_within_a_size(tmp_path: Path) -> None:
    for n in range(6):
        answers = SqliteAnswers(tmp_path, most_bytes=2_500)
        answers.keep(f"q{n}", _answer("x" * 1_000, days_ago=6 - n))
    assert _kept(tmp_path) == {"q4", "q5"}
    SqliteAnswers(tmp_path, most_bytes=2_500).keep("huge", _answer("x" * 3_000))
    assert _kept(tmp_path) == set()


def test_a_damaged_file_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, whatever it once was" * 200)
    answers = SqliteAnswers(tmp_path)
    assert answers.find("question") is None
    answers.keep("question", _answer())
    assert answers.find("question") is not None


def test_rows_of_another_kind_are_ignored(tmp_path: Path) -> None:
    answers = SqliteAnswers(tmp_path)
    answers.keep("question", _answer())
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE answers SET text = CAST('x' AS BLOB)")
    assert answers.find("question") is None


def test_where_nothing_can_be_kept_nothing_is_raised(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    answers = SqliteAnswers(blocked / "folder")
    answers.keep("question", _answer())
    assert answers.find("question") is None


def test_a_reader_that_may_not_write_leaves_no_trace(tmp_path: Path) -> None:
    reader = SqliteAnswers(tmp_path, read_only=True)
    reader.keep("question", _answer())
    assert reader.find("question") is None
    assert list(tmp_path.iterdir()) == []
    SqliteAnswers(tmp_path).keep("question", _answer())
    assert reader.find("question") is not None


@pytest.mark.skipif("os.name != 'posix'")
def test_nobody_else_may_read_the_answers(tmp_path: Path) -> None:
    SqliteAnswers(tmp_path / "state").keep("question", _answer())
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / FILE).stat().st_mode) == 0o600


def _kept(folder: Path) -> set[str]:
    with sqlite3.connect(folder / FILE) as connection:
        return {row[0] for row in connection.execute("SELECT question FROM answers")}

"""Every member keeps the same promises; the files and the database are real."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from synapse_bot.breaker.base import Breakers, BreakersUnusable, decode, encode
from synapse_bot.breaker.kept import KeptBreakers
from synapse_bot.breaker.memory import MemoryBreakers
from synapse_bot.breaker.sqlite import FILE, SqliteBreakers
from synapse_bot.domain.breaker import Breaker, Call, Lease
from tests.breaker.conftest import in_folder

if TYPE_CHECKING:
    from synapse_bot.breaker.base import Work

KEY = "provider:openai"
OPEN = Breaker(KEY, (Call(1.0, True),), 2, 99.5, (Lease("me", 7.25),), "500: «down»")

Open = Callable[[], Breakers]


@pytest.fixture(params=["memory", "sqlite", "kept"])
def open_(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same state each time."""
    match request.param:
        case "memory":
            breakers = MemoryBreakers()
            yield lambda: breakers
        case "sqlite":
            yield lambda: SqliteBreakers(tmp_path)
        case "kept":
            yield lambda: in_folder(tmp_path)


def put(breaker: Breaker) -> Work[str]:
    return lambda before: (breaker, before.why)


def test_what_one_keeps_another_finds(open_: Open) -> None:
    assert open_().change(KEY, put(OPEN)) == ""
    assert open_().all() == (OPEN,)
    assert open_().change(KEY, put(OPEN)) == OPEN.why


def test_a_key_that_nobody_has_used_is_blank_and_is_not_listed(open_: Open) -> None:
    assert open_().change(KEY, lambda before: (before, before)) == Breaker(KEY)
    assert open_().all() == ()


def test_what_is_reset_is_forgotten(open_: Open) -> None:
    open_().change(KEY, put(OPEN))
    assert open_().reset(KEY)
    assert not open_().reset("provider:other")
    assert open_().all() == ()


def test_no_change_of_many_at_once_is_lost(open_: Open) -> None:
    open_().change(KEY, put(OPEN))

    def more(breaker: Breaker) -> tuple[Breaker, None]:
        return Breaker(KEY, openings=breaker.openings + 1, retry_at=1.0), None

    def work() -> None:
        mine = open_()
        for _ in range(10):
            mine.change(KEY, more)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert open_().all()[0].openings == 2 + 60


def test_what_the_work_raises_passes_through_and_changes_nothing(open_: Open) -> None:
    open_().change(KEY, put(OPEN))
    broken = open_()
    with pytest.raises(ZeroDivisionError):
        broken.change(KEY, lambda before: (before, 1 // 0))
    assert broken.all() == (OPEN,)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"calls": 7}', encode(OPEN).replace("99.5", '"x"')]
)
def test_a_row_that_cannot_be_read_is_as_good_as_new(text: str) -> None:
    assert decode(KEY, text) == Breaker(KEY)


def test_no_file_is_made_before_something_fails(tmp_path: Path) -> None:
    breakers = in_folder(tmp_path)
    healthy = Breaker(KEY, (Call(1.0, False),))
    breakers.change(KEY, put(healthy))
    assert not breakers.waits
    assert list(tmp_path.iterdir()) == []
    breakers.change(KEY, lambda b: (Breaker(KEY, (*b.calls, Call(2.0, True))), None))
    assert in_folder(tmp_path).all() == (Breaker(KEY, (Call(1.0, False), Call(2.0, True))),)


def test_the_first_failure_here_joins_those_that_another_process_kept_meanwhile(
    tmp_path: Path,
) -> None:
    mine = KeptBreakers(lambda: SqliteBreakers(tmp_path), lambda: False)
    SqliteBreakers(tmp_path).change(KEY, put(OPEN))
    mine.change(KEY, lambda b: (Breaker(KEY, (*b.calls, Call(2.0, True)), b.openings), None))
    assert len(SqliteBreakers(tmp_path).all()[0].calls) == 2


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    SqliteBreakers(tmp_path).change(KEY, put(OPEN))
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 400)
    breakers = in_folder(tmp_path)
    breakers.change(KEY, put(OPEN))
    assert breakers.notes == ()
    assert SqliteBreakers(tmp_path).all() == (OPEN,)


def test_a_locked_file_counts_as_closed_and_is_noted_once(tmp_path: Path) -> None:
    SqliteBreakers(tmp_path).change(KEY, put(OPEN))
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        breakers = in_folder(tmp_path, busy_s=0.1)
        for _ in range(3):
            assert breakers.change(KEY, lambda before: (before, before)) == Breaker(KEY)
        assert len(breakers.notes) == 1
        assert "locked" in breakers.notes[0]


def test_something_else_in_the_place_of_the_file_costs_no_review(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    breakers = KeptBreakers(lambda: SqliteBreakers(tmp_path), lambda: True)
    assert breakers.change(KEY, put(OPEN)) == ""
    assert breakers.all() == (OPEN,)  # of this process
    assert len(breakers.notes) == 1


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("precious")
    os.symlink(tmp_path / "target", tmp_path / FILE)
    with pytest.raises(BreakersUnusable):
        SqliteBreakers(tmp_path).change(KEY, put(OPEN))
    assert (tmp_path / "target").read_text() == "precious"

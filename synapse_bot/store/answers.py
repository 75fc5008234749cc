"""SqliteAnswers: what models answered, kept so that the same question is not paid for twice.

A cache: it may be deleted at any time, and what cannot be read in it is not there. A question is
known by its digest alone; an answer has its secrets masked before it comes here.
"""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.store.base import Answer
from synapse_bot.store.location import private_file, private_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from sqlite3 import Connection

T = TypeVar("T")

FILE = "answers-1.sqlite3"  # the number is raised when the layout changes
MOST = 5_000  # answers
MOST_BYTES = 20_000_000  # of their texts
KEPT_DAYS = 30
_BUSY_S = 2.0
_DAMAGE = (11, 26)  # SQLITE_CORRUPT, SQLITE_NOTADB

_TABLE = """
    CREATE TABLE IF NOT EXISTS answers (
        question TEXT PRIMARY KEY, text TEXT NOT NULL, model TEXT NOT NULL, kept_at TEXT NOT NULL
    ) WITHOUT ROWID
"""
_FIND = "SELECT text, model, kept_at FROM answers WHERE question = ? AND kept_at >= ?"
_KEEP = "INSERT OR REPLACE INTO answers (question, text, model, kept_at) VALUES (?, ?, ?, ?)"
_COUNT = "SELECT count(*) FROM answers WHERE kept_at < ?"
_AGED = "DELETE FROM answers WHERE kept_at < ?"
_SURPLUS = """
    DELETE FROM answers WHERE question IN (
        SELECT question FROM (
            SELECT question,
                   row_number() OVER newest AS place,
                   sum(length(CAST(text AS BLOB))) OVER newest AS bytes
            FROM answers WINDOW newest AS (ORDER BY kept_at DESC, question)
        ) WHERE place > ? OR bytes > ?
    )
"""


class SqliteAnswers:
    """An AnswerStore in one file of the state folder; bounded in age, number and size.

    The bounds are held once a review, when its first answer is kept: that reads the whole file.
    """

    def __init__(
        self,
        folder: Path,
        *,
        read_only: bool = False,
        most: int = MOST,
        most_bytes: int = MOST_BYTES,
        days: int = KEPT_DAYS,
    ) -> None:
        self.path = folder / FILE
        self._read_only = read_only
        self._bounded = False
        self._most, self._most_bytes, self._days = most, most_bytes, days

    def find(self, question: str) -> Answer | None:
        """See AnswerStore."""
        if not self.path.is_file():
            return None
        oldest = self._oldest()
        row = self._run(lambda c: c.execute(_FIND, (question, oldest)).fetchone())
        return Answer(*row) if row and all(isinstance(value, str) for value in row) else None

    def keep(self, question: str, answer: Answer) -> None:
        """See AnswerStore."""
        if self._read_only:
            return
        row = (question, answer.text, answer.model, answer.kept_at)

        def work(connection: Connection) -> None:
            connection.execute(_KEEP, row)
            if not self._bounded:
                connection.execute(_AGED, (self._oldest(),))
                connection.execute(_SURPLUS, (self._most, self._most_bytes))
                self._bounded = True

        self._run(work)

    def prune(self, before: float, *, dry_run: bool = False) -> int:
        """Delete the answers kept before ``before``, seconds since the epoch; how many there were.

        0 where the file cannot be used.
        """
        if not self.path.is_file():
            return 0
        day = datetime.fromtimestamp(before, UTC).isoformat(timespec="seconds")

        def work(connection: Connection) -> int:
            count: int = connection.execute(_COUNT, (day,)).fetchone()[0]
            if not dry_run:
                connection.execute(_AGED, (day,))
            return count

        return self._run(work) or 0

    def _oldest(self) -> str:
        since = datetime.now(UTC) - timedelta(days=self._days)
        return since.isoformat(timespec="seconds")

    def _run(self, work: Callable[[Connection], T]) -> T | None:
        """``work`` in one transaction; None where that cannot be done. A damaged file goes."""
        import sqlite3

        try:
            private_folder(self.path.parent)
            private_file(self.path)
            with closing(sqlite3.connect(self.path, timeout=_BUSY_S)) as connection, connection:
                connection.execute(_TABLE)
                return work(connection)
        except sqlite3.Error as error:  # damaged, or busy, full or read-only: another time
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
                with suppress(OSError):
                    self.path.unlink()
            return None
        except (StoreUnusable, OSError):
            return None

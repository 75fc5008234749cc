"""SqliteBreakers: one small file in the state folder, shared by the processes of a machine.

It is disposable: a damaged file is removed, since all that is lost is that something failed.
"""

from __future__ import annotations

import os
import tempfile
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from synapse_bot.breaker.base import BreakersUnusable, decode, encode
from synapse_bot.domain.breaker import Breaker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from sqlite3 import Connection

    from synapse_bot.breaker.base import T, Work

FILE = "breakers-1.sqlite3"  # the number is raised when the layout changes
_BUSY_S = 2.0
_DAMAGE = (11, 26)  # SQLITE_CORRUPT, SQLITE_NOTADB

_TABLE = """
    CREATE TABLE IF NOT EXISTS breakers (
        tenant TEXT NOT NULL DEFAULT 'local', key TEXT NOT NULL, data TEXT NOT NULL,
        PRIMARY KEY (tenant, key)
    ) WITHOUT ROWID
"""
_FIND = "SELECT data FROM breakers WHERE tenant = ? AND key = ?"
_KEEP = "INSERT OR REPLACE INTO breakers (tenant, key, data) VALUES (?, ?, ?)"
_ALL = "SELECT key, data FROM breakers WHERE tenant = ? ORDER BY key"
_RESET = "DELETE FROM breakers WHERE tenant = ? AND key = ?"


class SqliteBreakers:
    """A Breakers in ``folder``, which has to be there and private. See store/location.py."""

    def __init__(self, folder: Path, tenant: str = "local", *, busy_s: float = _BUSY_S) -> None:
        self.path = folder / FILE
        self._tenant, self._busy_s = tenant, busy_s
        self._lock = threading.Lock()  # SQLite makes those that wait sleep, and wakes nobody

    def change(self, key: str, work: Work[T]) -> T:
        """See Breakers."""

        def attempt(connection: Connection) -> T:
            row = connection.execute(_FIND, (self._tenant, key)).fetchone()
            before = decode(key, row[0]) if row else Breaker(key)
            breaker, said = work(before)
            if breaker != before:
                connection.execute(_KEEP, (self._tenant, key, encode(breaker)))
            return said

        return self._run(attempt)

    def all(self) -> tuple[Breaker, ...]:
        """See Breakers. Writes nothing, so that the folder may be read-only."""
        import sqlite3

        if not self.path.is_file():
            return ()
        try:
            address = f"{self.path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=self._busy_s)) as connection:
                rows = connection.execute(_ALL, (self._tenant,)).fetchall()
        except sqlite3.Error as error:
            if str(error).startswith("no such table"):  # somebody is just making it
                return ()
            raise self._unusable(error) from error
        found = (decode(key, data) for key, data in rows)
        return tuple(breaker for breaker in found if not breaker.is_blank)

    def reset(self, key: str) -> bool:
        """See Breakers."""
        if not self.path.is_file():
            return False
        return self._run(lambda c: c.execute(_RESET, (self._tenant, key)).rowcount > 0)

    def _run(self, work: Callable[[Connection], T]) -> T:
        """``work`` in one transaction that no other process writes in."""
        import sqlite3

        try:
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
                    raise
                self._remove()
                return self._attempt(work)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> BreakersUnusable:
        return BreakersUnusable(f"{self.path.name} cannot be used: {error}")

    def _attempt(self, work: Callable[[Connection], T]) -> T:
        import sqlite3

        self._make_private()
        connect = sqlite3.connect(self.path, timeout=self._busy_s, isolation_level=None)
        with self._lock, closing(connect) as connection:
            connection.execute("PRAGMA synchronous = OFF")  # after a power cut it may start anew
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute(_TABLE)
                said = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return said

    def _make_private(self) -> None:
        """An empty file (0600) where none is. Raises OSError for a link or a folder.

        A file that is there is not even opened: to close it again would take away the locks that
        SQLite holds on it for the other threads of this process (POSIX, fcntl).
        """
        if self.path.is_symlink() or self.path.is_dir():
            raise OSError("it is no plain file")
        if self.path.exists():
            return
        made, name = tempfile.mkstemp(prefix=f".{FILE}-", dir=self.path.parent)  # 0600
        os.close(made)
        try:
            os.link(name, self.path)
        except FileExistsError:
            pass  # another process was faster
        finally:
            os.unlink(name)

    def _remove(self) -> None:
        for suffix in ("", "-journal", "-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()

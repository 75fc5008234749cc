"""SqliteStore: one file in the state folder, written by any number of processes at once.

A connection lives for one call, since a command makes one or two. `sqlite3` is imported inside
the functions: a review that records nothing does not pay for it.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.store.base import Run
from synapse_bot.store.location import private_file, private_folder
from synapse_bot.store.migrations import NewerSchema, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from sqlite3 import Connection

T = TypeVar("T")

FILE = "runs.sqlite3"
BUSY_S = 10.0  # how long one process waits for another's write
NO_SPACE = "Free some space, or choose another folder with XDG_STATE_HOME."
NEWER = "Upgrade synapse-bot, or move the file away."

_SELECT = """
    SELECT id, change_key, ref, route, verdict, findings, started_at, seconds, config_digest
    FROM runs ORDER BY started_at DESC, sequence DESC LIMIT ?
"""
_RECORD = """
    INSERT INTO runs (
        id, change_key, ref, route, verdict, findings, started_at, seconds, config_digest, audit
    ) VALUES (
        :id, :change_key, :ref, :route, :verdict, :findings, :started_at, :seconds,
        :config_digest, :audit
    ) ON CONFLICT (id) DO UPDATE SET
        change_key = excluded.change_key, ref = excluded.ref, route = excluded.route,
        verdict = excluded.verdict, findings = excluded.findings,
        started_at = excluded.started_at, seconds = excluded.seconds,
        config_digest = excluded.config_digest, audit = excluded.audit
"""
_AUDIT = """
    SELECT id, audit FROM runs WHERE substr(id, 1, length(:prefix)) = :prefix
    ORDER BY length(id) LIMIT 2
"""
_LATEST = """
    SELECT audit FROM runs
    WHERE substr(change_key, 1, length(:prefix)) = :prefix AND config_digest = :digest
    ORDER BY started_at DESC, sequence DESC LIMIT 1
"""


class SqliteStore:
    """A Store. ``notices`` tell what a person should know, e.g. a damaged file moved aside."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.path = folder / FILE
        self.notices: list[str] = []
        self._read_only = read_only

    @classmethod
    def open(cls, folder: Path) -> SqliteStore:
        """The store in ``folder``, made (0700) where it is missing. Raises StoreUnusable."""
        store = cls(folder)
        private_folder(folder)
        store._run(lambda connection: None)
        return store

    @classmethod
    def open_to_read(cls, folder: Path) -> SqliteStore | None:
        """The store in ``folder``, which may be read-only; None where nothing is recorded yet."""
        return cls(folder, read_only=True) if (folder / FILE).is_file() else None

    def record(self, run: Run, audit: str) -> None:
        """See Store. Raises StoreUnusable, e.g. for a full disk or a read-only folder."""
        values = {name: _storable(value) for name, value in asdict(run).items()}
        values["audit"] = _storable(audit)
        self._run(lambda connection: connection.execute(_RECORD, values))

    def runs(self, limit: int = 20) -> tuple[Run, ...]:
        """See Store. Raises StoreUnusable."""
        rows = self._run(lambda connection: connection.execute(_SELECT, (limit,)).fetchall())
        return tuple(Run(*row) for row in rows)

    def audit(self, id_prefix: str) -> str | None:
        """See Store; a whole id is itself, also where it begins another. Raises StoreUnusable."""
        if not id_prefix:
            return None
        rows = dict(self._run(lambda c: c.execute(_AUDIT, {"prefix": id_prefix}).fetchall()))
        return rows.get(id_prefix) or (next(iter(rows.values())) if len(rows) == 1 else None)

    def latest(self, change_prefix: str, config_digest: str) -> str | None:
        """See Store. Raises StoreUnusable."""
        values = {"prefix": _storable(change_prefix), "digest": config_digest}
        row = self._run(lambda connection: connection.execute(_LATEST, values).fetchone())
        return str(row[0]) if row else None

    def _run(self, work: Callable[[Connection], T]) -> T:
        """``work`` on a connection. A damaged file is moved aside, and a new one takes over."""
        import sqlite3

        try:
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                if self._read_only or not _is_damage(error):
                    raise
                self._set_aside()
                return self._attempt(work)
        except NewerSchema as error:
            raise StoreUnusable(f"{self.path}: {error}", NEWER) from error
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def _attempt(self, work: Callable[[Connection], T]) -> T:
        with closing(self._connect()) as connection:
            if not self._read_only:
                migrate(connection)
            return work(connection)

    def _connect(self) -> Connection:
        import sqlite3

        if self._read_only:
            return self._connect_to_read()
        private_file(self.path)
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
        try:
            # Readers and a writer side by side. Where the file system cannot, or another process
            # is just switching, SQLite stays with what there is: as safe, and only slower.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_to_read(self) -> Connection:
        """Without the side files that a read-only folder refuses, where need be."""
        import sqlite3

        uri = self.path.absolute().as_uri() + "?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
        try:
            connection.execute("SELECT 1 FROM runs LIMIT 1").fetchall()
        except sqlite3.OperationalError:
            connection.close()
            if os.access(self.path.parent, os.W_OK):
                raise
            return sqlite3.connect(uri + "&immutable=1", uri=True, isolation_level=None)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_aside(self) -> None:
        """Move the damaged file away under a new name, unless another process just did."""
        import sqlite3

        with _locked(self.path.with_suffix(".lock")):
            try:
                with closing(self._connect()) as connection:
                    rows = connection.execute("PRAGMA integrity_check(1)").fetchone()
                if rows == ("ok",):
                    return
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
            aside = _free_name(self.path)
            for suffix in ("-wal", "-shm", ""):
                source = self.path.with_name(self.path.name + suffix)
                if source.exists():
                    source.rename(aside.with_name(aside.name + suffix))
        self.notices.append(
            f"{self.path} was damaged: it is kept as {aside.name}, and a new record begins"
        )

    def _unusable(self, error: Exception) -> StoreUnusable:
        import sqlite3

        code = getattr(error, "sqlite_errorcode", None)
        message = f"the record of runs cannot be used: {self.path}: {error}"
        if code == sqlite3.SQLITE_FULL:
            return StoreUnusable(message, NO_SPACE)
        if code is not None and _is_damage(error):
            return StoreUnusable(message, "The next review moves the file aside and begins anew.")
        return StoreUnusable(message)


def _is_damage(error: Exception) -> bool:
    import sqlite3

    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return aside


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time, where the system has advisory locks."""
    try:
        import fcntl
    except ImportError:  # Windows: a damaged file in two processes at once is left to luck
        yield
        return
    private_file(path)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _storable(value: Any) -> Any:
    """SQLite takes no lone surrogates, which a hostile file name may hold; JSON escapes them so."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value

"""SqliteDatabase: one file in the state folder, written by any number of processes at once.

A connection lives for one transaction, since a command makes one or two. `sqlite3` is imported
inside the functions: a review that records nothing does not pay for it.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.domain.workflow import LOCAL_TENANT
from synapse_bot.store.database import bound, spelled
from synapse_bot.store.location import private_file, private_folder
from synapse_bot.store.migrations import NewerSchema, is_older, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from sqlite3 import Connection, Cursor

    from synapse_bot.store.database import Transaction, Value

T = TypeVar("T")

FILE = "runs.sqlite3"
BUSY_S = 10.0  # how long one process waits for another's write
NO_SPACE = "Free some space, or choose another folder with XDG_STATE_HOME."
NEWER = "Upgrade synapse-bot, or move the file away."


class SqliteDatabase:
    """A Database. ``notices`` tell what a person should know, e.g. a damaged file moved aside."""

    def __init__(
        self, folder: Path, *, tenant: str | None = LOCAL_TENANT, read_only: bool = False
    ) -> None:
        self.path = folder / FILE
        self.notices: list[str] = []
        self._tenant = tenant
        self._read_only = read_only

    @classmethod
    def open(cls, folder: Path, *, tenant: str | None = LOCAL_TENANT) -> SqliteDatabase:
        """The database in ``folder``, made (0700) where it is missing. Raises StoreUnusable."""
        database = cls(folder, tenant=tenant)
        private_folder(folder)
        database.write(lambda transaction: None)
        return database

    @property
    def tenant(self) -> str | None:
        """See Database."""
        return self._tenant

    def of(self, tenant: str | None) -> SqliteDatabase:
        """The same file, seen by ``tenant``."""
        return SqliteDatabase(self.path.parent, tenant=tenant, read_only=self._read_only)

    def close(self) -> None:
        """Nothing is open between transactions."""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it, writes cost a tenth: whoever closes the file last has to tidy it up, and that
        is not after each of them. Never raises."""
        import sqlite3

        with ExitStack() as stack:
            with suppress(sqlite3.Error, OSError):  # a write will say what is wrong
                keeper = stack.enter_context(closing(self._connect()))
                keeper.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
            yield

    def compact(self) -> None:
        """Give the room of what was deleted back to the disk. Raises StoreUnusable."""
        self._run(lambda connection: connection.execute("VACUUM"))

    def read(self, work: Callable[[Transaction], T]) -> T:
        """See Database."""
        return self._run(lambda connection: work(_Transaction(connection, self._tenant)))

    def write(self, work: Callable[[Transaction], T], *, alone: str = "") -> T:
        """See Database. A file has one writer at a time, so all that writes is alone."""

        def whole(connection: Connection) -> T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                done = work(_Transaction(connection, self._tenant))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return done

        return self._run(whole)

    def _run(self, work: Callable[[Connection], T]) -> T:
        """``work`` on a connection. A damaged file is moved aside, and a new one takes over."""
        import sqlite3

        try:
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                if self._read_only or not _is_damage(error):
                    raise
                self.set_aside()
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
            return _migrated_copy(self._connect_to_read())
        private_file(self.path)
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
        try:
            # Readers and a writer side by side. Where the file system cannot, or another process
            # is just switching, SQLite stays with what there is: as safe, and only slower.
            with suppress(sqlite3.OperationalError):
                mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()
                if mode == ("wal",):  # a power cut may take the last writes, never the file
                    connection.execute("PRAGMA synchronous = NORMAL")
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

    def set_aside(self) -> None:
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


class _Transaction:
    """A Transaction on a connection."""

    def __init__(self, connection: Connection, tenant: str | None) -> None:
        self._connection = connection
        self._tenant = tenant

    def rows(self, sql: str, **values: Value) -> list[tuple[Any, ...]]:
        return self._execute(sql, values).fetchall()

    def change(self, sql: str, **values: Value) -> int:
        return self._execute(sql, values).rowcount

    @contextmanager
    def ledger_door(self, before: float) -> Iterator[None]:
        """A value that no other connection ever sees: it is taken back before the commit."""
        self.change("UPDATE ledger_door SET known_before = :before", before=before)
        yield
        self.change("UPDATE ledger_door SET known_before = NULL")

    def _execute(self, sql: str, values: dict[str, Value]) -> Cursor:
        storable = {name: _storable(value) for name, value in bound(self._tenant, values).items()}
        return self._connection.execute(spelled(sql, all_tenants=self._tenant is None), storable)


def _migrated_copy(connection: Connection) -> Connection:
    """``connection``, or where an earlier version of the program wrote the file, and may be the
    last that could: its contents in memory, with the tables as they are now."""
    import sqlite3

    if not is_older(connection):
        return connection
    with closing(connection):
        copy = sqlite3.connect(":memory:", isolation_level=None)
        connection.backup(copy)
    migrate(copy)
    return copy


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


def _storable(value: Value) -> Value:
    """SQLite takes no lone surrogates, which a hostile file name may hold; JSON escapes them so."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return value

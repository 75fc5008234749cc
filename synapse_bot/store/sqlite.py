"""SqliteStore: the runs in the file of the state folder."""

from __future__ import annotations

from pathlib import Path

from synapse_bot.store.runs import Runs
from synapse_bot.store.sqlite_file import FILE, SqliteDatabase


class SqliteStore(Runs):
    """A Store. ``notices`` tell what a person should know, e.g. a damaged file moved aside."""

    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database)
        self.path = database.path
        self.notices = database.notices

    @classmethod
    def open(cls, folder: Path) -> SqliteStore:
        """The store in ``folder``, made (0700) where it is missing. Raises StoreUnusable."""
        return cls(SqliteDatabase.open(folder))

    @classmethod
    def open_to_read(cls, folder: Path) -> SqliteStore | None:
        """The store in ``folder``, which may be read-only; None where nothing is recorded yet."""
        if not (folder / FILE).is_file():
            return None
        return cls(SqliteDatabase(folder, read_only=True))

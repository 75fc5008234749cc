"""Numbered SQL files, applied in order: 0001_runs.sql, 0002_... Those of PostgreSQL lie beside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection

FOLDER = Path(__file__).parent
POSTGRES = FOLDER / "postgres"


class NewerSchema(Exception):
    """The database was written by a later version of the program."""


def migrate(connection: Connection, folder: Path = FOLDER) -> None:
    """Bring ``connection`` (in autocommit mode) to the newest schema; nothing when it is there.

    Each file is one transaction, with its number in `PRAGMA user_version`. The number is read
    again under the write lock, so that of two processes one migrates and the other waits.
    Raises NewerSchema, and sqlite3.Error where a statement fails; the file is then undone.
    """
    for number, script in due(_version(connection), folder):
        _apply(connection, number, script)


def due(version: int, folder: Path) -> Iterator[tuple[int, str]]:
    """The scripts that a database at ``version`` lacks, in order. Raises NewerSchema."""
    scripts = {int(path.name[:4]): path for path in sorted(folder.glob("[0-9]*.sql"))}
    newest = max(scripts, default=0)
    if version > newest:
        raise NewerSchema(f"its schema is number {version}, this program knows {newest}")
    for number in range(version + 1, newest + 1):
        yield number, scripts[number].read_text(encoding="utf-8")


def is_older(connection: Connection) -> bool:
    """Whether an earlier version of the program made the tables. Raises NewerSchema."""
    return any(True for _ in due(_version(connection), FOLDER))


def _apply(connection: Connection, number: int, script: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) < number:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """``executescript`` would commit the transaction, so the script is run one by one."""
    from sqlite3 import complete_statement

    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement

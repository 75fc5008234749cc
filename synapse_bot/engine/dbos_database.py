"""Where DBOS keeps its checkpoints: a SQLite file for one machine, PostgreSQL for several."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

BUSY_MS = 30_000
_PRAGMAS = (
    f"busy_timeout={BUSY_MS}",
    "journal_mode=WAL",  # three times as many workflows a second as DBOS's own default
    "synchronous=NORMAL",  # what is committed outlives the process, if not the power
    "foreign_keys=ON",
)


def on_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")


def driven(url: str) -> str:
    """``url`` with the driver that is installed named in it."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def open_sqlite(url: str) -> Engine:
    """The file of ``sqlite:////absolute/path``, made (0600) where it is missing.

    Raises ValueError for a relative path, which would lie wherever the process was started:
    perhaps among the files of the change.
    """
    path = sqlalchemy.make_url(url).database or ""
    if not os.path.isabs(path):
        raise ValueError(f"{url}: the path of the database is not absolute")
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = sqlalchemy.create_engine(url, pool_size=5, max_overflow=0)
    sqlalchemy.event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"  # as DBOS opens its own: no upgrade of a read lock
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


_LOCK = 0x53594E42  # of our own among PostgreSQL's advisory locks: "SYNB"


@contextmanager
def alone(url: str) -> Iterator[bool]:
    """True for one process at a time, of all that use the database; False for the others.

    The database lets go of it when the process dies.
    """
    if on_sqlite(url):
        with _alone_on_file(f"{sqlalchemy.make_url(url).database}.reaper") as mine:
            yield mine
        return
    engine = sqlalchemy.create_engine(driven(url), poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        values = {"lock": _LOCK}
        taken = connection.execute(sqlalchemy.text("SELECT pg_try_advisory_lock(:lock)"), values)
        yield bool(taken.scalar())
        connection.rollback()


@contextmanager
def _alone_on_file(path: str) -> Iterator[bool]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)

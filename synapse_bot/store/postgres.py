"""PostgresDatabase: the database of a fleet. psycopg is imported here, and only where it is used.

Each transaction takes the role of a tenant, or of the fleet, so that row-level security holds for
our own statements too. Connections are kept for the next transaction, a few at most.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import lru_cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.domain.workflow import LOCAL_TENANT
from synapse_bot.store.database import bound, spelled
from synapse_bot.store.migrations import POSTGRES, NewerSchema, due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import Connection

    from synapse_bot.store.database import Transaction, Value

T = TypeVar("T")

MOST_CONNECTIONS = 4  # of one process
CONNECT_S = 10
LOCK_S = 30.0  # how long one process waits for another's write
STATEMENT_S = 300.0
NO_CLIENT = "Install the fleet's extra: pip install 'synapse-bot[fleet]'."
UNREACHABLE = "Check engine.database, and that the server answers: psql URL -c 'SELECT 1'."
NEWER = "Upgrade synapse-bot on this machine: another one has migrated the database."

_LOCK = 5_273_190_411  # any number that nobody else locks
_ENTER = """
    SELECT set_config('role', %(role)s, true), set_config('synapse.tenant', %(tenant)s, true),
        set_config('search_path', 'synapse, pg_temp', true),
        set_config('lock_timeout', %(lock_ms)s, true),
        set_config('statement_timeout', %(statement_ms)s, true)
"""
_MIGRATIONS = """
    CREATE SCHEMA IF NOT EXISTS synapse;
    SET LOCAL search_path = synapse, pg_temp;
    CREATE TABLE IF NOT EXISTS migrations (
        number bigint PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
    );
"""


class PostgresDatabase:
    """A Database, and safe to use from several threads."""

    def __init__(self, pool: _Pool, tenant: str | None) -> None:
        self._pool = pool
        self._tenant = tenant

    @classmethod
    def open(
        cls, url: str, *, tenant: str | None = LOCAL_TENANT, lock_s: float = LOCK_S
    ) -> PostgresDatabase:
        """The database at ``url``, with the tables at the newest schema.

        Raises StoreUnusable: no client installed, unreachable, refused, or migrated by a later
        version.
        """
        pool = _Pool(url, lock_s)
        with pool.errors(), pool.connection() as connection:
            _migrate(connection)
        return cls(pool, tenant)

    @property
    def tenant(self) -> str | None:
        """See Database."""
        return self._tenant

    def of(self, tenant: str | None) -> PostgresDatabase:
        """The same connections, used for ``tenant``."""
        return PostgresDatabase(self._pool, tenant)

    def close(self) -> None:
        """End the connections; the next transaction would open new ones."""
        self._pool.close()

    def held(self) -> AbstractContextManager[None]:
        """Connections are kept anyhow."""
        return nullcontext()

    def compact(self) -> None:
        """The server does it by itself."""

    def read(self, work: Callable[[Transaction], T]) -> T:
        """See Database."""
        return self.write(work)

    def write(self, work: Callable[[Transaction], T], *, alone: str = "") -> T:
        """See Database."""
        with (
            self._pool.errors(),
            self._pool.connection() as connection,
            connection.transaction(),
        ):
            role = "synapse_fleet" if self._tenant is None else "synapse_tenant"
            given = {"role": role, "tenant": self._tenant or "", **self._pool.patience}
            connection.execute(_ENTER, given)
            if alone:
                connection.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", (alone, _LOCK)
                )
            return work(_Transaction(connection, self._tenant))


class _Transaction:
    """A Transaction on a connection that is within one."""

    def __init__(self, connection: Connection, tenant: str | None) -> None:
        self._connection = connection
        self._tenant = tenant

    def rows(self, sql: str, **values: Value) -> list[tuple[Any, ...]]:
        return self._connection.execute(self._text(sql), self._storable(values)).fetchall()

    def change(self, sql: str, **values: Value) -> int:
        return self._connection.execute(self._text(sql), self._storable(values)).rowcount

    @contextmanager
    def ledger_door(self, before: float) -> Iterator[None]:
        """The role that may delete, which a trigger holds to entries known before ``before``."""
        enter = "SELECT set_config('synapse.known_before', %s, true), set_config('role', %s, true)"
        self._connection.execute(enter, (repr(before), "synapse_retention"))
        yield
        self._connection.execute(enter, ("", "synapse_tenant"))

    def _text(self, sql: str) -> bytes:
        return _placeholders(spelled(sql, all_tenants=self._tenant is None))

    def _storable(self, values: dict[str, Value]) -> dict[str, Value]:
        return {name: _storable(value) for name, value in bound(self._tenant, values).items()}


class _Pool:
    """Connections for the next transaction: made when needed, kept while they are whole."""

    def __init__(self, url: str, lock_s: float) -> None:
        self._url = url
        self.patience = {
            "lock_ms": str(round(lock_s * 1000)), "statement_ms": str(round(STATEMENT_S * 1000))
        }  # fmt: skip
        self._idle: list[Connection] = []
        self._places = BoundedSemaphore(MOST_CONNECTIONS)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        with self._places:
            connection = self._take()
            try:
                yield connection
            finally:
                if connection.closed or connection.broken:
                    connection.close()
                else:
                    self._idle.append(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """What psycopg raises, as StoreUnusable; a password is in none of its words."""
        try:
            import psycopg
        except ImportError as error:
            raise StoreUnusable("PostgreSQL needs psycopg, which is missing", NO_CLIENT) from error
        try:
            yield
        except NewerSchema as error:
            raise StoreUnusable(f"the database of the fleet: {error}", NEWER) from error
        except psycopg.Error as error:
            text = " ".join(_without_secrets(str(error), self._url).split())
            # Not `from error`: a traceback would show the address again.
            raise StoreUnusable(f"the database of the fleet: {text}", UNREACHABLE) from None

    def _take(self) -> Connection:
        """One that answers. The server may have gone and come back since the last transaction."""
        import psycopg

        while self._idle:
            connection = self._idle.pop()
            with suppress(psycopg.Error):
                connection.execute(b"")
                return connection
            connection.close()
        return psycopg.connect(
            self._url,
            autocommit=True,  # transactions are opened by name
            connect_timeout=CONNECT_S,
            application_name="synapse-bot",
            prepare_threshold=None,  # plans see the values; and a pooler may stand between
            keepalives_idle=15,  # a server that went without a word is noticed in half a minute
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=30_000,
        )


def _migrate(connection: Connection) -> None:
    """Bring the schema `synapse` to the newest; of several processes one does it.

    A login that may not create tables can still open a database that needs none.
    Raises NewerSchema, and psycopg.Error where a statement fails; nothing is done then.
    """
    if not list(due(_version(connection), POSTGRES)):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(_MIGRATIONS)
        for number, script in due(_version(connection), POSTGRES):
            connection.execute(script.encode())
            connection.execute("INSERT INTO synapse.migrations (number) VALUES (%s)", (number,))


def _version(connection: Connection) -> int:
    row = connection.execute("SELECT to_regclass('synapse.migrations') IS NOT NULL").fetchone()
    if row != (True,):
        return 0
    number = connection.execute("SELECT max(number) FROM synapse.migrations").fetchone()
    return int(number[0] or 0) if number else 0


@lru_cache(maxsize=256)
def _placeholders(sql: str) -> bytes:
    """Values by name as psycopg spells them."""
    return re.sub(r"(?<!:):([a-z_]+)", r"%(\1)s", sql).encode()


def _storable(value: Value) -> Value:
    """PostgreSQL takes neither NUL nor lone surrogates, which hostile text may hold."""
    if isinstance(value, str):
        return value.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
    return value


def _without_secrets(text: str, url: str) -> str:
    """``text`` without the address and its password, nor the parts of one that is not escaped.

    libpq takes `//me:pass/word@host` for the host "me", and tells that "pass" is no port.
    """
    hidden = text.replace(url, "postgresql://…")
    for found in re.findall(r"//[^/@]*?:(.+)@|[?&]password=([^&]+)", url):
        password = "".join(found)
        parts = [password, *re.split(r"[^\w%+.-]", password)]
        for part in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
            hidden = hidden.replace(part, "…") if part else hidden
    return hidden

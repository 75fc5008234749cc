"""Circuit breakers: where their state is kept, and by which rules they open."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from synapse_bot.breaker.guard import Guard
from synapse_bot.breaker.kept import KeptBreakers
from synapse_bot.breaker.memory import MemoryBreakers
from synapse_bot.breaker.rules import BREAKERS_FILE, CODE, Rules, decode_rules, encode_rules
from synapse_bot.config.data import data_dir
from synapse_bot.domain.errors import StoreUnusable
from synapse_bot.wiring.stores import state_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from synapse_bot.breaker.base import Breakers
    from synapse_bot.breaker.shared import Database
    from synapse_bot.runtime.request import Asked, Host


def open_guard(asked: Asked, host: Host, database: Callable[[], Database] | None = None) -> Guard:
    """The breakers of one review. Nothing is read or written before something fails."""
    rules = cache(partial(load_rules, host.cache / "compiled"))
    return Guard(open_breakers(host, asked.start, database, keep=asked.keep), rules)


def open_breakers(
    host: Host, start: Path, database: Callable[[], Database] | None = None, *, keep: bool = True
) -> KeptBreakers:
    """The breakers of the repository around ``start``, or those of a fleet's ``database``.

    Without ``keep`` what is known counts, and what is learned is forgotten.
    """
    if database is not None:
        return KeptBreakers(lambda: _shared(database, keep))
    try:
        folder = state_folder(host, start)
    except StoreUnusable:
        return KeptBreakers(MemoryBreakers, lambda: False)
    from synapse_bot.breaker.sqlite import FILE

    file = folder / FILE
    return KeptBreakers(lambda: _in_folder(folder, keep), file.is_file)


def load_rules(cache_dir: Path | None = None) -> Rules:
    """rules/breakers.yaml. Raises ConfigInvalid with file:line for every fault."""
    from synapse_bot.config.compiled import compiled
    from synapse_bot.config.document import read_bytes

    raw = read_bytes(data_dir("rules") / BREAKERS_FILE)
    source = f"rules/{BREAKERS_FILE}"
    build = partial(_parse_rules, raw, source)
    return compiled(cache_dir, "breakers", raw, build, encode_rules, decode_rules, CODE)


def _parse_rules(raw: bytes, source: str) -> Rules:
    from synapse_bot.breaker.schema import BreakersFile, rules_of
    from synapse_bot.config.document import check, parse_document

    return rules_of(check(parse_document(raw, source), BreakersFile))


def _in_folder(folder: Path, keep: bool) -> Breakers:
    """Raises BreakersUnusable where the folder cannot be made."""
    from synapse_bot.breaker.base import BreakersUnusable
    from synapse_bot.breaker.sqlite import SqliteBreakers
    from synapse_bot.store.location import private_folder

    if not keep:
        return MemoryBreakers(SqliteBreakers(folder).all())
    try:
        private_folder(folder)
    except StoreUnusable as error:
        raise BreakersUnusable(str(error)) from error
    return SqliteBreakers(folder)


def _shared(database: Callable[[], Database], keep: bool) -> Breakers:
    """Raises BreakersUnusable where the database cannot be opened."""
    from synapse_bot.breaker.base import BreakersUnusable
    from synapse_bot.breaker.shared import SharedBreakers

    try:
        shared = SharedBreakers(database())
    except StoreUnusable as error:
        raise BreakersUnusable(str(error)) from error
    return shared if keep else MemoryBreakers(shared.all())

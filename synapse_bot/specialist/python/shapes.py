"""Whether a text has the shape by which a sink is harmed: a statement, a page, a filter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synapse_bot.specialist.python.values import HOLE

if TYPE_CHECKING:
    from synapse_bot.specialist.python.values import Value

_STATEMENT = re.compile(
    r"(?i)\b(select\s|insert\s+(or\s+\w+\s+)?into\s|replace\s+into\s|update\s|delete\s+from\s|where\s"
    r"|order\s+by\s|values\s*\(|drop\s|alter\s|create\s|truncate\s|exec(ute)?\s|union\s|call\s"
    r"|grant\s|pragma\s|from\s|set\s|limit\s|match\s*\()"
)
_MARKUP = re.compile(r"<[a-zA-Z!/]")
_DATABASE = re.compile(
    r"(?i)^(c|cur|curs|cursor|conn|con|connection|db|database|session|engine|tx|trans|transaction"
    r"|pool|sql|mysql|postgres|sqlite|client|self|db_\w+|\w+_(db|cursor|conn|session|connection))$"
)
# A hole where a value belongs: in quotes, or after a comparison.
_LITERAL_HOLE = re.compile(rf"'%?{HOLE}%?'|[=<>]\s*\"?{HOLE}|(?i:\blike)\s+[\"%]*{HOLE}")
_ROWS = re.compile(r"(?i)\s*(select|insert|update|delete|replace|with)\b")


def fits(shape: str, value: Value, receiver: str) -> bool:
    """Whether ``value`` has the ``shape`` that a row of the table asks for.

    ``receiver`` is the last part of the object whose method is called, "" for a function.
    """
    content = value.shape
    match shape:
        case "sql":
            return is_sql(value, receiver)
        case "html":
            return bool(content and _MARKUP.search(content))
        case "formatted":
            return value.formatted
        case "filter":
            return bool(content and "(" in content and "=" in content)
        case "xpath":
            return bool(content and ("/" in content or "[" in content))
        case "format" | "whole":  # not put together from named parts
            return content is not None
        case _:
            return True


def is_sql(value: Value, receiver: str) -> bool:
    """A text that reads as a statement; one that is not known at all where a database takes it."""
    if value.shape is None:
        return False
    if value.shape.strip(HOLE + " \n\t") == "":
        return not receiver or bool(_DATABASE.match(receiver))
    return bool(_STATEMENT.search(value.shape))


def has_value_hole(value: Value) -> bool:
    """A statement into which a value is pasted, rather than the name of a table."""
    shape = value.shape or ""
    return value.formatted and bool(_ROWS.match(shape) and _LITERAL_HOLE.search(shape))

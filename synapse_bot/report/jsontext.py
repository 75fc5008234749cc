"""JSON as every machine format writes it: the same value, the same bytes."""

from __future__ import annotations

import json
import re

_COMMAND = re.compile(r"##(?=(?:vso)?\[)")
_PLAIN = json.JSONEncoder(allow_nan=False)  # of what has no parts: one for all of them


def dump(value: object, *, indent: int | None = 2) -> str:
    """``value`` as JSON in ASCII, keys in the order given.

    ASCII keeps bidirectional and invisible characters visible as escapes in the raw file, and
    lone surrogates (a path that is not UTF-8) writable. A CI runner looks for ``##[`` anywhere
    in a line, so the second ``#`` is written as an escape: to a parser it is the same text.
    """
    if value is None or isinstance(value, str | int | float):
        text = _PLAIN.encode(value)
    else:
        separators = (",", ":") if indent is None else (",", ": ")
        text = json.dumps(value, indent=indent, separators=separators, allow_nan=False)
    return _COMMAND.sub(r"#\\u0023", text)

"""JSON as every machine format writes it: the same value, the same bytes."""

from __future__ import annotations

import json


def dump(value: object, *, indent: int | None = 2) -> str:
    """``value`` as JSON in ASCII, keys in the order given.

    ASCII keeps bidirectional and invisible characters visible as escapes in the raw file, and
    lone surrogates (a path that is not UTF-8) writable.
    """
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(value, indent=indent, separators=separators, allow_nan=False)

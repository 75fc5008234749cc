"""Which lines of a long file are shown around its changes: whole functions, not a few lines."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from synapse_bot.specialist.context.symbols import Symbols

MARGIN = 20  # lines around a change that stands in no function, or in a very long one
_HEAD = 20  # first lines of a file whose imports nobody can tell
_IMPORTS = 80
_BODY = 150  # lines of a function or class that is shown whole


def near(changed: Iterable[int], count: int, symbols: Symbols | None) -> frozenset[int]:
    """The numbers, of a file with ``count`` lines, to show around the lines ``changed``.

    ``symbols`` None knows no functions. Line numbers count from 1.
    """
    found = set(chain.from_iterable(_around(line, symbols) for line in changed))
    found.update(_imports(symbols))
    return frozenset(line for line in found if 1 <= line <= count)


def _around(line: int, symbols: Symbols | None) -> Iterator[int]:
    holding = symbols.around(line) if symbols else ()
    for outer in holding:
        yield from range(outer.start, outer.signature + 1)
    if holding and holding[-1].end - holding[-1].start < _BODY:
        yield from range(holding[-1].start, holding[-1].end + 1)
    else:
        yield from range(line - MARGIN, line + MARGIN + 1)


def _imports(symbols: Symbols | None) -> list[int]:
    if symbols is None or not symbols.imports:
        return list(range(1, _HEAD + 1))
    spans = (range(first, last + 1) for first, last in symbols.imports)
    return list(chain.from_iterable(spans))[:_IMPORTS]

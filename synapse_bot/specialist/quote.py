"""Finding a quotation in a file: what a model claims has to stand there, word for word.

The place of a finding is that of its quotation. A line number that a model gives only chooses
between equal places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

MAX_LINES = 12
_FEWEST = 4  # characters that are not white space: less is found everywhere


def locate(
    quote: str, lines: Sequence[str], hint: int = 0, preferred: Collection[int] = ()
) -> tuple[int, int] | None:
    """The 1-based lines, inclusive, where ``quote`` stands in ``lines``; None where it does not.

    White space at both ends of a line does not count; a quotation of one line may be a part of
    it. Of several places one that touches ``preferred`` wins, then the nearest to ``hint``.
    """
    wanted = _trimmed(quote)
    if not wanted or sum(len("".join(line.split())) for line in wanted) < _FEWEST:
        return None
    wanted = wanted[:MAX_LINES]
    places = list(_places(wanted, lines))
    if not places:
        return None
    return min(places, key=lambda at: (not _touches(at, preferred), _distance(at, hint), at))


def _trimmed(quote: str) -> list[str]:
    """The lines of ``quote`` without outer white space, and without empty ones at its ends."""
    lines = [line.strip() for line in quote.split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _places(wanted: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    if len(wanted) == 1:
        yield from ((n, n) for n, line in enumerate(lines, 1) if wanted[0] in line)
        return
    bare = [line.strip() for line in lines]
    size = len(wanted)
    for start in range(len(bare) - size + 1):
        if bare[start] == wanted[0] and bare[start : start + size] == list(wanted):
            yield start + 1, start + size


def _touches(at: tuple[int, int], preferred: Collection[int]) -> bool:
    return any(number in preferred for number in range(at[0], at[1] + 1))


def _distance(at: tuple[int, int], hint: int) -> int:
    return abs(at[0] - hint) if hint > 0 else 0

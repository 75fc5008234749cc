"""From a finding's Location to an Anchor that a forge accepts: right by construction.

GitHub answers one comment outside of the diff by refusing the whole review, and GitLab by a 400
or by a thread that nobody sees; so no position is ever tried that the diff does not show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.diff import LineKind, Side
from synapse_bot.domain.posting import NOWHERE, Anchor, AnchorKind, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from synapse_bot.domain.diff import Diff, FileDiff, Hunk
    from synapse_bot.domain.finding import Location

CLAMP = 3  # lines: how far a finding may stand from its comment's line


class AnchorResolver:
    """Every commentable line of every hunk of one file, on both sides."""

    def __init__(self, file: FileDiff) -> None:
        self._file = file
        self._points: dict[int, tuple[Point, ...]] = {}

    def resolve(self, location: Location) -> Anchor:
        """The best place for ``location``: its lines, a line near by, the file.

        Only the numbers and the side count; that ``location`` is of this file is for the caller.
        An unchanged line is always a NEW one, whichever side it was asked for on: forges differ
        in what they think of the old side of such a line.
        """
        wanted = range(location.start_line, max(location.start_line, location.end_line) + 1)
        if wanted.start < 1:
            return self.file_level
        side = location.side
        overlapping = [self._within(n, wanted, side) for n in self._hunks_at(wanted, side)]
        if found := max(filter(None, overlapping), key=_weight, default=()):
            return self._anchor(found[0], found[-1])
        near = self._nearest(wanted, side)
        return self._anchor(near, near) if near else self.file_level

    @property
    def file_level(self) -> Anchor:
        """The file as a whole."""
        path = self._file.path
        return Anchor(AnchorKind.FILE, path, self._file.old_path or path)

    def points(self, side: Side) -> Iterator[Point]:
        """Every line that the diff shows on ``side``, in order."""
        for number in range(len(self._file.hunks)):
            yield from (point for point in self._shown(number) if point.on(side) is not None)

    def point(self, side: Side, line: int) -> Point | None:
        """The line with number ``line`` on ``side`` where a hunk shows it."""
        for number, hunk in enumerate(self._file.hunks):
            if line in hunk.span(side):
                return next((p for p in self._shown(number) if p.on(side) == line), None)
        return None

    def hunk_at(self, side: Side, line: int) -> Hunk | None:
        """The hunk that shows ``line`` on ``side``."""
        return next((hunk for hunk in self._file.hunks if line in hunk.span(side)), None)

    def _hunks_at(self, wanted: range, side: Side) -> Iterator[int]:
        for number, hunk in enumerate(self._file.hunks):
            span = hunk.span(side)
            if span.start < wanted.stop and wanted.start < span.stop:
                yield number

    def _within(self, number: int, wanted: range, side: Side) -> tuple[Point, ...]:
        """The lines of one hunk within ``wanted``; the removed ones alone where some are."""
        found = tuple(p for p in self._shown(number) if (n := p.on(side)) and n in wanted)
        removed = tuple(p for p in found if p.kind is LineKind.REMOVED)
        return removed or found

    def _nearest(self, wanted: range, side: Side) -> Point | None:
        """The shown line that is at most CLAMP lines before or after ``wanted``."""
        gaps = []
        for hunk in self._file.hunks:
            if span := hunk.span(side):
                gaps.append((span.start - wanted.stop + 1, span.start))
                gaps.append((wanted.start - span.stop + 1, span.stop - 1))
        close = [gap for gap in gaps if 0 < gap[0] <= CLAMP]
        return self.point(side, min(close)[1]) if close else None

    def _anchor(self, start: Point, end: Point) -> Anchor:
        side = Side.OLD if end.kind is LineKind.REMOVED else Side.NEW
        several = start is not end
        return Anchor(
            AnchorKind.LINE,
            self._file.path,
            self._file.old_path or self._file.path,
            side,
            line=end.on(side),
            start_line=start.on(side) if several else None,
            end=end,
            start=start if several else None,
        )

    def _shown(self, number: int) -> tuple[Point, ...]:
        if number not in self._points:
            self._points[number] = tuple(_points(self._file.hunks[number]))
        return self._points[number]


def resolver_of(diff: Diff) -> Callable[[Location], Anchor]:
    """A function that finds the anchor in ``diff``; NOWHERE where ``diff`` lacks the file."""
    olds = {file.old_path: file for file in diff.files if file.old_path}
    resolvers: dict[str, AnchorResolver] = {}

    def resolve(location: Location) -> Anchor:
        file = diff.by_path.get(location.path)
        if location.side is Side.OLD:
            file = olds.get(location.path, file)
        if file is None:
            return NOWHERE
        resolver = resolvers.setdefault(file.path, AnchorResolver(file))
        return resolver.resolve(location)

    return resolve


def _points(hunk: Hunk) -> Iterator[Point]:
    old_at, new_at = hunk.old_start, hunk.new_start
    for line in hunk.lines():
        yield Point(line.kind, line.old, line.new, old_at, new_at)
        old_at += line.old is not None
        new_at += line.new is not None


def _weight(points: tuple[Point, ...]) -> int:
    """How much of a change the lines of one hunk are; the first hunk wins a draw."""
    return sum(point.kind is not LineKind.CONTEXT for point in points)

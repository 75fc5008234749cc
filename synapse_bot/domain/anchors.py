"""From a finding's Location to an Anchor that a forge accepts: right by construction.

GitHub answers one comment outside of the diff by refusing the whole review, and GitLab by a 400
or by a thread that nobody sees; so no position is ever tried that the diff does not show.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import LineKind, Side
from synapse_bot.domain.posting import NOWHERE, Anchor, AnchorKind, Point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synapse_bot.domain.diff import Diff, FileDiff, Hunk
    from synapse_bot.domain.finding import Location

CLAMP = 3  # lines: how far a finding may stand from its comment's line


class AnchorResolver:
    """Every commentable line of every hunk of one file, on both sides."""

    def __init__(self, file: FileDiff) -> None:
        self._file = file

    def resolve(self, location: Location) -> Anchor:
        """The best place for ``location``: its lines, a line near by, the file."""
        raise NotImplementedError

    def shows(self, side: Side, line: int) -> bool:
        """Whether some hunk shows ``line`` on ``side``."""
        raise NotImplementedError


def resolve(diff: Diff, location: Location) -> Anchor:
    """The place for ``location`` in ``diff``; NOWHERE where the diff does not have its file."""
    raise NotImplementedError

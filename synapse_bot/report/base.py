"""The Format family: one rendering of a Review each. The visible table is formats.FORMATS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapse_bot.domain.finding import Location
    from synapse_bot.domain.review import Review

Link = Callable[["Location"], "str | None"]


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """``link`` gives the permalink of a location. The rest is the terminal's: its ``width`` and
    ``color``, and whether it shows the ``arguments`` of debates, as the other formats do."""

    max_findings: int = 8  # shown in full; the others are folded
    link: Link | None = None
    width: int = 100
    color: bool = True
    arguments: bool = False


DEFAULTS = RenderOptions()


@dataclass(frozen=True, slots=True)
class Format:
    """``member`` imports the renderer when called, so that a format costs nothing until used."""

    name: str
    file_name: str
    about: str
    member: Callable[[], Callable[[Review, RenderOptions], str]]

    def render(self, review: Review, options: RenderOptions = DEFAULTS) -> str:
        """The whole rendering; ends with a newline. Secrets are masked, controls made visible."""
        return self.member()(review, options)

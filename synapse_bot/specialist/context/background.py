"""What is known beside the change itself, as values: whoever plans calls takes from it by need."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.domain.pathkinds import PathKinds
from synapse_bot.llm.tokens import count_tokens
from synapse_bot.specialist.context.clean import clean_line, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.specialist.context.guidance import Guide
    from synapse_bot.specialist.context.related import Place
    from synapse_bot.specialist.context.symbols import Symbols

_FRAME = 30  # tokens of the JSON around an excerpt
_MESSAGE = 1_500  # characters of one commit's message
_MESSAGES = 12  # the last of a longer change
# Who someone is, or says to be, is nothing that a review may weigh.
_TRAILER = re.compile(r"(?im)^[a-z]+(?:-[a-z]+)*-by:.*\n?|^(?:cc|from|author):.*\n?")


@dataclass(frozen=True)
class Excerpt:
    """Lines of a file as a model is shown them. ``start`` counts from 1."""

    path: str
    start: int
    why: str
    text: str

    @cached_property
    def tokens(self) -> int:
        return count_tokens(self.text) + count_tokens(self.path) + count_tokens(self.why) + _FRAME


@dataclass(frozen=True)
class Background:
    """``symbols`` of the changed files at the head, ``places`` that help with each of them.

    ``lines`` holds the clean lines of the files that ``places`` lie in. ``title``, with the
    description, and ``commits`` are what the author says, given only where that may be told.
    ``notes`` say what is missing.
    """

    symbols: Mapping[str, Symbols] = field(default_factory=dict)
    places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guides: tuple[Guide, ...] = ()
    title: str = ""
    commits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    kinds: PathKinds = field(default_factory=PathKinds)

    def excerpt(self, place: Place) -> Excerpt | None:
        """``place`` with its text; None where the file could not be read."""
        lines = self.lines.get(place.path, ())[place.start - 1 : place.end]
        if not lines:
            return None
        return Excerpt(clean_line(place.path), place.start, clean_line(place.why), "\n".join(lines))


def clean_messages(messages: Iterable[str]) -> tuple[str, ...]:
    """Messages of commits as a model is told them: without names of people, and bounded."""
    told = [clean_text(_TRAILER.sub("", text), _MESSAGE) for text in messages]
    return tuple(text for text in told if text)[-_MESSAGES:]

"""What a specialist of kind ``llm`` tells a model: which files in which call, and what beside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_bot.domain.spec import Context
from synapse_bot.specialist.context.background import Background
from synapse_bot.specialist.context.pack import bundles, extras
from synapse_bot.specialist.context.symbols import Symbols
from synapse_bot.specialist.prompt import Shown, Told, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.spec import ModelSpec


@dataclass(frozen=True)
class Telling:
    """Of ``background`` what ``asked`` wants. The same input gives the same calls."""

    asked: ModelSpec
    background: Background = field(default_factory=Background)

    def shown(self, paths: Iterable[str], texts: Mapping[str, str], diff: Diff) -> list[Shown]:
        """Those of ``paths`` that have a text, as a model sees them."""
        known = {path: self._wanted(found) for path, found in self.background.symbols.items()}
        return [show(path, texts[path], diff, known.get(path)) for path in paths if path in texts]

    def _wanted(self, symbols: Symbols) -> Symbols:
        asked = self.asked.context
        return Symbols(
            symbols.definitions if Context.ENCLOSING in asked else (),
            imports=symbols.imports if Context.IMPORTS in asked else (),
        )

    def calls(self, files: Iterable[Shown]) -> tuple[Told, ...]:
        """``files`` in calls, each with what helps to read it. A file too large is in none."""
        known = self.background
        split = bundles(files, self.asked.input_tokens, known.symbols, known.kinds)
        return tuple(self.told(bundle) for bundle in split)

    def told(self, files: Sequence[Shown]) -> Told:
        """``files`` as one call."""
        asked = self.asked
        beside = extras(files, asked.context, self.background, asked.input_tokens)
        return Told(tuple(files), beside)

"""What the arguments of a review can point at: its files, and what its tools found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Skipped
from synapse_bot.domain.visible import visible
from synapse_bot.negotiation.references import Grounds, tool_reference
from synapse_bot.runtime.discretion import masked_lines
from synapse_bot.specialist.prompt import show

if TYPE_CHECKING:
    from collections.abc import Collection

    from synapse_bot.domain.diff import Diff
    from synapse_bot.domain.finding import Location
    from synapse_bot.domain.opinion import Outcome
    from synapse_bot.runtime.survey import Survey

AROUND = 15  # lines before and after a finding that a debater is shown


def grounds_of(outcomes: Sequence[Outcome], survey: Survey, models: Collection[str]) -> Grounds:
    """The head's lines as models see them, and the references of all that is found by those who
    are not among ``models``."""
    found = (f for o in outcomes if not isinstance(o, Skipped) for f in o.findings)
    tools = frozenset(tool_reference(f).text for f in found if f.by not in models)
    return Grounds(_Lines(survey.texts, survey.diff, masked_lines(outcomes)), tools, survey.kinds)


def excerpt(grounds: Grounds, at: Location) -> str:
    """The lines around ``at``, each with its number."""
    lines = grounds.lines.get(visible(at.path), ())
    first = max(1, at.start_line - AROUND)
    shown = enumerate(lines[first - 1 : at.start_line + AROUND], first)
    return "\n".join(f"{number}  {text}" for number, text in shown)


class _Lines(Mapping[str, Sequence[str]]):
    """By path, each file's made when it is wanted. A line that holds a known secret is as the
    specialist shows it that knows the secret."""

    def __init__(
        self, texts: Mapping[str, bytes], diff: Diff, masked: Mapping[tuple[str, int], str]
    ) -> None:
        self._paths = {visible(path): path for path in texts}
        self._texts, self._diff, self._masked = texts, diff, masked
        self._made: dict[str, Sequence[str]] = {}

    def __getitem__(self, name: str) -> Sequence[str]:
        if name not in self._made:
            path = self._paths[name]
            shown = show(path, self._texts[path].decode("utf-8", "replace"), self._diff).lines
            self._made[name] = tuple(
                visible(self._masked.get((path, number), line))
                for number, line in enumerate(shown, 1)
            )
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

"""What a tool says that it did not look at, told beside its results or by one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.opinion import Gap, GapKind
from synapse_bot.domain.spec import OutputFormat
from synapse_bot.specialist.output.base import MAX_WORD, as_text, decode, parse_json, shorten
from synapse_bot.specialist.output.lookup import every

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from synapse_bot.domain.spec import GapsSpec, OutputSpec
    from synapse_bot.specialist.output.base import RawFinding

_SHOWN = 3  # rules that are named
_WORD = 80
UNNAMED = "unnamed"  # a result without a rule, as rules/taxonomy.yaml calls it
_WHOLE, _SOME = "could not parse it", "could not parse all of it"
_CLOSED = "did not open it"


@dataclass(frozen=True, slots=True)
class Told:
    """``gaps`` in the tool's own names of files, "" where it names none.

    ``opened`` are the files that it says it read; None where it does not say.
    """

    gaps: tuple[Gap, ...] = ()
    opened: frozenset[str] | None = None

    def unopened(self, names: Iterable[str]) -> tuple[Gap, ...]:
        """A gap for each of ``names``, in the tool's words, that it was given and passed over."""
        if self.opened is None:
            return ()
        return tuple(
            Gap(name, _CLOSED, GapKind.PASSED_OVER) for name in names if name not in self.opened
        )


def read_gaps(data: bytes, spec: OutputSpec, raws: Sequence[RawFinding]) -> Told:
    """What ``data`` and the results ``raws`` of it say by ``spec.gaps``. Raises OutputGarbage."""
    wanted = spec.gaps
    if wanted is None:
        return Told()
    gaps = [
        Gap(raw.path, _WHOLE, GapKind.UNPARSED)
        for raw in raws
        if (raw.rule or UNNAMED) in wanted.rules
    ]
    opened = None
    if spec.format is OutputFormat.JSON and (wanted.items or wanted.opened):
        document = parse_json(decode(data))
        gaps += _errors(document, wanted)
        if wanted.opened and (found := every(document, wanted.opened)):
            listed = found[0] if isinstance(found[0], list) else found
            opened = frozenset(as_text(path) for path in listed)
    return Told(tuple(dict.fromkeys(gaps)), opened)


def _errors(document: Any, wanted: GapsSpec) -> Iterator[Gap]:
    """One gap a file and word, with the rules that it is about."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in every(document, f"{wanted.items}[]") if wanted.items else ():
        path, word, rule = (_text(item, at) for at in (wanted.path, wanted.word, wanted.rule))
        found.setdefault((path, shorten(word, _WORD) or "an error"), []).append(rule)
    for (path, word), rules in found.items():
        if word in wanted.unparsed:
            yield Gap(path, _SOME, GapKind.UNPARSED)
        else:
            yield Gap(path, f"ended early: {word}{_named(rules)}", GapKind.STOPPED)


def _text(item: Any, at: str) -> str:
    return as_text((every(item, at) or [""])[0], MAX_WORD) if at else ""


def _named(rules: Iterable[str]) -> str:
    known = sorted({rule for rule in rules if rule})
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f" ({', '.join(known[:_SHOWN])}{more})" if known else ""

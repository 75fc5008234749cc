"""What a change made worse: a tool measures the functions before it and after it.

One run reads both versions of every file. A function that is no worse than it was is not told,
however bad it is; one that is worse is told at the first line in it that the change adds. One
that was only renamed or moved is no worse either.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import FileStatus
from synapse_bot.specialist.materialise import materialise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from synapse_bot.domain.diff import Diff, FileDiff
    from synapse_bot.domain.spec import Measure
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.ground import PathMap
    from synapse_bot.specialist.output.base import RawFinding

BEFORE = "\0before:"  # no path of a change begins with NUL

Amounts = tuple[float, ...]
Befores = tuple[float | None, ...]  # one for each measure
_Key = tuple[str, str]  # path of the head, name of the function


def place_before(task: Examination, paths: Iterable[str], folder: Path) -> Mapping[str, Path]:
    """The base's texts of ``paths``, materialised; a key is BEFORE and the path of the head."""
    then = {path: old for path in paths if (old := _old_path(task.diff.by_path.get(path)))}
    texts = task.past.texts(tuple(then.values())) if task.past and then else {}
    return materialise({BEFORE + p: texts[old] for p, old in then.items() if old in texts}, folder)


def _old_path(file: FileDiff | None) -> str:
    return (file and file.old_path) or ""


@dataclass(frozen=True)
class Comparison:
    """``then`` holds the amounts of each function before the change; ``known`` the paths whose
    state before it is known."""

    measures: Sequence[Measure]
    then: Mapping[_Key, Sequence[Amounts]]
    known: frozenset[str]
    diff: Diff

    def group(self, key: _Key, now: Sequence[RawFinding]) -> Iterator[tuple[RawFinding, Befores]]:
        """Functions of one name with what each measured before; None of one that is new.

        Several of a name (the anonymous ones) are compared by rank: the largest with the largest.
        """
        then = self.then.get(key, ())
        ranks = [_ranks(measure.at, now, then) for measure in self.measures]
        for number, raw in enumerate(now):
            yield raw, tuple(rank[number] for rank in ranks)

    def told(self, path: str, raw: RawFinding, before: Befores) -> RawFinding | None:
        """``raw`` in words that say by how much, or None where it is no worse."""
        added = self.diff.by_path[path].added_lines if path in self.diff.by_path else frozenset()
        if path not in self.known and raw.line not in added:
            return None  # of a file known by its hunks: only what begins in them is new
        pairs = zip(self.measures, before, strict=True)
        said = [words for m, then in pairs if (words := _words(m, raw.amounts, then))]
        if not said:
            return None
        line = next((n for n in range(raw.line, raw.end_line + 1) if n in added), raw.line)
        message = f"{raw.symbol} {' and '.join(said)}."
        return replace(raw, line=line, end_line=line, message=message)

    def of(self, amounts: Amounts) -> Befores:
        """``amounts`` by measure."""
        return tuple(_at(amounts, measure.at) for measure in self.measures)


def _at(amounts: Amounts, at: int) -> float | None:
    return amounts[at] if at < len(amounts) else None


def _ranks(at: int, now: Sequence[RawFinding], then: Sequence[Amounts]) -> list[float | None]:
    """For each of ``now`` the amount before of the function with the same rank."""
    before = sorted((a[at] for a in then if len(a) > at), reverse=True)
    order = sorted(range(len(now)), key=lambda n: _at(now[n].amounts, at) or 0.0, reverse=True)
    found: list[float | None] = [None] * len(now)
    for number, amount in zip(order, before, strict=False):
        found[number] = amount
    return found


def only_worse(
    raws: Iterable[RawFinding],
    names: PathMap,
    measures: Sequence[Measure],
    diff: Diff,
    placed: Iterable[str],
) -> tuple[RawFinding, ...]:
    """Those of ``raws`` that a measure calls worse than before the change.

    ``placed`` are the keys of all files that the tool read, those of ``place_before`` included.
    """
    now: dict[_Key, list[RawFinding]] = defaultdict(list)
    then: dict[_Key, list[Amounts]] = defaultdict(list)
    for raw in raws:
        path = names.path_of(raw.path) or ""
        if path.startswith(BEFORE):
            then[path.removeprefix(BEFORE), raw.symbol].append(raw.amounts)
        else:
            now[path, raw.symbol].append(raw)
    comparison = Comparison(measures, then, _known(diff, placed), diff)
    gone = [a for key, group in then.items() for a in sorted(group)[: _surplus(group, now, key)]]
    found = []
    for key, group in now.items():
        for raw, before in comparison.group(key, group):
            new = all(amount is None for amount in before)
            was = comparison.of(_moved(raw.amounts, gone)) if new else before
            found.append(comparison.told(key[0], raw, was))
    return tuple(told for told in found if told is not None)


def _known(diff: Diff, placed: Iterable[str]) -> frozenset[str]:
    added = (file.path for file in diff.files if file.status is FileStatus.ADDED)
    before = (key.removeprefix(BEFORE) for key in placed if key.startswith(BEFORE))
    return frozenset((*added, *before))


def _surplus(then: Sequence[Amounts], now: Mapping[_Key, Sequence[RawFinding]], key: _Key) -> int:
    """How many functions of this name the change removed."""
    return max(0, len(then) - len(now.get(key, ())))


def _moved(now: Amounts, gone: list[Amounts]) -> Amounts:
    """The amounts of a removed function of this very shape, taken from ``gone``; else ()."""
    if now in gone:
        gone.remove(now)
        return now
    return ()


def _words(measure: Measure, amounts: Amounts, before: float | None) -> str:
    """How ``measure`` got worse; "" when it did not."""
    now = _at(amounts, measure.at)
    if now is None or now <= measure.over:
        return ""
    limit = f"more than {measure.over:g} is too many"
    if before is None:
        return f"has {now:g} {measure.name} ({limit})"
    if before >= now or (before > measure.over and now - before < measure.by):
        return ""
    return f"now has {now:g} {measure.name}, {before:g} before this change ({limit})"

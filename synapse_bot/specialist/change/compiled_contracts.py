"""Functions of Go and Java that a change altered, and callers that it left behind.

A call is left behind when its number of arguments fitted before and fits nothing of that name
now. Callers are found by their imports and packages, in the change and in the rest of the
repository; a compiler would find them all, but only where the change is built.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from synapse_bot.domain.opinion import Gap
from synapse_bot.specialist.change import bounds
from synapse_bot.specialist.change.before import nearest_added, new_line_of, texts_before
from synapse_bot.specialist.change.bounds import Allowance, not_compared, shortfalls
from synapse_bot.specialist.change.compiled import TONGUES, Call, Offer, Tongue
from synapse_bot.specialist.change.contracts import GONE, RULE, places
from synapse_bot.specialist.change.scripts import Script, read_tree
from synapse_bot.specialist.change.telling import finding
from synapse_bot.specialist.change.uses import Use
from synapse_bot.specialist.runner import Looked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.output.base import RawFinding
    from synapse_bot.specialist.runner import Place

Offers = dict[str, list[Offer]]


def scan(task: Examination, paths: Sequence[str], place: Place) -> Looked:
    """A finding for every function of ``paths`` whose callers were left behind."""
    del place
    looked = [_scan(task, paths, tongue) for tongue in TONGUES]
    findings = tuple(raw for part in looked for raw in part.findings)
    return Looked(findings, tuple(gap for part in looked for gap in part.gaps))


def _scan(task: Examination, paths: Sequence[str], tongue: Tongue) -> Looked:
    before = texts_before(task, [path for path in paths if path.endswith(tongue.suffix)])
    read = [_altered(task, path, text, tongue) for path, text in before.items() if text]
    unread = tuple(item for item in read if isinstance(item, Gap))
    altered = [a for a in read if isinstance(a, Altered) and a.names]
    if not altered:
        return Looked((), unread)
    words = sorted({name.rpartition(".")[2] for a in altered for name in a.names})
    callers = Callers.holding(task, words, tongue)
    found = tuple(raw for item in altered for raw in item.findings(callers))
    return Looked(found, (*unread, *callers.missed(len(words))))


@dataclass(frozen=True)
class Altered:
    """One file before and after. What a sibling file of its package now offers is not gone."""

    file: FileDiff
    home: Script
    old: Offers
    new: Offers
    open: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What calls may fit no longer."""
        shut = [n for n in self.old if n.partition(".")[0] not in self.open]
        return tuple(n for n in shut if _arities(self.old[n]) - _arities(self.new.get(n, [])))

    def findings(self, callers: Callers) -> Iterator[RawFinding]:
        for name in self.names:
            now = self.new.get(name) or callers.elsewhere(self, name)
            broken = [
                (Use(path, call.line), call)
                for path, call in callers.of(self, name)
                if _fit(self.old[name], call) and not _fit(now, call)
            ]
            if broken:
                yield self._told(name, now, broken)

    def _told(self, name: str, now: list[Offer], broken: list[tuple[Use, Call]]) -> RawFinding:
        where = places([use for use, _ in broken])
        if not now:
            line = nearest_added(self.file, new_line_of(self.file, self.old[name][0].line))
            what = f"`{name}` is no longer here and still called at {where}."
            return finding(self.file, line, GONE, what, "high", 0.8)
        added, lines = self.file.added_lines, range(now[0].line, now[0].end_line + 1)
        line = next((n for n in lines if n in added), nearest_added(self.file, now[0].line))
        count = broken[0][1].arguments
        what = f"The signature of `{name}` changed: {where} passes {count} arguments."
        return finding(self.file, line, RULE, what, "high", 0.75)


@dataclass(frozen=True)
class Callers:
    """The files that hold a name in question, as the change leaves them."""

    tongue: Tongue
    scripts: Mapping[str, Script]
    held: int
    allowance: Allowance

    @classmethod
    def holding(cls, task: Examination, words: Sequence[str], tongue: Tongue) -> Callers:
        assert task.past is not None  # or nothing of the text before would be known
        touched = {path for f in task.diff.files for path in (f.path, f.old_path) if path}
        known = task.past.holding(words[: bounds.MAX_NAMES], (tongue.suffix,))
        held = [path for path in known if path not in touched]
        read = task.past.texts(held[: bounds.MAX_FILES])
        texts = {path: content.decode("utf-8", "replace") for path, content in read.items()}
        texts |= {p: text for p, text in task.texts.items() if p.endswith(tongue.suffix)}
        allowance = Allowance(bounds.SECONDS)
        scripts = {
            path: script
            for path, text in sorted(texts.items())
            if not allowance.over() and (script := read_tree(path, text))
        }
        return cls(tongue, scripts, len(held), allowance)

    def of(self, altered: Altered, name: str) -> Iterator[tuple[str, Call]]:
        for path, script in self.scripts.items():
            if self.allowance.over():
                return
            for call in self.tongue.calls(script, altered.home):
                if call.name == name and call.arguments >= 0:
                    yield path, call

    def elsewhere(self, altered: Altered, name: str) -> list[Offer]:
        """What took its place in another file of the same folder."""
        folder = altered.home.path.rpartition("/")[0]
        return [
            offer
            for path, script in self.scripts.items()
            if path.rpartition("/")[0] == folder
            for offer in self.tongue.offers(script)
            if offer.name == name
        ]

    def missed(self, names: int) -> Iterator[Gap]:
        return shortfalls(names, self.held, self.allowance)


def _altered(task: Examination, path: str, text: str, tongue: Tongue) -> Altered | Gap:
    old, new = read_tree(path, text), read_tree(path, task.texts[path])
    if old is None or new is None or new.root.has_error:
        return not_compared(path)
    file, heirs = task.diff.by_path[path], frozenset(tongue.open(new))
    return Altered(file, new, _by_name(old, tongue), _by_name(new, tongue), heirs)


def _by_name(script: Script, tongue: Tongue) -> Offers:
    found: Offers = defaultdict(list)
    for offer in tongue.offers(script):
        found[offer.name].append(offer)
    return dict(found)


def _arities(offers: Sequence[Offer]) -> set[tuple[int, int]]:
    return {(offer.arity.least, offer.arity.most) for offer in offers}


def _fit(offers: Sequence[Offer], call: Call) -> bool:
    return any(offer.arity.fits(call.arguments) for offer in offers)

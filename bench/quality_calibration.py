"""How sure each rule should be, from what was seen of it: proposals, applied by a person.

A tool's rule declares its confidence in rules/taxonomy.yaml or in its own file. Here that is held
against the open part of the labelled corpora and the findings on clean code that a person read.
Where what was seen contradicts it, a new value is proposed: the mean of a Beta distribution that
starts at the declared confidence, worth ``PRIOR`` cases, and is moved by the cases seen.

No source, a corpus or the reading, counts for more than ``MOST`` cases, however many it has: a
thousand files from one template are one experience. A source alone proposes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from quality_cases import Labels, Reported
from quality_contenders import OURS
from quality_matching import wilson
from quality_paths import in_tests
from quality_reading import Reading
from quality_run import Cleaned, Scored

PRIOR = 10.0  # cases that the declared confidence is worth
MOST = 10.0  # cases that one source is worth
READING = "reading"

Rule = tuple[str, str]  # a tool and its own id of the rule


@dataclass(slots=True)
class Seen:
    """Right and wrong findings of one rule, by source. ``declared`` is how sure it says it is."""

    declared: float = 0.0
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, source: str, confidence: float, *, right: bool) -> None:
        """One more finding of ``source``."""
        rights, wrongs = self.counts.get(source, (0, 0))
        self.counts[source] = (rights + right, wrongs + (not right))
        self.declared = max(self.declared, confidence)

    @property
    def weighed(self) -> tuple[float, float]:
        """Right and wrong cases of all sources, each scaled down to ``MOST``."""
        right = wrong = 0.0
        for rights, wrongs in self.counts.values():
            scale = min(1.0, MOST / (rights + wrongs))
            right, wrong = right + rights * scale, wrong + wrongs * scale
        return right, wrong

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, of the weighed cases."""
        right, wrong = self.weighed
        return wilson(right, right + wrong)

    @property
    def proposed(self) -> float:
        """The mean after the cases seen, in steps of .05, never 0 or 1."""
        right, wrong = self.weighed
        mean = (PRIOR * self.declared + right) / (PRIOR + right + wrong)
        return min(0.95, max(0.05, round(mean * 20) / 20))

    @property
    def contradicted(self) -> bool:
        """Whether two sources or more, together, rule the declared confidence out."""
        low, high = self.interval
        return len(self.counts) > 1 and not low <= self.declared <= high


def seen_of(
    scored: Iterable[Scored], cleaned: Iterable[Cleaned], reading: Reading
) -> Mapping[Rule, Seen]:
    """What was seen of each rule of ours. Held-out cases and our own fixtures are left out, and
    what stands in tests, where a finding is half as sure by another rule."""
    seen: defaultdict[Rule, Seen] = defaultdict(Seen)
    for source, finding, right in (*_labelled(scored), *_read(cleaned, reading)):
        if not in_tests(finding.path):
            for voice in finding.voices:
                seen[voice.tool, voice.rule].add(source, voice.confidence, right=right)
    return seen


def _labelled(scored: Iterable[Scored]) -> Iterator[tuple[str, Reported, bool]]:
    for one in scored:
        name = one.corpus.name
        if one.contender != OURS or one.corpus.labels is Labels.NONE or name == "fixtures":
            continue
        for _, judged in one.open_everything:
            yield from ((name, finding, True) for finding in judged.right)
            yield from ((name, finding, False) for finding in judged.wrong)


def _read(cleaned: Iterable[Cleaned], reading: Reading) -> Iterator[tuple[str, Reported, bool]]:
    for step in cleaned:
        for finding in step.findings if step.contender == OURS else ():
            if verdict := reading.verdicts.get(finding.fingerprint):
                yield READING, finding, verdict.act

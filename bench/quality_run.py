"""Every contender on every corpus, one after the other, and what came of it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from quality_cases import Case, Corpus, Reported, held_out
from quality_changes import Change, changes_of
from quality_contenders import Contender, Said
from quality_keep import Keep
from quality_matching import Judged, Matcher, Tally, judge, scope_of


@dataclass(frozen=True, slots=True)
class Scored:
    """One contender on one corpus. ``seconds`` are of all its changes together.

    ``judged`` is what a reader is shown, ``everything`` that and what the thresholds keep back.
    """

    corpus: Corpus
    contender: str
    judged: tuple[tuple[Case, Judged], ...]
    findings: tuple[Reported, ...]
    seconds: float
    notes: tuple[str, ...] = ()
    everything: tuple[tuple[Case, Judged], ...] = ()

    def tally(self, *, held: bool) -> Tally:
        """The counts of the held-out third, or of the rest."""
        return Tally.of(j for case, j in self.judged if held_out(self.corpus.name, case) is held)

    @property
    def open_part(self) -> Iterator[tuple[Case, Judged]]:
        """What may be looked at and tuned to, of what is shown."""
        return (pair for pair in self.judged if not held_out(self.corpus.name, pair[0]))

    @property
    def open_everything(self) -> Iterator[tuple[Case, Judged]]:
        """The same of all findings."""
        return (pair for pair in self.everything if not held_out(self.corpus.name, pair[0]))


@dataclass(frozen=True, slots=True)
class Cleaned:
    """One contender on one step of a clean project; ``thousands`` of lines were added, in
    ``files`` files."""

    step: str
    contender: str
    thousands: float
    findings: tuple[Reported, ...]
    seconds: float
    notes: tuple[str, ...] = ()
    files: int = 0

    @property
    def shown(self) -> tuple[Reported, ...]:
        """What a reader of the comment sees."""
        return tuple(finding for finding in self.findings if finding.shown)


def score(
    corpus: Corpus,
    cases: Sequence[Case],
    contenders: Iterable[Contender],
    matcher: Matcher,
    keep: Keep,
    folder: Path,
) -> Iterator[Scored]:
    """``contenders`` on ``cases``, those that can read none of the files left out."""
    changes = list(changes_of(cases, folder))
    paths = [path for change in changes for path in change.added]
    for contender in contenders:
        if contender.knows(paths):
            said = [examined(contender, change, keep) for change in changes]
            yield _scored(corpus, contender, changes, said, matcher)


def examined(contender: Contender, change: Change, keep: Keep) -> Said:
    """What ``contender`` says, with a line of progress."""
    said = keep.examine(contender, change)
    what = f"{change.root.parent.name}/{change.root.name}"
    found = f"{len(said.findings)} findings, {said.seconds:.1f} s"
    print(f"  {contender.name:20} {what:30} {found}", file=sys.stderr)
    for note in said.notes:
        print(f"    {note}", file=sys.stderr)
    return said


def _scored(
    corpus: Corpus,
    contender: Contender,
    changes: Sequence[Change],
    said: Sequence[Said],
    matcher: Matcher,
) -> Scored:
    scope = scope_of(corpus.cases)
    judged, everything = [], []
    for case, mine in _by_case(changes, said):
        shown = [finding for finding in mine if finding.shown]
        judged.append((case, judge(case, shown, corpus.labels, matcher, scope)))
        everything.append((case, judge(case, mine, corpus.labels, matcher, scope)))
    return Scored(
        corpus,
        contender.name,
        tuple(judged),
        tuple(finding for words in said for finding in words.findings),
        sum(words.seconds for words in said),
        tuple(dict.fromkeys(note for words in said for note in words.notes)),
        tuple(everything),
    )


def _by_case(
    changes: Sequence[Change], said: Sequence[Said]
) -> Iterator[tuple[Case, list[Reported]]]:
    """Each case with the findings in its files."""
    for change, words in zip(changes, said, strict=True):
        by_path = defaultdict(list)
        for finding in words.findings:
            by_path[finding.path].append(finding)
        for case in change.cases:
            paths = case.files or dict.fromkeys(change.added)
            yield case, [finding for path in paths for finding in by_path[path]]

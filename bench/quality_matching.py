"""Which findings are right: one finding answers for one place, near it, of a related weakness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from quality_cases import Case, Labels, Place, Reported, Weakness

WITHIN = 10  # lines between a finding and a place that it may still mean

Parents = Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class Matcher:
    """``parents`` maps a CWE to those directly above it, broad ones left out."""

    parents: Parents

    def related(self, one: Weakness, other: Weakness) -> bool:
        """Whether they share a family or a CWE, or one's CWE is an ancestor of the other's.

        Siblings are not related: SQL injection is no answer to LDAP injection.
        """
        if one.families & other.families:
            return True
        return bool(one.cwe & self._up(other.cwe) or other.cwe & self._up(one.cwe))

    def answers(self, reported: Reported, place: Place) -> bool:
        """Whether ``reported`` may mean ``place``."""
        near = reported.start <= place.end + WITHIN and reported.end >= place.start - WITHIN
        same_file = reported.path == place.path
        return same_file and near and self.related(reported.weakness, place.weakness)

    def pair(self, reported: Sequence[Reported], places: Sequence[Place]) -> dict[int, int]:
        """As many pairs (index of a finding to index of a place) as there can be, each used once.

        Augmenting paths: a finding takes a place from another that can have a different one.
        """
        taken: dict[int, int] = {}  # place -> finding

        def seat(finding: int, tried: set[int]) -> bool:
            for index, place in enumerate(places):
                if index in tried or not self.answers(reported[finding], place):
                    continue
                tried.add(index)
                if index not in taken or seat(taken[index], tried):
                    taken[index] = finding
                    return True
            return False

        for finding in range(len(reported)):
            seat(finding, set())
        return {finding: place for place, finding in taken.items()}

    def _up(self, cwe: frozenset[int]) -> frozenset[int]:
        seen: set[int] = set()
        todo = list(cwe)
        while todo:
            number = todo.pop()
            if number not in seen:
                seen.add(number)
                todo.extend(self.parents.get(number, ()))
        return frozenset(seen)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the findings in one case.

    ``wrong``: the labels contradict them. ``other``: a weakness on which the labels are silent.
    ``safe``: the case has nothing to find, so every wrong finding is a false alarm.
    """

    right: tuple[Reported, ...] = ()
    missed: tuple[Place, ...] = ()
    wrong: tuple[Reported, ...] = ()
    other: tuple[Reported, ...] = ()
    safe: bool = False


def scope_of(cases: Iterable[Case]) -> Weakness:
    """Every weakness that the labels of ``cases`` name: what the corpus asks about at all."""
    named = [place.weakness for case in cases for place in case.places]
    named += [case.clear for case in cases]
    return Weakness(frozenset(number for weakness in named for number in weakness.cwe))


def judge(
    case: Case, reported: Sequence[Reported], labels: Labels, matcher: Matcher, scope: Weakness
) -> Judged:
    """Hold ``reported``, the findings in the files of ``case``, against its labels.

    A second finding of a place that is answered already counts neither way. Where not every
    defect is labelled, a finding outside of ``scope`` (a bug, a matter of style, a weakness that
    the corpus has no label for anywhere) is left out.
    """
    pairs = matcher.pair(reported, case.places)
    wrong, other = [], []
    for index, finding in enumerate(reported):
        if index in pairs or any(matcher.answers(finding, place) for place in case.places):
            continue
        if labels is Labels.ALL or matcher.related(finding.weakness, case.clear):
            wrong.append(finding)
        elif matcher.related(finding.weakness, scope):
            other.append(finding)
    answered = set(pairs.values())
    return Judged(
        right=tuple(reported[index] for index in pairs),
        missed=tuple(p for index, p in enumerate(case.places) if index not in answered),
        wrong=tuple(wrong),
        other=tuple(other),
        safe=bool(case.clear) and not case.places,
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over cases. ``alarmed`` of the ``safe`` cases got a wrong finding."""

    found: int = 0
    missed: int = 0
    wrong: int = 0
    other: int = 0
    safe: int = 0
    alarmed: int = 0

    @classmethod
    def of(cls, judged: Iterable[Judged]) -> Tally:
        """The counts of all of ``judged``."""
        everything = tuple(judged)
        return cls(
            found=sum(len(one.right) for one in everything),
            missed=sum(len(one.missed) for one in everything),
            wrong=sum(len(one.wrong) for one in everything),
            other=sum(len(one.other) for one in everything),
            safe=sum(one.safe for one in everything),
            alarmed=sum(one.safe and bool(one.wrong) for one in everything),
        )

    @property
    def places(self) -> int:
        return self.found + self.missed

    @property
    def precision(self) -> float | None:
        """Every finding beyond the labels taken for wrong; None where nothing was said."""
        return _share(self.found, self.found + self.wrong + self.other)

    @property
    def precision_labelled(self) -> float | None:
        """Of the findings that the labels speak of alone."""
        return _share(self.found, self.found + self.wrong)

    @property
    def recall(self) -> float | None:
        return _share(self.found, self.places)

    @property
    def f1(self) -> float | None:
        """Of ``precision`` and ``recall``."""
        return _share(2 * self.found, 2 * self.found + self.wrong + self.other + self.missed)


def wilson(right: float, total: float, z: float = 1.96) -> tuple[float, float]:
    """The interval that holds the true share in 19 of 20 samples; (0, 1) of nothing.

    Wilson 1927; unlike the normal one it stays within 0..1 and is honest for small counts.
    """
    if not total:
        return 0.0, 1.0
    share = right / total
    middle = share + z * z / (2 * total)
    spread = z * ((share * (1 - share) + z * z / (4 * total)) / total) ** 0.5
    scale = 1 + z * z / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

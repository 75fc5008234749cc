"""Which findings make the same claim.

1. Equal fingerprints are one claim.
2. Findings whose lines overlap, in the same file and on the same side, are one claim when they
   share the rule family or a CWE; the closest pairs join first, so the result is the same for
   any order of arrival. Two kinds of pairs never join, not even through a third finding:
   two families of one specialist (it has told them apart on purpose), and two places of one rule
   of one tool (a tool that reports two places means two findings).
3. A finding that spans more than ``max_lines`` lines stands for its first line in step 2, so that
   a remark on a whole function does not swallow all that is said about its inside.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from synapse_bot.domain.finding import Finding

# A hostile line can draw thousands of findings. A file with more overlapping pairs than this is
# clustered by fingerprint alone: it shows more claims, and loses none.
MAX_PAIRS = 50_000

Cluster = tuple["Finding", ...]
K = TypeVar("K")
V = TypeVar("V")


def cluster(findings: Iterable[Finding], max_lines: int = 20) -> tuple[Cluster, ...]:
    """A partition of ``findings``, each cluster and the clusters in canonical order."""
    ordered = sorted(findings, key=canonical)
    groups = _Groups(ordered)
    for members in _by_fingerprint(ordered).values():
        for index in members[1:]:
            groups.join(members[0], index)
    for left, right in _closest_first(ordered, max_lines):
        if groups.compatible(left, right):
            groups.join(left, right)
    return groups.clusters()


def canonical(finding: Finding) -> tuple[Hashable, ...]:
    """A total order of findings, so that the order of arrival leaves no trace."""
    at, suggestion = finding.location, finding.suggestion
    return (
        (at.path, at.side, at.start_line, at.end_line, at.start_column, at.end_column),
        (finding.by, finding.tool, finding.tool_rule, finding.rule, finding.family),
        (-finding.severity, -finding.confidence, finding.fingerprint, finding.placement),
        (finding.message, finding.code, finding.fix, finding.url, finding.cwe),
        (finding.title, finding.why),
        (suggestion.old, suggestion.new) if suggestion else (),
    )


@dataclass
class _Group:
    members: list[int]
    families: dict[str, set[str]]  # by specialist
    places: dict[Hashable, set[Hashable]]  # by rule of a tool


@dataclass
class _Groups:
    """Disjoint sets of indices; the smaller one is poured into the larger."""

    findings: Sequence[Finding]
    of: list[_Group] = field(init=False)

    def __post_init__(self) -> None:
        self.of = [
            _Group([i], {f.by: {f.family}}, {_voice(f): {_place(f)}})
            for i, f in enumerate(self.findings)
        ]

    def compatible(self, left: int, right: int) -> bool:
        one, two = self.of[left], self.of[right]
        return one is not two and not (
            _differ(one.families, two.families) or _differ(one.places, two.places)
        )

    def join(self, left: int, right: int) -> None:
        large, small = self.of[left], self.of[right]
        if large is small:
            return
        if len(small.members) > len(large.members):
            large, small = small, large
        large.members += small.members
        for by, families in small.families.items():
            large.families.setdefault(by, set()).update(families)
        for voice, places in small.places.items():
            large.places.setdefault(voice, set()).update(places)
        for index in small.members:
            self.of[index] = large

    def clusters(self) -> tuple[Cluster, ...]:
        distinct = {id(group): sorted(group.members) for group in self.of}
        return tuple(
            tuple(self.findings[i] for i in members) for members in sorted(distinct.values())
        )


def _differ(one: Mapping[K, set[V]], two: Mapping[K, set[V]]) -> bool:
    small, large = sorted((one, two), key=len)
    return any(key in large and large[key] != values for key, values in small.items())


def _voice(finding: Finding) -> Hashable:
    return finding.by, finding.tool, finding.tool_rule or finding.rule


def _place(finding: Finding) -> Hashable:
    at = finding.location
    return finding.fingerprint or (at.start_line, at.end_line)


def _by_fingerprint(findings: Sequence[Finding]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for index, finding in enumerate(findings):
        if finding.fingerprint:
            found[finding.fingerprint].append(index)
    return found


def _closest_first(findings: Sequence[Finding], max_lines: int) -> list[tuple[int, int]]:
    """Overlapping pairs that share a family or a CWE: same family first, then by closeness."""
    spans = [_span(finding, max_lines) for finding in findings]
    files: dict[Hashable, dict[Hashable, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, finding in enumerate(findings):
        buckets = files[finding.location.path, finding.location.side]
        buckets["family", finding.family].append(index)
        for cwe in set(finding.cwe):
            buckets["cwe", cwe].append(index)
    pairs: set[tuple[int, int]] = set()
    for buckets in files.values():
        lists = buckets.values()  # each sorted by its first line, since the findings are
        if sum(_count(bucket, spans) for bucket in lists) <= MAX_PAIRS:
            pairs.update(pair for bucket in lists for pair in _overlapping(bucket, spans))
    return sorted(pairs, key=lambda pair: (*_distance(findings, spans, *pair), *pair))


def _span(finding: Finding, max_lines: int) -> tuple[int, int]:
    start, end = finding.location.start_line, finding.location.end_line
    return (start, end) if start <= end < start + max_lines else (start, start)


def _ends(bucket: Sequence[int], spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """For each of ``bucket``, sorted by start: the first position past those that it overlaps."""
    starts = [spans[i][0] for i in bucket]
    return (bisect_right(starts, spans[i][1]) for i in bucket)


def _count(bucket: Sequence[int], spans: Sequence[tuple[int, int]]) -> int:
    return sum(end - position - 1 for position, end in enumerate(_ends(bucket, spans)))


def _overlapping(
    bucket: Sequence[int], spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    for position, end in enumerate(_ends(bucket, spans)):
        for other in bucket[position + 1 : end]:
            yield bucket[position], other


def _distance(
    findings: Sequence[Finding], spans: Sequence[tuple[int, int]], left: int, right: int
) -> tuple[bool, float, int]:
    """Other family; lines not shared, as a share of all; columns between the starts."""
    (a, b), (c, d) = spans[left], spans[right]
    shared, covered = min(b, d) - max(a, c) + 1, max(b, d) - min(a, c) + 1
    one, two = findings[left], findings[right]
    columns = one.location.start_column, two.location.start_column
    apart = abs(columns[0] - columns[1]) if all(columns) else 0
    return one.family != two.family, 1 - shared / covered, apart

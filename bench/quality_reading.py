"""Findings on clean code read by a person: which of them a maintainer would act on.

reading.yaml keeps each verdict by the finding's fingerprint, so that a finding that a later run
still has need not be read again.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quality_cases import Reported
from quality_matching import wilson

AROUND = 6  # lines shown before and after a finding
LONGEST = 10  # lines of the finding itself that are shown


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A finding on a clean step and the code around it, line numbers before each line."""

    step: str
    finding: Reported
    code: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a maintainer who is told of a finding would change something, and why."""

    rule: str
    act: bool
    why: str


@dataclass(frozen=True)
class Reading:
    """``date``, ``rules`` (their digest) and ``of`` (its findings, in words) are those of the run
    that was sampled."""

    date: str
    rules: str
    of: str
    verdicts: Mapping[str, Verdict]

    def sentence(self) -> str:
        """The share, with how sure such a sample can be; "" where nothing was read."""
        if not self.verdicts:
            return ""
        read = len(self.verdicts)
        acted = sum(verdict.act for verdict in self.verdicts.values())
        low, high = wilson(acted, read)
        return (
            f"Of {read} findings, {self.of}, a maintainer would act on {acted}: "
            f"{acted / read:.0%}, and with the uncertainty of a sample {low:.0%} to {high:.0%}. "
            f"Read one by one on {self.date}, rules `{self.rules}`."
        )

    def by_rule(self) -> list[tuple[str, int, int]]:
        """(rule, acted on, read), the most read first."""
        rules = {verdict.rule for verdict in self.verdicts.values()}
        rows = [(rule, *self._counts(rule)) for rule in rules]
        return sorted(rows, key=lambda row: (-row[2], row[0]))

    def _counts(self, rule: str) -> tuple[int, int]:
        mine = [verdict.act for verdict in self.verdicts.values() if verdict.rule == rule]
        return sum(mine), len(mine)


def parse_reading(data: Mapping[str, Any]) -> Reading:
    """reading.yaml as a value."""
    verdicts = {key: Verdict(**row) for key, row in data["read"].items()}
    return Reading(str(data["date"]), data["rules"], data["of"], verdicts)


def sampled(excerpts: Iterable[Excerpt], count: int, seed: int) -> list[Excerpt]:
    """``count`` of them at random, each fingerprint once, the same ones for the same seed."""
    once = {excerpt.finding.fingerprint: excerpt for excerpt in excerpts}
    ordered = [once[key] for key in sorted(once)]
    return random.Random(seed).sample(ordered, min(count, len(ordered)))  # noqa: S311


def excerpt_of(step: str, finding: Reported, root: Path) -> Excerpt:
    """``finding`` with its lines in the file below ``root``."""
    lines = (root / finding.path).read_text(errors="replace").split("\n")
    first, end = max(finding.start - AROUND, 1), min(finding.end, finding.start + LONGEST)
    last = min(end + AROUND, len(lines))
    shown = []
    for number in range(first, last + 1):
        mark = ">" if finding.start <= number <= finding.end else " "
        shown.append(f"{mark}{number:5} {lines[number - 1]}")
    return Excerpt(step, finding, "\n".join(shown))


def sheet(excerpts: Sequence[Excerpt], reading: Reading) -> str:
    """What a reader gets: finding after finding, with the verdict where there is one."""
    return "\n\n".join(
        f"[{number}] {_known(excerpt, reading)}\n{_told(excerpt)}\n{excerpt.code}"
        for number, excerpt in enumerate(excerpts, 1)
    )


def _told(excerpt: Excerpt) -> str:
    finding = excerpt.finding
    weight = f"{finding.severity}, {finding.confidence:.2f}"
    return (
        f"{finding.fingerprint} {finding.rule} ({weight}): {finding.message}\n"
        f"{excerpt.step}: {finding.path}:{finding.start}"
    )


def _known(excerpt: Excerpt, reading: Reading) -> str:
    verdict = reading.verdicts.get(excerpt.finding.fingerprint)
    return f"{'act' if verdict.act else 'no'}: {verdict.why}" if verdict else "unread"

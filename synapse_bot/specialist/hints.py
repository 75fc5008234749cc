"""Hints: what tools found in the files of a bundle, told to a model as data that nobody vouches
for. It may confirm or doubt them with a quotation; it cannot take one away.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.finding import Finding, Placement
from synapse_bot.domain.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from synapse_bot.domain.spec import SpecialistSpec
    from synapse_bot.specialist.taxonomy import Taxonomy

MOST = 5  # told with one bundle
WORTH_A_CALL = Severity.MEDIUM  # less, and a model is not asked for the hints alone
_SEEN = frozenset({Placement.ADDED, Placement.CONTEXT})


@dataclass(frozen=True, slots=True)
class Hint:
    """A tool's finding; ``domain`` is that of its specialist."""

    finding: Finding
    domain: str = ""


Hints = Callable[[], Awaitable[tuple[Hint, ...]]]  # waits for the tools, and not for ever


def told(
    hints: Iterable[Hint], spec: SpecialistSpec, taxonomy: Taxonomy, paths: Collection[str]
) -> tuple[Finding, ...]:
    """Those in ``paths`` that are this specialist's concern, the worst first, at most MOST.

    Its concern are the rules that it names, others of their families, and its own domain.
    """
    rules = spec.model.rules if spec.model else ()
    families = {taxonomy.rules[rule].family for rule in rules if rule in taxonomy.rules}
    fitting = {
        hint.finding.fingerprint: hint.finding
        for hint in hints
        if hint.finding.location.path in paths
        and hint.finding.placement in _SEEN
        and (
            hint.finding.rule in rules
            or hint.finding.family in families
            or (hint.domain != "" and hint.domain == spec.domain)
        )
    }
    return tuple(sorted(fitting.values(), key=_rank)[:MOST])


def worth_a_call(hints: Iterable[Finding]) -> bool:
    """Whether a model is asked about ``hints`` where it has found nothing of its own."""
    return any(hint.severity >= WORTH_A_CALL for hint in hints)


def _rank(finding: Finding) -> tuple[float, int, str, int, str]:
    place = finding.location
    weight = round(-finding.severity * finding.confidence, 6)
    return weight, -finding.severity, place.path, place.start_line, finding.fingerprint

"""rules/negotiation.yaml as a value: which strategies settle which conflict, and the weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from synapse_bot.config.document import Document
    from synapse_bot.negotiation.escalation import EscalationRow


@dataclass(frozen=True, slots=True)
class Terms:
    """How one kind of conflict is settled.

    ``strategies`` are tried in order; each must lead by ``margin`` (0..1) to decide. The claim
    matches by any of: a family glob, a CWE, or (``any_cwe``) having a CWE at all.
    """

    id: str
    strategies: tuple[str, ...]
    margin: float = 0.0
    why: str = ""
    families: tuple[str, ...] = ()
    cwes: frozenset[int] = frozenset()
    any_cwe: bool = False

    def matches(self, families: Collection[str], cwes: Collection[int]) -> bool:
        if not self.cwes.isdisjoint(cwes) or (self.any_cwe and cwes):
            return True
        return any(fnmatchcase(family, glob) for family in families for glob in self.families)


@dataclass(frozen=True)
class DebateTerms:
    """Whether voices that are far apart debate, and who judges: a name of judges.JUDGES.

    ``margin`` as in Terms. ``most`` debates are held in one review. ``accuracy`` says how often a
    specialist is right, 0.5 (a coin) to 1; who is not named has the accuracy of its weight.
    """

    enabled: bool = True
    judge: str = "weighted"
    margin: float = 0.1
    most: int = 8
    accuracy: Mapping[str, float] = field(default_factory=dict)

    def accuracy_of(self, specialist: str, weight: float) -> float:
        """As named, else so that its log-odds are ``weight``: a weight of 1 is right in 73 %."""
        return self.accuracy.get(specialist, 1 / (1 + exp(-weight)))


STRICTEST = Terms("default", ("strictest",), why="Nothing else was agreed.")


@dataclass(frozen=True)
class NegotiationPolicy:
    """``rules`` in the order of the file: the first that matches wins, else ``default``.

    ``weights`` holds the specialists that the file names; they override the specialists' own.
    ``max_lines``: a finding that spans more stands for its first line alone when claims are
    clustered. ``escalations`` say what becomes of a dispute that a debate leaves open: the first
    row that serves it.
    """

    default: Terms = STRICTEST
    rules: tuple[Terms, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    tie_break: str = "strictest"
    max_lines: int = 20
    debate: DebateTerms = field(default_factory=DebateTerms)
    escalations: tuple[EscalationRow, ...] = ()

    def terms(self, families: Collection[str], cwes: Collection[int]) -> Terms:
        matching = (rule for rule in self.rules if rule.matches(families, cwes))
        return next(matching, self.default)


def load_policy(document: Document, under: NegotiationPolicy | None = None) -> NegotiationPolicy:
    """``document`` as a policy, on top of ``under``: its rules come first, its values win.

    Raises ConfigInvalid with file:line for every fault.
    """
    from synapse_bot.negotiation.schema import parse_policy

    return parse_policy(document, under or NegotiationPolicy())

"""What a specialist returns: an Opinion, Failed or Skipped. Never None, never an exception."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from synapse_bot.domain.finding import Finding
from synapse_bot.domain.remark import Remark
from synapse_bot.domain.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class FailureKind(StrEnum):
    CRASHED = "crashed"  # the tool died or exited with an error status
    GARBAGE = "garbage"  # its output is not in the declared format
    TIMEOUT = "timeout"  # killed at its deadline
    FLOODED = "flooded"  # more output than its limit
    UNSAFE = "unsafe"  # it could not be isolated as the policy demands, or was talked round
    BUDGET = "budget"  # money, tokens or room ran out before everything was read


class GapKind(StrEnum):
    """Why a file, though examined, was not examined whole."""

    UNPARSED = "unparsed"  # the tool makes nothing of some of its text
    PASSED_OVER = "passed over"  # the tool was given it and did not open it
    STOPPED = "stopped"  # at a limit or by a fault of its own: anything may stand in the rest


@dataclass(frozen=True, slots=True)
class Gap:
    """What a specialist did not look at, in words. ``path`` "" is the change as a whole: a bound
    was reached, e.g. "looked at 50 of 73 changed names"."""

    path: str
    why: str
    kind: GapKind = GapKind.STOPPED


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One run of one tool, for the audit."""

    tool: str
    version: str
    action: str
    seconds: float
    exit_code: int | None
    findings: int


@dataclass(frozen=True, slots=True)
class Opinion:
    """``examined`` are the paths that every action of the specialist read; ``gaps`` say what of
    them, or of the change as a whole, was left out."""

    by: str
    findings: tuple[Finding, ...] = ()
    examined: tuple[str, ...] = ()
    seconds: float = 0.0
    runs: tuple[ToolRun, ...] = ()
    hidden_in: Mapping[str, int] = field(default_factory=dict)  # by path: see ``hidden``
    notes: tuple[str, ...] = ()  # e.g. "semgrep: classic engine used, the fast one failed"
    usage: Usage | None = None  # of a model
    remarks: tuple[Remark, ...] = ()  # of a model, on what others found
    gaps: tuple[Gap, ...] = ()

    @property
    def hidden(self) -> int:
        """Findings outside the filter mode: counted, not shown."""
        return sum(self.hidden_in.values())


@dataclass(frozen=True, slots=True)
class Failed:
    """A broken specialist. ``findings`` keeps what its other actions did find."""

    by: str
    kind: FailureKind
    why: str
    hint: str = ""
    findings: tuple[Finding, ...] = ()
    examined: tuple[str, ...] = ()
    seconds: float = 0.0
    runs: tuple[ToolRun, ...] = ()
    hidden_in: Mapping[str, int] = field(default_factory=dict)
    usage: Usage | None = None
    gaps: tuple[Gap, ...] = ()

    @property
    def hidden(self) -> int:
        """As an Opinion's."""
        return sum(self.hidden_in.values())


@dataclass(frozen=True, slots=True)
class Skipped:
    """Not asked, or unable to start: a missing tool, no file of its languages, not on the route."""

    by: str
    why: str
    hint: str = ""
    matters: bool = True  # False where there was nothing for it to examine
    paths: tuple[str, ...] = ()  # what it would have examined


Outcome = Opinion | Failed | Skipped


def remarks_on(outcomes: Iterable[Outcome]) -> dict[tuple[str, str], list[Remark]]:
    """All remarks by the specialist and the fingerprint of the finding that they are about."""
    found: dict[tuple[str, str], list[Remark]] = {}
    for outcome in outcomes:
        for remark in outcome.remarks if isinstance(outcome, Opinion) else ():
            found.setdefault((remark.of, remark.fingerprint), []).append(remark)
    return found

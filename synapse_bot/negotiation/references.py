"""Whether a reference of an argument holds: checked against the files, never taken on trust.

A line has to exist and to show what is quoted, an output has to be one of this review, a test has
to stand in a file of the change. What does not hold is struck and stays on record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from synapse_bot.domain.debate import Argument, Reference, ReferenceKind, Struck
from synapse_bot.domain.diff import Side
from synapse_bot.domain.pathkinds import PathKinds
from synapse_bot.domain.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from synapse_bot.domain.finding import Finding

MOST = 8  # references of one argument that are looked at; the rest is struck
MAX_LINES = 30  # a wider range points at nothing
_QUOTED = 12  # lines of a tool's evidence
_FEWEST = 4  # characters that are not white space: less is found everywhere
_NUMBER = r"[1-9][0-9]{0,6}"
_PLACE = re.compile(rf"(?P<path>.+):(?P<start>{_NUMBER})(?:-(?P<end>{_NUMBER}))?", re.DOTALL)
_DEFINED = re.compile(r"\b(?:def|func|function|fn)\s+([Tt]est\w{1,100})")
_SHORTEST = 3  # characters of a test's name


@dataclass(frozen=True)
class Grounds:
    """What can be pointed at. ``lines`` are the head's by path, as a model sees them: secrets
    masked, hidden characters shown. ``tools`` are references to the outputs of this review."""

    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tools: frozenset[str] = frozenset()
    kinds: PathKinds = field(default_factory=PathKinds)  # which paths are tests


def tool_reference(finding: Finding) -> Reference:
    """The reference by which ``finding``, a tool's, is named."""
    who = f"{finding.by}/{finding.tool}" if finding.tool else finding.by
    text = f"{who}:{finding.tool_rule or finding.rule}@{finding.location}"
    return Reference(ReferenceKind.TOOL, visible(text))


def tool_argument(finding: Finding) -> Argument:
    """The argument of a tool, made from its finding: a tool is asked nothing."""
    references = [tool_reference(finding)]
    if finding.location.side is Side.NEW:
        at = replace(
            finding.location,
            end_line=min(finding.location.end_line, finding.location.start_line + _QUOTED - 1),
        )
        references.append(Reference(ReferenceKind.LINE, visible(str(at))))
    return Argument(
        by=finding.by,
        speaker=finding.tool or finding.by,
        position=finding.severity,
        claim=finding.message,
        evidence="\n".join(finding.code.split("\n")[:_QUOTED]),
        references=tuple(references),
    )


def references_to_tests(grounds: Grounds, most: int) -> tuple[str, ...]:
    """Tests of the change that an argument may name: ``path::name``, at most ``most``."""
    found = [
        f"{path}::{name}"
        for path in sorted(grounds.lines)
        if grounds.kinds.is_test(path)
        for line in grounds.lines[path]
        for name in _DEFINED.findall(line)
    ]
    return tuple(dict.fromkeys(found))[:most]


def checked(argument: Argument, grounds: Grounds) -> Argument:
    """``argument`` with every reference that does not hold struck, each named once."""
    standing: list[Reference] = []
    struck = list(argument.struck)
    for number, reference in enumerate(dict.fromkeys(argument.references)):
        too_many = f"only the first {MOST} are looked at" if number >= MOST else ""
        if why := too_many or fault(reference, argument.evidence, grounds):
            struck.append(Struck(reference, why))
        else:
            standing.append(reference)
    return replace(argument, references=tuple(standing), struck=tuple(struck))


def fault(reference: Reference, quote: str, grounds: Grounds) -> str:
    """Why ``reference`` does not hold; "" where it does. ``quote`` has to stand at its lines."""
    match reference.kind:
        case ReferenceKind.LINE:
            return _line_fault(reference.text, quote, grounds)
        case ReferenceKind.TOOL:
            return "" if reference.text in grounds.tools else "no output of this review"
        case ReferenceKind.TEST:
            return _test_fault(reference.text, grounds)
        case never:
            assert_never(never)


def _line_fault(text: str, quote: str, grounds: Grounds) -> str:
    place = _PLACE.fullmatch(text)
    if place is None:
        return "not a file and a line"
    lines = grounds.lines.get(place["path"])
    if lines is None:
        return "no such file among those reviewed"
    start, end = int(place["start"]), int(place["end"] or place["start"])
    if not start <= end <= len(lines):
        return f"no such lines: the file has {len(lines)}"
    if end - start >= MAX_LINES:
        return f"more than {MAX_LINES} lines point at nothing"
    wanted = _flat(quote)
    if len(wanted.replace(" ", "")) < _FEWEST:
        return "nothing is quoted"
    if wanted not in _flat("\n".join(lines[start - 1 : end])):
        return "the quotation does not stand there"
    return ""


def _test_fault(text: str, grounds: Grounds) -> str:
    path, *names = text.split("::")
    lines = grounds.lines.get(path)
    if lines is None:
        return "no such file among those reviewed"
    if not grounds.kinds.is_test(path):
        return "not a file of tests"
    bare = [name.partition("[")[0].strip() for name in names]
    if not bare or any(len(name) < _SHORTEST for name in bare):
        return "no test is named"
    whole = "\n".join(lines)
    if not all(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", whole) for name in bare):
        return "no such test in that file"
    return ""


def _flat(text: str) -> str:
    return " ".join(text.split())

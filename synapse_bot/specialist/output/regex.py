"""Text with one result a line, read by a pattern with named groups.

The pattern comes from a declaration that a maintainer merged, the lines from the change. Lines
are cut and the time is limited, so that a slow pattern costs an action and not the review.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from synapse_bot.specialist.output.base import OutputGarbage, RawFinding, bounded, decode
from synapse_bot.specialist.output.lookup import build

if TYPE_CHECKING:
    from synapse_bot.domain.spec import OutputSpec

MAX_LINE = 2_000
MAX_SECONDS = 5.0


def read_regex(data: bytes, spec: OutputSpec) -> tuple[RawFinding, ...]:
    """A finding for each line that ``spec.pattern`` matches from its start; others are ignored."""
    try:
        pattern = re.compile(spec.pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise OutputGarbage(f"the pattern is not valid: {error}") from error
    deadline = time.monotonic() + MAX_SECONDS
    findings = []
    for line in decode(data).split("\n"):
        if time.monotonic() > deadline:
            raise OutputGarbage(f"the pattern took longer than {MAX_SECONDS:.0f} s")
        if match := pattern.match(line[:MAX_LINE].rstrip("\r")):
            findings.append(_finding(match, spec))
    return bounded([raw for raw in findings if raw])


def _finding(match: re.Match[str], spec: OutputSpec) -> RawFinding | None:
    groups = match.groupdict()

    def value(name: str) -> Any:
        field = spec.fields.get(name, name)
        return field[1:] if field.startswith("=") else groups.get(field)

    return build(spec, value)

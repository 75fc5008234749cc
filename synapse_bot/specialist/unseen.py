"""Finds characters in added lines that a reader cannot see or that reorder what is read.

Bidirectional controls (CVE-2021-42574, "Trojan Source"), tag characters, which can carry a whole
hidden text, and zero-width characters inside words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import LineKind
from synapse_bot.specialist.output.base import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

RULE = "hidden-characters"

_BIDI = "\u202a-\u202e\u2066-\u2069"
_TAGS = "\U000e0001\U000e0020-\U000e007f"
_ZERO_WIDTH = "\u200b-\u200d\u2060\ufeff\u00ad\u180e"
_KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(f"[{_BIDI}]"), "bidirectional control characters, which reorder the code", "high"),
    # A flag of a region is a waving black flag and tags up to the cancel tag.
    (
        re.compile(f"(?<!\U0001f3f4)(?<![{_TAGS}])[{_TAGS}]+"),
        "tag characters, which can carry hidden text",
        "high",
    ),
    (
        re.compile(rf"(?<=[0-9A-Za-z_])[{_ZERO_WIDTH}]+(?=[0-9A-Za-z_])"),
        "zero-width characters inside a word",
        "medium",
    ),
    (
        re.compile("\r(?!$)|[\u2028\u2029\u0085\v\f](?=.*[^\\s])"),
        "a character that some tools take for the end of a line",
        "medium",
    ),
    (re.compile("[\u115f\u1160\u3164\uffa0]"), "invisible letters, which can be a name", "medium"),
)


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """A finding for every added line and kind of such characters."""
    del place
    files = (task.diff.by_path[path] for path in paths if path in task.diff.by_path)
    return tuple(raw for file in files for raw in _of_file(file))


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _of_file(file: FileDiff) -> Iterator[RawFinding]:
    if all(_plain(hunk.body.replace("\n", "").replace("\t", "")) for hunk in file.hunks):
        return
    for line in file.lines():
        if line.kind is not LineKind.ADDED or line.new is None or _plain(line.text):
            continue
        for pattern, what, severity in _KINDS:
            if match := pattern.search(line.text):
                points = " ".join(f"U+{ord(char):04X}" for char in match[0][:8])
                yield RawFinding(
                    path=file.path,
                    line=line.new,
                    end_line=line.new,
                    column=match.start() + 1,
                    end_column=match.end() + 1,
                    rule=RULE,
                    message=f"This line holds {what} ({points}).",
                    severity=severity,
                    confidence="0.95",
                )

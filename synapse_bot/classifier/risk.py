"""The risk score of a diff: 0..1 from paths, sizes and kinds of files, with its reasons.

Signals and weights are data (rules/routes.yaml). Signals join as independent chances do,
``1 - (1 - a)(1 - b)``: the score stays within 0..1, every signal counts, and no signal can lower
it, so that padding a change with harmless files never makes it look safer.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from synapse_bot.classifier.facts import Risk
from synapse_bot.domain.diff import FileKind, LineKind
from synapse_bot.domain.globs import first_match
from synapse_bot.domain.history import History

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.classifier.table import RiskSignal, Span
    from synapse_bot.domain.diff import Diff, FileDiff

LINE_SCANNED = 2000  # characters of a line in which patterns are looked for
UNPARSED = "unparsed"
EXECUTABLE = "executable"
BINARY = "binary"
KINDS = (
    BINARY,
    FileKind.SYMLINK.value,
    FileKind.SUBMODULE.value,
    FileKind.LFS_POINTER.value,
    EXECUTABLE,
    UNPARSED,
)


def score_risk(diff: Diff, signals: Iterable[RiskSignal], history: History | None = None) -> Risk:
    """The score of ``diff``, rounded to two places, and a reason for each signal that it gives.

    Without a ``history`` no signal about it is given: it raises the score where it is known.
    """
    known = history or History()
    met = [(signal, found) for signal in signals if (found := _evidence(signal, diff, known))]
    safe = 1.0
    for signal, _ in met:
        safe *= 1.0 - signal.weight
    met.sort(key=lambda pair: (-pair[0].weight, pair[0].id))
    return Risk(round(1.0 - safe, 2), tuple(f"{s.why}: {evidence}" for s, evidence in met))


def _evidence(signal: RiskSignal, diff: Diff, history: History) -> str:
    """What in ``diff`` gives the signal: a path or a number; "" when nothing does."""
    if signal.files or signal.lines or signal.owners:
        return _size(signal, diff, history)
    files: Iterable[FileDiff] = diff.files
    if signal.churn or signal.fixes or signal.fixed_lines:
        files = _by_weight(signal, diff, history)
    found = (
        f"{name}{told}"
        for file in files
        if (told := _past(signal, file, history)) is not None and (name := _names(signal, file))
    )
    return next(found, "")


def _by_weight(signal: RiskSignal, diff: Diff, history: History) -> list[FileDiff]:
    """The files that met the signal's conditions most, first: they are the reason to give."""
    counts = [counts for _, counts, _ in _spans(signal, history)]
    return sorted(diff.files, key=lambda f: [-c.get(f.path, 0) for c in counts])


def _spans(signal: RiskSignal, history: History) -> list[tuple[Span, Mapping[str, int], str]]:
    """The signal's conditions on history: the range, the counts by path, what is counted."""
    every = (
        (signal.churn, history.touched, "of the last {} commits"),
        (signal.fixes, history.fixes, "fixes in the last {} commits"),
        (signal.fixed_lines, history.fixed_lines, "changed lines were written by a fix"),
    )
    return [(span, counts, words.format(history.commits)) for span, counts, words in every if span]


def _past(signal: RiskSignal, file: FileDiff, history: History) -> str | None:
    """What the history of ``file`` says, for a reason; None where it does not meet the signal."""
    told = []
    for span, counts, words in _spans(signal, history):
        count = counts.get(file.path, 0)
        if not span.holds(count):
            return None
        told.append(f"{count} {words}")
    return f" ({', '.join(told)})" if told else ""


def _size(signal: RiskSignal, diff: Diff, history: History) -> str:
    if signal.owners and not signal.owners.holds(history.owner_count or 0):
        return ""
    if signal.files and not signal.files.holds(len(diff.files)):
        return ""
    lines = sum(sum(file.counts) for file in diff.files)
    if signal.lines and not signal.lines.holds(lines):
        return ""
    if signal.owners:
        return f"{history.owner_count} owners"
    return f"{len(diff.files)} files" if signal.files else f"{lines} lines"


def _names(signal: RiskSignal, file: FileDiff) -> str:
    """The path of ``file`` that meets every condition of the signal; "" when none does."""
    if signal.kinds and not set(signal.kinds) & _kinds(file):
        return ""
    if signal.statuses and file.status.value not in signal.statuses:
        return ""
    names = [name for name in (file.path, file.old_path) if name]
    name = (
        next((name for name in names if first_match(signal.paths, name)), "")
        if signal.paths
        else names[0]
    )
    if name and (signal.added or signal.removed):
        number = _line(signal, file)
        return f"{name}:{number}" if number else ""
    return name


def _line(signal: RiskSignal, file: FileDiff) -> int:
    """The number of the first added or removed line that holds a pattern; 0 when none does."""
    wanted = {LineKind.ADDED: signal.added, LineKind.REMOVED: signal.removed}
    for line in file.lines():
        patterns = wanted.get(line.kind, ())
        if patterns and any(p.search(line.text[:LINE_SCANNED]) for p in _compiled(patterns)):
            return line.new or line.old or 0
    return 0


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _kinds(file: FileDiff) -> set[str]:
    kinds = {file.kind.value}
    if file.binary:
        kinds.add(BINARY)
    if file.error:
        kinds.add(UNPARSED)
    if file.new_mode == "100755" and file.old_mode != "100755":
        kinds.add(EXECUTABLE)
    return kinds

"""Recorded benchmarks of pytest-benchmark, before and after: what became slower for certain.

A change that records results holds a JSON file. It is compared with the same file at the base, or
with the newest record beside it. Slower is a median beyond a threshold with quartiles apart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from synapse_bot.domain.diff import FileStatus
from synapse_bot.specialist.change.before import nearest_added
from synapse_bot.specialist.output.base import RawFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from synapse_bot.domain.diff import FileDiff
    from synapse_bot.forge.base import Past
    from synapse_bot.specialist.base import Examination
    from synapse_bot.specialist.runner import Place

RULE = "benchmark-slower"
_SLOWER = 1.1  # times the median before
_MUCH = 1.5
_MAX_TEXT = 20_000_000


@dataclass(frozen=True, slots=True)
class Stats:
    """Seconds."""

    median: float
    q1: float
    q3: float


@dataclass(frozen=True)
class Record:
    """One run of benchmarks. ``machine`` tells one computer from another."""

    machine: str
    stats: Mapping[str, Stats]


def scan(task: Examination, paths: Sequence[str], place: Place) -> tuple[RawFinding, ...]:
    """A finding for every benchmark that the change records as slower."""
    del place
    if task.past is None:
        return ()
    found: list[RawFinding] = []
    for path in paths:
        now = read_record(task.texts[path])
        before = _before(task.diff.by_path[path], task.past)
        if now is not None and before is not None and now.machine == before.machine:
            found += _slower(task.diff.by_path[path], task.texts[path], before, now)
    return tuple(found)


def read_record(text: str) -> Record | None:
    """None for what pytest-benchmark did not write."""
    if len(text) > _MAX_TEXT:
        return None
    try:
        data = json.loads(text)
        stats = {str(row["fullname"]): _stats(row["stats"]) for row in data["benchmarks"]}
        machine = data.get("machine_info") or {}
        parts = (machine.get(key) for key in ("node", "machine", "python_version"))
        cpu = (machine.get("cpu") or {}).get("brand_raw")
        return Record(" ".join(str(part) for part in (*parts, cpu)), stats)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _stats(row: Mapping[str, Any]) -> Stats:
    return Stats(float(row["median"]), float(row["q1"]), float(row["q3"]))


def _before(file: FileDiff, past: Past) -> Record | None:
    """The same file before the change, or of a new one the newest record in its folder."""
    if file.status is not FileStatus.ADDED and file.old_path:
        source = file.old_path
    else:
        folder = str(PurePosixPath(file.path).parent)
        beside = [p for p in past.tree() if str(PurePosixPath(p).parent) == folder]
        records = sorted(p for p in beside if p.endswith(".json"))
        if not records:
            return None
        source = records[-1]  # numbered by pytest-benchmark, the newest last
    raw = past.texts([source]).get(source)
    return read_record(raw.decode("utf-8", "replace")) if raw is not None else None


def _slower(file: FileDiff, text: str, before: Record, now: Record) -> Iterator[RawFinding]:
    lines = text.split("\n")
    for name, new in now.stats.items():
        old = before.stats.get(name)
        if old is None or new.q1 <= old.q3 or new.median < old.median * _SLOWER:
            continue
        quoted = json.dumps(name)
        line = next((n for n, part in enumerate(lines, start=1) if quoted in part), 1)
        times = new.median / old.median if old.median else float("inf")
        what = f"{name} takes {times:.2f} times as long: a median of {_time(new.median)}"
        near = nearest_added(file, line)
        yield RawFinding(
            path=file.path,
            line=near,
            end_line=near,
            rule=RULE,
            message=f"{what} after {_time(old.median)}, and the quartiles do not overlap.",
            severity="medium" if times >= _MUCH else "low",
            confidence="0.7",
        )


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"

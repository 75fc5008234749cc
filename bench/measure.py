"""Running a command and taking its wall seconds, its own peak memory and its first line's time."""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of wall time; MiB of the process itself, its children left out."""

    wall_s: float
    first_s: float | None
    peak_mib: float
    exit_code: int
    stdout: bytes


def run(argv: Sequence[str], cwd: Path, *, marker: re.Pattern[bytes] | None = None) -> Taken:
    """Run ``argv``; ``first_s`` is when a line that ``marker`` finds came on stderr."""
    started = time.perf_counter()
    process = subprocess.Popen(argv, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first: list[float] = []
    peak: list[float] = [0.0]
    watchers = [
        threading.Thread(target=_watch_memory, args=(process, peak)),
        threading.Thread(target=_watch_stderr, args=(process, marker, started, first)),
    ]
    for watcher in watchers:
        watcher.start()
    assert process.stdout is not None
    stdout = process.stdout.read()
    process.wait()
    wall = time.perf_counter() - started
    for watcher in watchers:
        watcher.join()
    return Taken(wall, first[0] if first else None, peak[0], process.returncode, stdout)


def _watch_memory(process: subprocess.Popen[bytes], peak: list[float]) -> None:
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        try:
            text = status.read_text()
        except OSError:
            return
        for line in text.splitlines():
            if line.startswith("VmHWM:"):
                peak[0] = max(peak[0], int(line.split()[1]) / 1024)
        time.sleep(0.005)


def _watch_stderr(
    process: subprocess.Popen[bytes],
    marker: re.Pattern[bytes] | None,
    started: float,
    first: list[float],
) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if marker and not first and marker.search(line):
            first.append(time.perf_counter() - started)


def cpu_of(argv: Sequence[str], cwd: Path) -> float:
    """Seconds of CPU of one run, its children included: what no scheduling can save."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, cwd=cwd, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def alternate(
    times: int, ours: Callable[[], float], theirs: Callable[[], float]
) -> tuple[float, float, float]:
    """Medians of both and of the ratio pair by pair: a drifting machine moves both alike."""
    ours(), theirs()  # warm the caches
    pairs = [(ours(), theirs()) for _ in range(times)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def environment() -> dict[str, str]:
    """What the table says of the machine."""
    return {
        "cpus": str(os.cpu_count()),
        "system": os.uname().sysname,
        "machine": os.uname().machine,
    }

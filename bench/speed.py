"""Prints the speed table: our budgets as ratios in one run, since shared machines are noisy.

Run as: make bench  (python bench/speed.py [--runs N] [--out FILE] [--pr-agent PROGRAM])
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import measure
import sample
from pr_agent import ANSWER, Contender, files_in

from synapse_bot.llm.endpoint import Wire
from synapse_bot.llm.fake_server import FakeServer, serving
from synapse_bot.llm.fake_shapes import SHAPES

PYTHON = sys.executable
SCRIPTS = Path(PYTHON).parent
OURS = str(SCRIPTS / "synapse-bot")
RUFF = str(SCRIPTS / "ruff")
FLOOR = str(Path(__file__).resolve().parent / "floor.py")
# What --verbose writes for a specialist that found something.
FOUND = re.compile(rb"specialist finished: .*, [1-9][0-9]* raw")
SDKS = ("openai", "anthropic", "github", "gitlab", "semgrep")


LATENCY_S = 0.5  # of a model in B4
MET = {True: "yes", False: "NO", None: "-"}


@dataclass(frozen=True, slots=True)
class Row:
    budget: str
    what: str
    target: str
    measured: str
    met: bool | None  # None is a contender's: it has no budget of ours


def review(*extra: str) -> list[str]:
    return [
        OURS,
        "review",
        "--base",
        "main",
        "--head",
        "feature",
        "--full",  # a second run would find the first one's record
        "--on-incomplete",
        "neutral",
        *extra,
    ]


def b1(folder: Path, runs: int) -> list[Row]:
    peaks: list[float] = []

    def ours() -> float:
        taken = measure.run([OURS, "--help"], folder)
        peaks.append(taken.peak_mib)
        return taken.wall_s

    a, b, ratio = measure.alternate(
        runs, ours, lambda: measure.run([PYTHON, "-c", "pass"], folder).wall_s
    )
    peak = statistics.median(peaks)
    said = f"{ratio:.1f}x ({a:.2f} s / {b:.2f} s), {peak:.0f} MiB"
    return [
        Row("B1", "`--help`", "<= 5x `python -c pass`, <= 40 MiB", said, ratio <= 5 and peak <= 40)
    ]


def b2(repositories: dict[int, Path], runs: int) -> list[Row]:
    rows = []
    for count, limit in ((3, 0.5), (300, 1.0)):
        repository = repositories[count]

        def ours(repository: Path = repository) -> float:
            taken = measure.run(
                review("--route", "fast", "--verbose", "--format", "json"),
                repository,
                marker=FOUND,
            )
            assert taken.first_s is not None, "nothing was found"
            return taken.first_s

        def floor(repository: Path = repository) -> float:
            return measure.run([PYTHON, FLOOR, str(repository), RUFF], repository).wall_s

        a, b, ratio = measure.alternate(runs, ours, floor)
        rows.append(
            Row(
                "B2",
                f"first findings, {count} files",
                f"<= 2x the floor, <= {limit} s quiet",
                f"{ratio:.2f}x ({a:.2f} s / {b:.2f} s)",
                ratio <= 2 and a <= limit,
            )
        )
    return rows


def b3(repository: Path, runs: int) -> list[Row]:
    deep = review("--route", "deep", "--format", "json")
    ids = json.loads(measure.run(deep, repository).stdout)["plan"]["assignments"]
    names = [entry["spec"]["id"] for entry in ids]
    alone: dict[str, float] = {}
    for name in names:
        alone[name] = statistics.median(
            measure.run([*deep, "--only", name], repository).wall_s
            for _ in range(max(runs // 2, 2))
        )
    slowest = max(alone, key=lambda name: alone[name])
    whole, single, _ = measure.alternate(
        runs,
        lambda: measure.run(deep, repository).wall_s,
        lambda: measure.run([*deep, "--only", slowest], repository).wall_s,
    )
    allowed = 1.15 * single + 0.3
    cpu = measure.cpu_of(deep, repository)
    bound = cpu / (os.cpu_count() or 1)
    return [
        Row(
            "B3",
            "deep review, all static specialists, 30 files",
            "<= 1.15x the slowest alone + 0.3 s",
            f"{whole:.2f} s against {allowed:.2f} s allowed ({slowest} alone {single:.2f} s; all "
            f"alone, one by one {sum(alone.values()):.2f} s; {cpu:.2f} s of CPU: at least "
            f"{bound:.2f} s here)",
            whole <= allowed,
        )
    ]


@contextmanager
def answering(text: str) -> Iterator[FakeServer]:
    """A model that says ``text`` after LATENCY_S, whatever it is asked."""
    shapes = SHAPES[Wire.OPENAI]
    with serving() as server:
        server.script = [replace(shapes.answer(text, shapes.whole), before_s=LATENCY_S)]
        yield server


def beyond(
    argv: list[str], cwd: Path, environ: Mapping[str, str], server: FakeServer, runs: int
) -> float:
    """Median seconds of wall time less what the model slept: its calls come four at once."""
    os.environ.update(environ)
    took = []
    for _ in range(runs):
        server.heard.clear()
        taken = measure.run(argv, cwd)
        assert taken.exit_code == 0, taken.stdout
        assert server.heard, "the model was never asked"
        took.append(taken.wall_s - math.ceil(len(server.heard) / 4) * LATENCY_S)
    return statistics.median(took)


def b4(repositories: dict[int, Path], runs: int, contender: Contender | None) -> list[Row]:
    rows = []
    for count, limit in ((3, 0.7), (300, 1.5)):
        with answering(json.dumps({"findings": []})) as server:
            environ = {
                "OPENAI_API_KEY": "sk-bench",
                "SYNAPSE_BOT__MODELS__MAX_TOKENS": "10000000",
                "SYNAPSE_BOT__MODELS__BASE_URL": f"{server.url}/v1",
            }
            argv = review("--route", "deep", "--only", "correctness", "--format", "json")
            argv += ["--model", "openai/gpt-6.2-sol", "--max-usd", "1000"]
            over = beyond(argv, repositories[count], environ, server, runs)
            calls = len(server.heard)
            said = f"{over:.2f} s; {measure.cpu_of(argv, repositories[count]):.2f} s of CPU"
        what = f"a model asked of {count} files, beyond its own time ({calls} calls, 4 at once)"
        rows.append(Row("B4", what, f"<= {limit} s quiet", said, over <= limit))
        if contender:
            rows.append(b4_pr_agent(contender, repositories[count], count, min(runs, 3)))
    return rows


def b4_pr_agent(contender: Contender, repository: Path, count: int, runs: int) -> Row:
    with answering(ANSWER) as server:
        environ = contender.environ(f"{server.url}/v1")
        over = beyond(contender.argv(), repository, environ, server, runs)
        calls = len(server.heard)
        shown = files_in(b"".join(heard.body for heard in server.heard))
        cpu = measure.cpu_of(contender.argv(), repository)
    (repository / "review.md").unlink(missing_ok=True)
    said = f"{over:.2f} s; {cpu:.2f} s of CPU; {shown} of {count} files shown to the model"
    what = f"the same by PR-Agent {contender.version} ({calls} calls)"
    return Row("B4", what, "-", said, None)


def pr_agent(given: Path | None) -> Contender | None:
    """The one given, else the one on PATH; none is said, and nothing else."""
    found = given or shutil.which("pr-agent")
    if found is None:
        print("  PR-Agent left out: see bench/pr_agent.py", file=sys.stderr)
        return None
    return Contender(Path(found).absolute())


def b5_b6(repository: Path) -> list[Row]:
    taken = measure.run(review("--route", "fast", "--format", "json"), repository)
    coverage = json.loads(taken.stdout)["coverage"]
    named = sum(1 for file in coverage if file["state"] == "reviewed" or file["reason"])
    return [
        Row(
            "B5",
            "coverage at 300 files",
            "100 % reviewed or named",
            f"{len(coverage)} files listed, {named} reviewed or named",
            len(coverage) == 300 == named,
        ),
        Row(
            "B6",
            "memory of the runner, 300 files",
            "<= 80 MiB",
            f"{taken.peak_mib:.0f} MiB",
            taken.peak_mib <= 80,
        ),
    ]


def b6_b7(folder: Path) -> list[Row]:
    seconds: dict[int, float] = {}
    peaks: dict[int, float] = {}
    for files in (12_600, 25_200):
        patch = folder / f"large-{files}.diff"
        patch.write_bytes(sample.make_large_diff(files))
        code = (
            "import sys,time;from synapse_bot.forge.unified import parse_diff;"
            "raw=open(sys.argv[1],'rb').read();t=time.process_time();d=parse_diff(raw);"
            "print(time.process_time()-t, len(d.files))"
        )
        taken = [measure.run([PYTHON, "-c", code, str(patch)], folder) for _ in range(3)]
        seconds[files] = min(float(t.stdout.split()[0]) for t in taken)
        peaks[files] = max(t.peak_mib for t in taken)
    ratio = seconds[25_200] / seconds[12_600]
    broken = folder / "broken.diff"
    text = sample.make_large_diff(50).replace(b"@@ -1,3 +1,23 @@", b"@@ -1,3 +1,99 @@", 1)
    broken.write_bytes(text)
    code = (
        "import sys;from synapse_bot.forge.unified import parse_diff;"
        "d=parse_diff(open(sys.argv[1],'rb').read());"
        "print(len(d.files), sum(1 for f in d.files if f.error))"
    )
    files_read, bad = measure.run([PYTHON, "-c", code, str(broken)], folder).stdout.split()
    whole = measure.run(
        [
            OURS,
            "review",
            "--diff",
            str(folder / "large-12600.diff"),
            "--route",
            "fast",
            "--format",
            "json",
            "--on-incomplete",
            "neutral",
            "--only",
            "python-security",
        ],
        folder,
    )
    return [
        Row(
            "B6",
            "memory of the runner, a review of a 10 MB diff",
            "<= 150 MiB",
            f"{whole.peak_mib:.0f} MiB (exit {whole.exit_code}); parsing alone "
            f"{peaks[12_600]:.0f} MiB",
            whole.peak_mib <= 150,
        ),
        Row(
            "B7",
            "10 MB diff: twice the input",
            "<= 2.3x the CPU time",
            f"{ratio:.2f}x ({seconds[12_600]:.2f} s -> {seconds[25_200]:.2f} s)",
            ratio <= 2.3,
        ),
        Row(
            "B7",
            "one bad file of 50",
            "the other 49 are read",
            f"{files_read.decode()} files, {bad.decode()} with an error",
            (files_read, bad) == (b"50", b"1"),
        ),
    ]


def b9(repository: Path) -> list[Row]:
    rows = []
    for what, argv in (
        ("`--help`", ["--help"]),
        ("a review without a model", review("--route", "fast", "--format", "json")[1:]),
    ):
        code = (
            "import sys\nfrom synapse_bot.entry.main import main\n"
            f"try: main({argv!r})\nexcept SystemExit: pass\n"
            f"print([m for m in {SDKS!r} if m in sys.modules], file=sys.stderr)"
        )
        done = subprocess.run(
            [PYTHON, "-c", code], cwd=repository, capture_output=True, check=False
        )
        last = done.stderr.decode().strip().splitlines()[-1]
        rows.append(Row("B9", f"SDKs imported by {what}", "none", last, last == "[]"))
    return rows


def table(rows: list[Row]) -> str:
    facts = measure.environment()
    head = [
        f"Python {platform.python_version()}, {facts['system']} {facts['machine']}, "
        f"{facts['cpus']} CPUs, {time.strftime('%Y-%m-%d')}.",
        "",
        "| budget | what | target | measured | met |",
        "|---|---|---|---|---|",
    ]
    return "\n".join(
        head
        + [f"| {r.budget} | {r.what} | {r.target} | {r.measured} | {MET[r.met]} |" for r in rows]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--pr-agent", type=Path, help="its program, to be measured beside us")
    options = parser.parse_args()
    contender = pr_agent(options.pr_agent)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repositories = {n: sample.make_repository(folder, n) for n in (3, 30, 300)}
        rows: list[Row] = []
        for part in (
            lambda: b1(folder, options.runs),
            lambda: b2(repositories, options.runs),
            lambda: b3(repositories[30], options.runs),
            lambda: b4(repositories, options.runs, contender),
            lambda: b5_b6(repositories[300]),
            lambda: b6_b7(folder),
            lambda: b9(repositories[3]),
        ):
            rows += part()
            print(f"  {rows[-1].budget} done", file=sys.stderr)
    text = table(sorted(rows, key=lambda row: row.budget))
    print(text)
    if options.out:
        head = options.out.read_text().split("<!-- table -->")[0]
        options.out.write_text(f"{head}<!-- table -->\n\n{text}\n")


if __name__ == "__main__":
    main()

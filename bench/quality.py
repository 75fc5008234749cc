"""Prints the quality table: precision, recall and noise of our review beside single tools.

Run as: make quality  (python bench/quality.py [--corpus-dir DIR] [--full] [--out FILE])
        python bench/quality.py --sample 100 --seed 1   findings on clean code, to be read by hand
        python bench/quality.py --calibrate --corpus-dir DIR   confidences against what was seen
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import quality_noise
import quality_rules
import quality_table
import yaml
from measure import environment
from quality_calibration import seen_of
from quality_cases import Corpus, sliced
from quality_changes import Change
from quality_clean import ReleaseMissing, change_of, parse_steps, thousands
from quality_contenders import OURS, Contender, contenders
from quality_corpora import LABELLED, Sources, applications
from quality_keep import Keep, sources_digest
from quality_matching import Matcher
from quality_reading import Excerpt, Reading, excerpt_of, parse_reading, sampled, sheet
from quality_run import Cleaned, Scored, examined, score
from quality_table import Results

from synapse_bot.config.data import data_dir, rules_digest
from synapse_bot.entry.host import read_host
from synapse_bot.specialist.taxonomy import load_taxonomy
from synapse_bot.specialist.toolbox import Toolbox

HERE = Path(__file__).resolve().parent
SLICE = 300  # cases of a corpus without --full


@dataclass(frozen=True)
class Bench:
    """What every part of a run needs. ``keep`` is how many cases of a corpus, ``only`` its name."""

    data: dict[str, Any]
    sources: Sources
    contenders: tuple[Contender, ...]
    cache: Path
    keeping: Keep
    keep: int
    only: tuple[str, ...]

    def wants(self, name: str) -> bool:
        return not self.only or name in self.only


def open_bench(options: argparse.Namespace) -> Bench:
    """Raises LookupError where a tool is not installed."""
    data = yaml.safe_load((HERE / "quality.yaml").read_text())
    rules, host = data_dir("rules"), read_host()
    taxonomy = load_taxonomy(rules / "taxonomy.yaml")
    toolbox = Toolbox.open(rules, host.cache, host.search_path)
    fixtures = HERE.parent / "tests" / "specialists" / "rules"
    clones = options.corpus_dir.resolve() if options.corpus_dir else None
    cache = options.cache or host.cache.with_name("synapse-bot-bench")
    return Bench(
        data,
        Sources(clones, fixtures, taxonomy, data),
        contenders(toolbox, taxonomy, rules),
        cache,
        Keep(cache / "said", sources_digest(HERE.parent), options.reuse),
        sys.maxsize if options.full else SLICE,
        tuple(options.only),
    )


def measured(bench: Bench, folder: Path) -> Results:
    """Everything that ``bench`` wants, one thing after the other."""
    corpora = [corpus for corpus in _corpora(bench) if bench.wants(corpus.name)]
    return Results(
        tuple(scored for corpus in corpora for scored in _scored(bench, corpus, folder)),
        tuple(_cleaned(bench, folder)),
        tuple(corpus for corpus in corpora if corpus.missing),
    )


def _corpora(bench: Bench) -> Iterator[Corpus]:
    for adapter in LABELLED:
        yield adapter(bench.sources)
    yield from applications(bench.sources)


def _scored(bench: Bench, corpus: Corpus, folder: Path) -> Iterator[Scored]:
    matcher = Matcher(bench.data["cwe_parents"])
    cases = sliced(corpus, bench.keep)
    yield from score(corpus, cases, bench.contenders, matcher, bench.keeping, folder / corpus.name)


def _steps(bench: Bench, folder: Path) -> Iterator[tuple[str, Change]]:
    for step in parse_steps(bench.data["clean"]):
        if not bench.wants("clean") and not bench.wants(step.name):
            continue
        try:
            yield str(step), change_of(step, bench.cache, folder / "clean" / step.name)
        except ReleaseMissing as error:
            print(f"  left out: {error}", file=sys.stderr)


def _cleaned(bench: Bench, folder: Path) -> Iterator[Cleaned]:
    suffixes = tuple(bench.data["code"])
    for step, change in _steps(bench, folder):
        size = thousands(change, suffixes)
        for contender in bench.contenders:
            if contender.knows(change.added):
                said = examined(contender, change, bench.keeping)
                yield Cleaned(
                    step,
                    contender.name,
                    size,
                    said.findings,
                    said.seconds,
                    said.notes,
                    len(change.added),
                )


def excerpts(bench: Bench, folder: Path) -> Iterator[Excerpt]:
    """Every finding of ours on clean steps that were read to the end, with the code."""
    us = next(contender for contender in bench.contenders if contender.name == OURS)
    for step, change in _steps(bench, folder):
        said = examined(us, change, bench.keeping)
        for finding in said.findings if not said.notes else ():
            yield excerpt_of(step, finding, change.root)


def page(results: Results, reading: Reading) -> str:
    """All tables, below what they were measured with."""
    facts = environment()
    parts = [
        f"Python {platform.python_version()}, {facts['system']} {facts['machine']}, "
        f"{facts['cpus']} CPUs, {time.strftime('%Y-%m-%d')}, rules `{rules_digest()}`."
    ]
    for title, made in (
        ("Labelled corpora", [quality_table.corpora(results), quality_table.about(results)]),
        ("Clean code", [quality_noise.clean(results)]),
        (
            "Read by hand",
            [
                reading.sentence(),
                quality_noise.shown_share(results, reading),
                quality_table.read(reading),
            ],
        ),
        ("By rule", [quality_rules.by_rule(results)]),
        ("Applications without labels", [quality_table.applications(results)]),
    ):
        parts += [f"## {title}", *filter(None, made)] if made[0] else []
    if said := quality_table.incomplete(results):
        parts += ["## Incomplete", said]
    return "\n\n".join(parts)


def main() -> None:
    options = _parser().parse_args()
    bench = open_bench(options)
    reading = parse_reading(yaml.safe_load((HERE / "reading.yaml").read_text()))
    with tempfile.TemporaryDirectory() as name:
        if options.sample:
            drawn = sampled(excerpts(bench, Path(name)), options.sample, options.seed)
            print(sheet(drawn, reading))
            return
        results = measured(bench, Path(name))
    if options.calibrate:
        seen = seen_of(results.scored, results.cleaned, reading)
        print(quality_rules.calibration(seen, everything=options.list))
        return
    text = page(results, reading)
    print(quality_table.listed(results) if options.list else text)
    if options.out:
        head = options.out.read_text().split("<!-- table -->")[0]
        options.out.write_text(f"{head}<!-- table -->\n\n{text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus-dir", type=Path, metavar="DIR", help="a folder of clones by name")
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="of releases and of what was said [the user's]"
    )
    parser.add_argument(
        "--full", action="store_true", help=f"all cases, not about {SLICE} a corpus"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="one corpus, `clean`, or a project",
    )
    parser.add_argument(
        "--reuse", action="store_true", help="take what was said before of the same, seconds too"
    )
    parser.add_argument(
        "--list", action="store_true", help="print what was missed and wrong, held-out cases apart"
    )
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="print the confidences that contradict what was seen; with --list of all rules",
    )
    parser.add_argument(
        "--sample", type=int, metavar="N", help="print N findings on clean code, to be read"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the sample")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write below its table mark")
    return parser


if __name__ == "__main__":
    main()

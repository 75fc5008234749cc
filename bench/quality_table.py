"""The results as Markdown tables. Pure: values in, text out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quality_cases import Corpus, Labels, Reported
from quality_contenders import OURS
from quality_matching import Tally, wilson
from quality_reading import Reading
from quality_run import Cleaned, Scored

_TEST_FOLDERS = frozenset({"test", "tests", "testing", "docs", "docs_src", "doc", "examples"})


@dataclass(frozen=True, slots=True)
class Results:
    """All that one run measured. ``missing`` are corpora that could not be had."""

    scored: tuple[Scored, ...]
    cleaned: tuple[Cleaned, ...]
    missing: tuple[Corpus, ...] = ()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, "" without rows; a bar in a cell is escaped."""
    body = list(rows)
    lines = [head, ["---"] * len(head), *body] if body else []
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def corpora(results: Results) -> str:
    """Per corpus and contender: the open two thirds, then the held-out third."""
    head = ["corpus", "contender", "places", "P", "P labelled", "R", "F1", "false alarms"]
    head += ["held out: places", "P", "P labelled", "R", "F1", "s"]
    rows = [_corpus_row(s) for s in results.scored if s.corpus.labels is not Labels.NONE]
    rows += [_missing_row(c, len(head)) for c in results.missing if c.labels is not Labels.NONE]
    return table(head, rows)


def about(results: Results) -> str:
    """What each corpus is and how much of it was taken, one line each."""
    taken = {s.corpus.name: (s.corpus, len(s.judged)) for s in results.scored}
    return "\n".join(
        f"- {corpus.name}: {corpus.about}; {count} of {len(corpus.cases)} cases"
        for corpus, count in taken.values()
        if corpus.labels is not Labels.NONE
    )


def _corpus_row(scored: Scored) -> list[str]:
    open_, held = scored.tally(held=False), scored.tally(held=True)
    both = f"{open_.alarmed + held.alarmed}/{open_.safe + held.safe}"
    return [
        scored.corpus.name,
        scored.contender,
        str(open_.places),
        *_shares(open_),
        both if open_.safe + held.safe else "–",
        str(held.places),
        *_shares(held),
        f"{scored.seconds:.1f}",
    ]


def _shares(tally: Tally) -> list[str]:
    labelled = tally.precision_labelled if tally.safe or tally.wrong else None
    return [share(tally.precision), share(labelled), share(tally.recall), share(tally.f1)]


def share(value: float | None) -> str:
    """0.667 as ".67"; "–" where there is none."""
    return "–" if value is None else f"{value:.2f}".removeprefix("0") if value < 1 else "1.00"


def _missing_row(corpus: Corpus, width: int) -> list[str]:
    return [corpus.name, f"not measured: {corpus.missing}", *[""] * (width - 2)]


def incomplete(results: Results) -> str:
    """What contenders could not do, one line each; "" where all was done."""
    notes = [(s.corpus.name, s.contender, n) for s in results.scored for n in s.notes]
    notes += [(c.step, c.contender, note) for c in results.cleaned for note in c.notes]
    return "\n".join(f"- {where}, {who}: {note}" for where, who, note in notes)


def clean(results: Results) -> str:
    """Findings per thousand added lines of each clean step, one column a contender."""
    names = list(dict.fromkeys(c.contender for c in results.cleaned))
    steps = list(dict.fromkeys(c.step for c in results.cleaned))
    rows = []
    for step in steps:
        mine = {c.contender: c for c in results.cleaned if c.step == step}
        size = max(c.thousands for c in mine.values())
        cells = [_clean_cell(mine.get(name)) for name in names]
        rows.append([step, f"{size:.1f}", *cells, f"{mine[OURS].seconds:.1f}"])
    rows += [_clean_total(results.cleaned, names)] if rows else []
    return table(["change", "thousand lines", *names, "s (ours)"], rows)


def _clean_cell(cleaned: Cleaned | None) -> str:
    if cleaned is None:
        return "–"
    return "incomplete" if cleaned.notes else _rate(len(cleaned.findings), cleaned.thousands)


def _clean_total(cleaned: Sequence[Cleaned], names: Sequence[str]) -> list[str]:
    """Each contender over the steps that it could read, and did to the end."""
    cells = []
    for name in names:
        mine = [c for c in cleaned if c.contender == name and not c.notes]
        cells.append(_rate(sum(len(c.findings) for c in mine), sum(c.thousands for c in mine)))
    ours = [c for c in cleaned if c.contender == OURS and not c.notes]
    size, seconds = sum(c.thousands for c in ours), sum(c.seconds for c in ours)
    return ["**all**", f"{size:.1f}", *cells, f"{seconds:.1f}"]


def _rate(count: int, thousands: float) -> str:
    return f"{count / thousands:.2f} ({count})" if thousands else f"({count})"


def by_rule(results: Results) -> str:
    """Each rule of ours: right and wrong on the open part of what is labelled, and its noise."""
    right, wrong, other = Counter[str](), Counter[str](), Counter[str]()
    declared: defaultdict[str, list[float]] = defaultdict(list)
    for scored in _ours(results):
        for _, judged in scored.open_half:
            for counter, findings in (
                (right, judged.right),
                (wrong, judged.wrong),
                (other, judged.other),
            ):
                counter.update(finding.rule for finding in findings)
    noise = Counter(finding.rule for c in _clean_of_ours(results) for finding in c.findings)
    everything = [s.findings for s in _ours(results)] + [
        c.findings for c in _clean_of_ours(results)
    ]
    for finding in (finding for findings in everything for finding in findings):
        declared[finding.rule].append(finding.confidence)
    tests = Counter(f.rule for c in _clean_of_ours(results) for f in c.findings if in_tests(f.path))
    size = sum(c.thousands for c in _clean_of_ours(results))
    rows = [
        [
            *_rule_row(rule, declared[rule], right[rule], wrong[rule]),
            str(other[rule]),
            *_noise(noise[rule], tests[rule], size),
        ]
        for rule in sorted(right.keys() | wrong.keys() | other.keys() | noise.keys())
    ]
    head = ["rule", "confidence", "right", "wrong", "observed", "95 % interval", "unlabelled"]
    return table([*head, "clean", "in tests", "per thousand"], rows)


def _rule_row(rule: str, declared: Sequence[float], right: int, wrong: int) -> list[str]:
    low, high = wilson(right, right + wrong)
    known = right + wrong > 0
    least, most = min(declared, default=0.0), max(declared, default=0.0)
    return [
        f"`{rule}`",
        share(least) if least == most else f"{share(least)} to {share(most)}",
        str(right),
        str(wrong),
        share(right / (right + wrong)) if known else "–",
        f"{share(low)} to {share(high)}" if known else "–",
    ]


def _noise(count: int, tests: int, thousands: float) -> list[str]:
    rate = f"{count / thousands:.2f}" if thousands and count else "–"
    return [str(count), str(tests), rate]


def in_tests(path: str) -> bool:
    """Whether a path is of tests or examples, by the names that projects commonly use."""
    *folders, name = path.lower().split("/")
    return (
        not _TEST_FOLDERS.isdisjoint(folders)
        or name.startswith(("test_", "conftest"))
        or ".test." in name
    )


def read(reading: Reading) -> str:
    """The rules of the sample and how many of each a maintainer would act on."""
    rows = [[f"`{rule}`", str(acted), str(count)] for rule, acted, count in reading.by_rule()]
    return table(["rule", "would act", "read"], rows)


def listed(results: Results) -> str:
    """What ours missed and got wrong, one line each. Held-out cases are never listed."""
    lines = []
    for scored in _labelled(results):
        for _, judged in scored.open_half:
            for place in judged.missed:
                numbers = ", ".join(f"CWE-{number}" for number in sorted(place.weakness.cwe))
                lines.append(f"missed {scored.corpus.name} {place.path}:{place.start} {numbers}")
            for word, findings in (("wrong", judged.wrong), ("unlabelled", judged.other)):
                lines += [
                    f"{word} {scored.corpus.name} {f.path}:{f.start} {f.rule}" for f in findings
                ]
    return "\n".join(sorted(lines))


def applications(results: Results) -> str:
    """Counts by rule of the applications without labels, ours and semgrep's."""
    rows = [
        [
            scored.corpus.name,
            scored.contender,
            str(len(scored.findings)),
            _counts(scored.findings),
            f"{scored.seconds:.1f}",
        ]
        for scored in results.scored
        if scored.corpus.labels is Labels.NONE
    ]
    rows += [_missing_row(c, 5) for c in results.missing if c.labels is Labels.NONE]
    return table(["application", "contender", "findings", "by rule", "s"], rows)


def _counts(findings: Iterable[Reported]) -> str:
    counts = Counter(finding.rule for finding in findings).most_common()
    return ", ".join(f"{rule} {count}" for rule, count in counts)


def _labelled(results: Results) -> list[Scored]:
    return [s for s in results.scored if s.contender == OURS and s.corpus.labels is not Labels.NONE]


def _ours(results: Results) -> list[Scored]:
    """Ours on the labelled corpora that others wrote."""
    return [scored for scored in _labelled(results) if scored.corpus.name != "fixtures"]


def _clean_of_ours(results: Results) -> list[Cleaned]:
    return [c for c in results.cleaned if c.contender == OURS and not c.notes]

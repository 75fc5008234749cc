"""The results as Markdown tables. Pure: values in, text out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quality_cases import Corpus, Labels, Reported
from quality_contenders import OURS
from quality_matching import Tally
from quality_reading import Reading
from quality_run import Cleaned, Scored


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


def read(reading: Reading) -> str:
    """The rules of the sample and how many of each a maintainer would act on."""
    rows = [[f"`{rule}`", str(acted), str(count)] for rule, acted, count in reading.by_rule()]
    return table(["rule", "would act", "read"], rows)


def listed(results: Results) -> str:
    """What ours missed and got wrong, one line each. Held-out cases are never listed."""
    lines = []
    for scored in labelled(results):
        for _, judged in scored.open_part:
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
            str(sum(finding.shown for finding in scored.findings)),
            _counts(finding for finding in scored.findings if finding.shown),
            str(sum(not finding.shown for finding in scored.findings)),
            f"{scored.seconds:.1f}",
        ]
        for scored in results.scored
        if scored.corpus.labels is Labels.NONE
    ]
    rows += [_missing_row(c, 6) for c in results.missing if c.labels is Labels.NONE]
    return table(["application", "contender", "findings", "by rule", "kept back", "s"], rows)


def _counts(findings: Iterable[Reported]) -> str:
    counts = Counter(finding.rule for finding in findings).most_common()
    return ", ".join(f"{rule} {count}" for rule, count in counts)


def labelled(results: Results) -> list[Scored]:
    """Ours on what has labels."""
    return [s for s in results.scored if s.contender == OURS and s.corpus.labels is not Labels.NONE]

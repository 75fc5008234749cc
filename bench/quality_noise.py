"""What is said of clean code, as Markdown. Pure: values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from quality_cases import Reported
from quality_contenders import OURS
from quality_matching import wilson
from quality_reading import Reading
from quality_run import Cleaned
from quality_table import Results, table


def clean(results: Results) -> str:
    """Each clean step: files in which ours speaks, and findings per thousand added lines of all.

    Of ours the shown ones count; those that the thresholds keep back have a column.
    """
    names = list(dict.fromkeys(c.contender for c in results.cleaned))
    steps = list(dict.fromkeys(c.step for c in results.cleaned))
    rows = []
    for step in steps:
        mine = {c.contender: c for c in results.cleaned if c.step == step}
        size = max(c.thousands for c in mine.values())
        cells = [_cell(mine.get(name)) for name in names]
        rows.append([step, f"{size:.1f}", *_files([mine[OURS]]), *cells, *_last([mine[OURS]])])
    rows += [_total(results.cleaned, names)] if rows else []
    head = ["change", "thousand lines", "files", "with a finding", *names]
    return table([*head, "kept back", "s (ours)"], rows)


def _cell(cleaned: Cleaned | None) -> str:
    if cleaned is None:
        return "–"
    return "incomplete" if cleaned.notes else rate(len(cleaned.shown), cleaned.thousands)


def _files(ours: Sequence[Cleaned]) -> list[str]:
    """How many files were changed, and in how many of them a finding is shown."""
    whole = [c for c in ours if not c.notes]
    files, spoken = sum(c.files for c in whole), sum(_spoken(c) for c in whole)
    return [str(files), f"{spoken} ({spoken / files:.1%})"] if files else ["–", "–"]


def _spoken(cleaned: Cleaned) -> int:
    return len({finding.path for finding in cleaned.shown})


def _last(ours: Sequence[Cleaned]) -> list[str]:
    whole = [c for c in ours if not c.notes]
    kept_back = sum(len(c.findings) - len(c.shown) for c in whole)
    return [str(kept_back), f"{sum(c.seconds for c in ours):.1f}"]


def _total(cleaned: Sequence[Cleaned], names: Sequence[str]) -> list[str]:
    """Each contender over the steps that it could read, and did to the end."""
    cells = []
    for name in names:
        mine = [c for c in cleaned if c.contender == name and not c.notes]
        cells.append(rate(sum(len(c.shown) for c in mine), sum(c.thousands for c in mine)))
    ours = [c for c in cleaned if c.contender == OURS and not c.notes]
    size = sum(c.thousands for c in ours)
    return ["**all**", f"{size:.1f}", *_files(ours), *cells, *_last(ours)]


def rate(count: int, thousands: float) -> str:
    """``count`` per thousand lines, and the count itself."""
    return f"{count / thousands:.2f} ({count})" if thousands else f"({count})"


def shown_share(results: Results, reading: Reading) -> str:
    """How many of the findings that are shown on clean code a reader would act on; "" of none."""
    verdicts = [reading.verdicts.get(f.fingerprint) for f in shown(clean_of_ours(results))]
    read = [verdict for verdict in verdicts if verdict]
    if not read:
        return ""
    acted = sum(verdict.act for verdict in read)
    low, high = wilson(acted, len(read))
    return (
        f"Of the {len(verdicts)} findings that are shown on clean code in this run, {len(read)} "
        f"have been read: a maintainer would act on {acted}, {acted / len(read):.0%} ({low:.0%} to "
        f"{high:.0%})."
    )


def shown(cleaned: Iterable[Cleaned]) -> list[Reported]:
    """Their shown findings."""
    return [finding for one in cleaned for finding in one.shown]


def clean_of_ours(results: Results) -> list[Cleaned]:
    """Ours on the steps that were read to the end."""
    return [c for c in results.cleaned if c.contender == OURS and not c.notes]

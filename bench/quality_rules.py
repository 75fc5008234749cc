"""What each rule of ours is worth, as Markdown. Pure: values in, text out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from quality_calibration import Rule, Seen
from quality_cases import Reported
from quality_matching import wilson
from quality_noise import clean_of_ours, shown
from quality_paths import in_tests
from quality_run import Scored
from quality_table import Results, labelled, share, table


def by_rule(results: Results) -> str:
    """Each rule of ours: right and wrong on the open part of what is labelled, and its noise.

    Findings that the thresholds keep back count too: this is what the thresholds stand on.
    """
    right, wrong, other = Counter[str](), Counter[str](), Counter[str]()
    for scored in _ours(results):
        for _, judged in scored.open_everything:
            right.update(_rules(judged.right))
            wrong.update(_rules(judged.wrong))
            other.update(_rules(judged.other))
    cleaned = clean_of_ours(results)
    noise = [finding for c in cleaned for finding in c.findings]
    everything = [f for s in _ours(results) for f in s.findings] + noise
    counts, tests = Counter(_rules(noise)), Counter(_rules(f for f in noise if in_tests(f.path)))
    seen, size = Counter(_rules(shown(cleaned))), sum(c.thousands for c in cleaned)
    declared = _declared(everything)
    rows = [
        [
            *_judged(rule, declared[rule], right[rule], wrong[rule]),
            str(other[rule]),
            str(counts[rule]),
            str(tests[rule]),
            str(seen[rule]),
            f"{seen[rule] / size:.2f}" if size and seen[rule] else "–",
        ]
        for rule in sorted(right.keys() | wrong.keys() | other.keys() | counts.keys())
    ]
    head = ["rule", "confidence", "right", "wrong", "observed", "95 % interval", "unlabelled"]
    return table([*head, "clean", "in tests", "shown", "per thousand"], rows)


def _rules(findings: Iterable[Reported]) -> list[str]:
    return [finding.rule for finding in findings]


def _declared(findings: Iterable[Reported]) -> Mapping[str, list[float]]:
    by_rule: defaultdict[str, list[float]] = defaultdict(list)
    for finding in findings:
        by_rule[finding.rule].append(finding.confidence)
    return by_rule


def _judged(rule: str, declared: Sequence[float], right: int, wrong: int) -> list[str]:
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


def calibration(seen: Mapping[Rule, Seen], *, everything: bool = False) -> str:
    """What was seen of each tool's rule, and the confidence that follows.

    Only where what was seen contradicts what is declared, unless ``everything`` is asked for.
    """
    rows = [
        [
            f"{tool} {rule}",
            share(one.declared),
            "; ".join(f"{name} {good}/{good + bad}" for name, (good, bad) in one.counts.items()),
            " to ".join(map(share, one.interval)),
            share(one.proposed) if one.contradicted else "–",
        ]
        for (tool, rule), one in sorted(seen.items())
        if everything or one.contradicted
    ]
    return table(["rule", "declared", "right of seen", "95 % interval", "proposed"], rows)


def _ours(results: Results) -> list[Scored]:
    """Ours on the labelled corpora that others wrote."""
    return [scored for scored in labelled(results) if scored.corpus.name != "fixtures"]

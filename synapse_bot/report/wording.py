"""The words that every rendering shares: titles, counts, durations, who said what and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from synapse_bot.domain.coverage import CoverageState
from synapse_bot.domain.opinion import Failed, Opinion
from synapse_bot.domain.review import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.domain.coverage import FileCoverage
    from synapse_bot.domain.debate import Argument, Debate
    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.negotiation import Claim, Negotiation, Stance
    from synapse_bot.domain.opinion import Skipped
    from synapse_bot.domain.review import Review
    from synapse_bot.domain.severity import Severity

PRODUCT = "synapse-bot"

_CAPITALS = (
    "API AWS CI CLI CPU CSRF CSV CWE DNS GitHub GitLab HTML HTTP HTTPS ID IP JavaScript JSON JWT"
    " LDAP MD5 NoSQL OS RSA SARIF SHA1 SQL SSH SSL SSRF TLS TypeScript URL UTF XML XPath XSS XXE"
    " YAML"
)
_SPELLING = {word.lower(): word for word in _CAPITALS.split()}


def title_of(finding: Finding) -> str:
    """The rule in words: as the taxonomy has it, else made from its id."""
    return finding.title or title(finding.rule)


def title(rule: str) -> str:
    """``sql-injection`` -> ``SQL injection``."""
    words = [_SPELLING.get(word, word) for word in rule.replace("_", "-").split("-") if word]
    text = " ".join(words) or "finding"
    return text[0].upper() + text[1:]


def plural(count: int, noun: str) -> str:
    """``1 file``, ``2 files``; a noun with its own plural is written ``category/categories``."""
    one, _, many = noun.partition("/")
    return f"{count} {one if count == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """``text`` with a full stop where it ends without one."""
    return text if not text or text[-1] in ".!?…" else f"{text}."


def listed(items: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    words = list(items)
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def ranked(claims: Iterable[Claim]) -> list[Claim]:
    """The ones to read first: by severity times confidence, then severity, path and line."""

    def key(claim: Claim) -> tuple[float, int, str, int, str]:
        finding = claim.finding
        weight = round(int(finding.severity) * finding.confidence, 6)
        place = finding.location
        return (-weight, -int(finding.severity), place.path, place.start_line, finding.rule)

    return sorted(claims, key=key)


def severity_counts(claims: Iterable[Claim]) -> str:
    """``1 critical, 2 low``, worst first."""
    counts = Counter(claim.finding.severity for claim in claims)
    return ", ".join(f"{counts[level]} {level}" for level in sorted(counts, reverse=True))


def tools_of(claim: Claim) -> dict[str, list[str]]:
    """Specialist id -> the ``tool rule`` names by which it said so."""
    said: dict[str, list[str]] = {}
    for finding in claim.findings or (claim.finding,):
        name = f"{finding.tool} {finding.tool_rule}".strip()
        names = said.setdefault(finding.by, [])
        if name and name not in names:
            names.append(name)
    return dict(sorted(said.items()))


def speaker(stance: Stance) -> str:
    """The specialist, and its tool where it runs several."""
    return f"{stance.by} ({stance.tool})" if stance.tool else stance.by


def weight_of(finding: Finding) -> str:
    """``high severity, confidence 0.90``."""
    return f"{finding.severity} severity, confidence {finding.confidence:.2f}"


def gaps(review: Review) -> list[FileCoverage]:
    """Files not wholly reviewed, those that make the review incomplete first."""
    partial = [file for file in review.coverage if file.state is not CoverageState.REVIEWED]
    return sorted(partial, key=lambda file: (not file.unread, file.state.value, file.path))


def notices(review: Review) -> list[str]:
    """What the reader should know of the change, and at which bounds specialists stopped."""
    outcomes = (outcome for outcome in review.outcomes if isinstance(outcome, Opinion | Failed))
    bounds = (f"{o.by}: {gap.why}" for o in outcomes for gap in o.gaps if not gap.path)
    return [*review.notices, *bounds]


def coverage_line(review: Review) -> str:
    """``12 files reviewed, 1 partly, 2 skipped``."""
    counts = Counter(file.state for file in review.coverage)
    parts = [f"{plural(counts[CoverageState.REVIEWED], 'file')} reviewed"]
    if partial := counts[CoverageState.PARTIAL]:
        parts.append(f"{partial} partly")
    if skipped := counts[CoverageState.SKIPPED]:
        parts.append(f"{skipped} skipped")
    return ", ".join(parts)


def missed(review: Review) -> list[Skipped]:
    """Specialists that could not start although there was something for them to examine."""
    return [skipped for skipped in review.skipped if skipped.matters]


def not_asked(review: Review) -> dict[str, list[str]]:
    """The ids of those who had nothing to do, by the reason."""
    found: dict[str, list[str]] = {}
    for skipped in review.skipped:
        if not skipped.matters:
            found.setdefault(skipped.why, []).append(skipped.by)
    return found


def position(severity: Severity | None) -> str:
    """What a side of a debate argues for."""
    return "does not stand" if severity is None else str(severity)


def given(negotiation: Negotiation) -> str:
    """What was settled, mildest first: ``medium and high``, ``not standing and high``."""
    levels = {int(stance.severity): str(stance.severity) for stance in negotiation.stances}
    for argument in negotiation.debate.arguments if negotiation.debate else ():
        at = argument.position
        levels[-1 if at is None else int(at)] = "not standing" if at is None else str(at)
    return listed(levels[at] for at in sorted(levels))


def debater(argument: Argument) -> str:
    """The specialist, and the tool or the model that speaks for it."""
    named = argument.speaker not in ("", argument.by)
    return f"{argument.by} ({argument.speaker})" if named else argument.by


def debated(debate: Debate | None) -> str:
    """``decided for high``, ``decided that it does not stand``, ``undecided`` or ``not held``."""
    if debate is None or not debate.arguments:
        return "not held"
    if not debate.decided:
        return "undecided"
    refuted = "decided that it does not stand"
    return refuted if debate.severity is None else f"decided for {debate.severity}"


def usage(review: Review) -> str:
    """``12,345 tokens, $0.0213`` where a model was asked; "" where none was."""
    used = review.usage
    if used is None:
        return ""
    cost = "cost unknown" if used.cost_usd is None else f"${used.cost_usd:.4f}"
    return f"{used.tokens:,} tokens, {cost}"


def is_quiet(review: Review) -> bool:
    """Whether one line says it all: a pass without findings, notices or absent specialists."""
    return review.verdict is Verdict.PASS and not (
        review.claims or notices(review) or review.failed or missed(review)
    )


def quiet_line(review: Review) -> str:
    route = f"{review.plan.route.value} route"
    took = ", ".join(filter(None, (duration(review.seconds), usage(review))))
    return f"No findings: {coverage_line(review)}; {route}, {took}."


def kept_back(review: Review) -> list[str]:
    """Sentences on what was found and not shown."""
    lines = []
    if review.hidden:
        found = plural(review.hidden, "finding")
        lines.append(f"{found} not shown: on lines that this change does not touch")
    counts = Counter(suppression.reason for suppression in review.suppressions)
    lines += [f"{plural(n, 'finding')} suppressed: {why}" for why, n in sorted(counts.items())]
    return lines

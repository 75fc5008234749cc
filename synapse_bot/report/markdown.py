"""The ONE consolidated review as Markdown for a comment on GitHub or GitLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.review import Verdict
from synapse_bot.report import wording
from synapse_bot.report.base import DEFAULTS, RenderOptions
from synapse_bot.report.debate_markdown import debate_rows
from synapse_bot.report.finding_markdown import folded_finding, full_finding, negotiated, place
from synapse_bot.report.redacted import redacted
from synapse_bot.report.remarked import remarks_of, remarks_on, spending_rows
from synapse_bot.report.sanitise import code, prose, without_commands

if TYPE_CHECKING:
    from collections.abc import Iterable

    from synapse_bot.domain.review import Review
    from synapse_bot.report.base import Link

LIMIT = 60_000  # UTF-16 code units; forges refuse comments of 65,536
_ROOM = LIMIT - 1_000  # for the counts of what was dropped, and a forge's own marker
_ROW = 300  # characters of one untrusted text in a list


def render_markdown(review: Review, options: RenderOptions = DEFAULTS) -> str:
    """The review in less than LIMIT UTF-16 code units; findings are dropped whole, and counted.

    Every string of ``review`` is untrusted: see sanitise.py for what becomes of it.
    """
    review = redacted(review)
    if wording.is_quiet(review):
        return f"**{wording.PRODUCT}: pass.** {wording.quiet_line(review)}\n"
    head = [*_verdict(review), *_questions(review, options.link), *_trouble(review)]
    tail = [
        *_negotiations(review, options.link),
        *_debates(review, options.link),
        *_coverage(review),
        *_spending(review),
        _footer(review),
    ]
    room = _ROOM - units(without_commands("\n\n".join([*head, *tail])))
    page = "\n\n".join([*head, *_findings(review, options, room), *tail])
    return without_commands(page) + "\n"


def units(text: str) -> int:
    """The length of ``text`` as forges count it: in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _verdict(review: Review) -> list[str]:
    lines = [f"## {wording.PRODUCT}: {review.verdict.value}"]
    if review.reasons:
        reasons = (wording.sentence(prose(reason, _ROW)) for reason in review.reasons)
        lines.append(" ".join(_fit(list(reasons), 3_000)))
    lines.append(_count(review))
    if notices := wording.notices(review):
        lines += _list(None, [prose(notice, _ROW) for notice in notices], 4_000)
    return lines


def _count(review: Review) -> str:
    if review.claims:
        found = wording.plural(len(review.claims), "finding")
        return f"**{found}**: {wording.severity_counts(review.claims)}."
    unread = review.verdict is Verdict.INCOMPLETE
    return "No findings in what was read." if unread else "No findings."


def _questions(review: Review, link: Link | None) -> list[str]:
    rows = [
        f"{place(claim.finding.location, link)}: {prose(claim.escalation.question, _ROW)}"
        f" Why: {prose(claim.escalation.reason, _ROW)}"
        for claim in review.claims
        if claim.escalation
    ]
    return _list("### Questions for a person", rows, 8_000)


def _trouble(review: Review) -> list[str]:
    rows = [
        _with_hint(f"{code(f.by)} failed ({f.kind.value}): {prose(f.why, _ROW)}", f.hint)
        for f in review.failed
    ]
    rows += [
        _with_hint(f"{code(s.by)} was skipped: {prose(s.why, _ROW)}", s.hint)
        for s in wording.missed(review)
    ]
    return _list("### Who is missing", rows, 8_000)


def _with_hint(sentence: str, hint: str) -> str:
    ended = wording.sentence(sentence)
    return f"{ended} **To do:** {prose(hint, _ROW)}" if hint else ended


def _findings(review: Review, options: RenderOptions, room: int) -> list[str]:
    """Findings in full, then folded ones, as many as ``room`` holds; the rest as a count."""
    claims = wording.ranked(review.claims)
    remarks = remarks_of(review)
    full: list[str] = []
    for claim in claims[: max(options.max_findings, 0)]:
        said = remarks_on(claim, remarks)
        text = without_commands(full_finding(claim, len(full) + 1, options.link, said))
        if (room := room - units(text) - 2) < 0:
            return [*full, _dropped(len(claims) - len(full), "finding")]
        full.append(text)
    rest = claims[len(full) :]
    if not rest:
        return full
    rows = (folded_finding(claim, options.link) for claim in rest)
    kept = _fit_rows(rows, room - 200)
    summary = f"{wording.plural(len(rest), 'more finding' if full else 'finding')}"
    if len(kept) < len(rest):
        kept.append(_dropped(len(rest) - len(kept), "finding"))
    return [*full, _details(summary, kept)]


def _negotiations(review: Review, link: Link | None) -> list[str]:
    rows = [negotiated(claim, link) for claim in review.claims if claim.negotiation]
    noun = "negotiated severity/negotiated severities"
    return _folded(wording.plural(len(rows), noun), rows, 6_000)


def _debates(review: Review, link: Link | None) -> list[str]:
    """What came of each, with its place, and below it who argued what."""
    held = 0
    rows: list[str] = []
    for claim in review.claims:
        if claim.negotiation and claim.negotiation.debate:
            held += 1
            outcome, *arguments = debate_rows(claim.negotiation.debate)
            rows += [f"{place(claim.finding.location, link)}: {outcome}", *arguments]
    return _folded(wording.plural(held, "debate"), rows, 8_000)


def _coverage(review: Review) -> list[str]:
    rows = [
        f"{code(file.path, 160)}: {file.state.value}, {file.reason.value or 'no reason given'}"
        + (f" ({prose(file.detail, 120)})" if file.detail else "")
        for file in wording.gaps(review)
    ]
    rows += [prose(line, _ROW) for line in wording.kept_back(review)]
    rows += [
        f"{wording.listed(map(code, ids))} {'was' if len(ids) == 1 else 'were'} not asked: "
        f"{prose(why, 120)}"
        for why, ids in wording.not_asked(review).items()
    ]
    summary = f"Coverage: {wording.coverage_line(review)}"
    return _folded(summary, rows, 8_000) if rows else [f"{summary}."]


def _spending(review: Review) -> list[str]:
    """What models cost, by specialist."""
    used = review.usage
    return _folded(f"Models: {used.tokens:,} tokens", spending_rows(review), 4_000) if used else []


def _footer(review: Review) -> str:
    plan = review.plan
    asked = wording.plural(len(plan.assignments), "specialist")
    route = f"{plan.route.value} route (rule {code(plan.rationale.rule, 80)})"
    why = prose(plan.rationale.why, _ROW)
    ids = f"Run {code(review.id, 40)}, {wording.PRODUCT} {code(review.version, 40)}."
    time = wording.duration(review.seconds)
    spent = f", {used}" if (used := wording.usage(review)) else ""
    return f"{asked}, {time}{spent}; {route}: {wording.sentence(why)} {ids}"


def _folded(summary: str, rows: list[str], room: int) -> list[str]:
    return [_details(summary, _fit(rows, room))] if rows else []


def _details(summary: str, rows: list[str]) -> str:
    """``summary`` holds our own words and numbers only: it stands inside HTML."""
    body = "\n".join(f"- {row}" for row in rows)
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _list(heading: str | None, rows: list[str], room: int) -> list[str]:
    if not rows:
        return []
    body = "\n".join(f"- {row}" for row in _fit(rows, room))
    return [heading, body] if heading else [body]


def _fit(rows: list[str], room: int) -> list[str]:
    kept = _fit_rows(rows, room)
    return kept if len(kept) == len(rows) else [*kept, _dropped(len(rows) - len(kept), "line")]


def _fit_rows(rows: Iterable[str], room: int) -> list[str]:
    """The first of ``rows`` that fit into ``room`` code units, list markers included."""
    kept = []
    for row in map(without_commands, rows):
        if (room := room - units(row) - 3) < 0:
            break
        kept.append(row)
    return kept


def _dropped(count: int, noun: str) -> str:
    return f"{wording.plural(count, f'more {noun}')} in the artefact."

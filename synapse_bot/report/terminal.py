"""The review on a terminal: colours where they are wanted, the same layout in plain text.

Untrusted strings enter as rich ``Text``, never as markup, with their control characters made
visible; the finished output is searched once more for lines that a CI runner would obey.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from synapse_bot.domain.diff import Side
from synapse_bot.domain.review import Verdict
from synapse_bot.domain.severity import Severity
from synapse_bot.report import wording
from synapse_bot.report.base import DEFAULTS, RenderOptions
from synapse_bot.report.debate_text import debate_lines
from synapse_bot.report.evidence import MAX_LINES, source_lines
from synapse_bot.report.redacted import redacted
from synapse_bot.report.remarked import remark_lines, remarks_of, remarks_on
from synapse_bot.report.sanitise import one_line, without_commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synapse_bot.domain.finding import Finding
    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.remark import Remark
    from synapse_bot.domain.review import Review

_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "blue",
}
_VERDICTS = {
    Verdict.PASS: "bold black on green",
    Verdict.FAIL: "bold white on red",
    Verdict.INCOMPLETE: "bold black on yellow",
}
_MORE = 200  # folded findings that are still listed, one line each
_ROWS = 20  # rows of any other list
_LONGEST = 100  # but for debates, whose every argument is a row
_NARROWEST = 40


def render_terminal(review: Review, options: RenderOptions = DEFAULTS) -> str:
    """The review ``options.width`` columns wide, with ANSI colours if ``options.color``."""
    console = Console(
        file=StringIO(),
        width=max(options.width, _NARROWEST),
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        no_color=not options.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},  # width and colour are the caller's decision alone
    )
    console.print(review_renderable(review, options))
    assert isinstance(console.file, StringIO)
    lines = without_commands(console.file.getvalue()).split("\n")
    return "\n".join(line.rstrip() for line in lines)


def review_renderable(review: Review, options: RenderOptions = DEFAULTS) -> RenderableType:
    """The review for a rich console of the caller's own."""
    review = redacted(review)
    if wording.is_quiet(review):
        return _verdict_line(review, wording.quiet_line(review))
    return Group(*_blocks(review, options))


def _blocks(review: Review, options: RenderOptions) -> Iterator[RenderableType]:
    summary = _summary(review)
    yield _verdict_line(review, summary)
    for reason in review.reasons[:_ROWS]:
        if reason.lower() != summary.lower():
            yield _indented(one_line(reason, 400))
    claims = wording.ranked(review.claims)
    shown = max(options.max_findings, 0)
    remarks = remarks_of(review)
    for number, claim in enumerate(claims[:shown], start=1):
        yield Text()
        yield _finding(claim, number, options.width, remarks_on(claim, remarks))
    if rest := claims[shown:]:
        yield _heading(f"{wording.plural(len(rest), 'more finding')}")
        yield _short_list(rest)
    yield from _section("Questions for a person", _questions(review))
    yield from _section("Negotiated", _negotiations(review))
    debates = debate_lines(review, whole=options.arguments)
    yield from _section("Debates", [Text(line) for line in debates], most=_LONGEST)
    yield from _section("Who is missing", _trouble(review))
    yield from _section("Not fully reviewed", _gaps(review))
    yield from _section("Notices", _notices(review))
    yield Text()
    yield Text(_footer(review), style="dim")


def _verdict_line(review: Review, text: str) -> Text:
    badge = (f" {review.verdict.value.upper()} ", _VERDICTS[review.verdict])
    return Text.assemble(badge, "  ", (text, "bold"))


def _summary(review: Review) -> str:
    if not review.claims:
        unread = review.verdict is Verdict.INCOMPLETE
        return "No findings in what was read" if unread else "No findings"
    found = wording.plural(len(review.claims), "finding")
    return f"{found}: {wording.severity_counts(review.claims)}"


def _finding(claim: Claim, number: int, width: int, remarks: Sequence[Remark]) -> RenderableType:
    finding = claim.finding
    head = Text.assemble(
        (f"{number:>2} ", "dim"),
        (f" {str(finding.severity).upper()} ", f"{_STYLES[finding.severity]} reverse"),
        " ",
        (one_line(wording.title_of(finding), 60), "bold"),
    )
    place = Text(_place(finding), style="cyan")
    parts: list[RenderableType] = [head]
    if head.cell_len + place.cell_len + 2 <= width:
        head.append("  ").append_text(place)
    else:
        parts.append(_indented(place))
    parts.append(_indented(one_line(finding.message, 600)))
    if finding.code:
        parts += [_indented(line, no_wrap=True) for line in _evidence(finding)]
    parts.append(Padding(_facts(claim, remarks), (0, 0, 0, 3)))
    return Group(*parts)


def _place(finding: Finding) -> str:
    side = " (removed)" if finding.location.side is Side.OLD else ""
    return f"{one_line(str(finding.location), 200)}{side}"


def _evidence(finding: Finding) -> Iterator[Text]:
    """Numbered source lines, and carets below a single line whose columns are known."""
    lines, place = source_lines(finding.code), finding.location
    width = len(str(place.start_line + len(lines) - 1))
    for number, line in enumerate(lines[:MAX_LINES], start=place.start_line):
        yield Text.assemble((f"{number:>{width}} │ ", "dim"), line)
    if len(lines) > MAX_LINES:
        yield Text(f"{'':>{width}} │ … {len(lines) - MAX_LINES} more lines", style="dim")
    elif carets := _carets(finding, lines):
        yield Text.assemble((f"{'':>{width}} │ ", "dim"), (carets, _STYLES[finding.severity]))


def _carets(finding: Finding, lines: list[str]) -> str:
    place = finding.location
    first, last = place.start_column, place.end_column
    # Columns hold only while the shown line equals the source: no tabs, nothing made visible.
    if len(lines) != 1 or first < 1 or lines[0] != finding.code.removesuffix("\n"):
        return ""
    end = min(last if last > first else first + 1, len(lines[0]) + 1)
    return " " * (first - 1) + "^" * (end - first) if first < end else ""


def _facts(claim: Claim, remarks: Sequence[Remark]) -> Table:
    finding = claim.finding
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    rated = [wording.weight_of(finding), *(f"CWE-{number}" for number in finding.cwe)]
    if claim.negotiation:
        strategy = one_line(claim.negotiation.strategy, 40)
        rated.append(f"settled from {wording.given(claim.negotiation)} by {strategy}")
    if finding.why:
        table.add_row("why", Text(one_line(finding.why, 400)))
    table.add_row("rated", Text(", ".join(rated)))
    table.add_row("said by", Text(one_line(_said_by(claim), 300)))
    if finding.fix:
        table.add_row("fix", Text(one_line(finding.fix, 400)))
    for label, text in remark_lines(remarks):
        table.add_row(label, Text(text))
    return table


def _said_by(claim: Claim) -> str:
    said = wording.tools_of(claim).items()
    return wording.listed(f"{by} ({', '.join(names)})" if names else by for by, names in said)


def _short_list(claims: list[Claim]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=2)
    table.add_column(overflow="fold", ratio=3)
    for claim in claims[:_MORE]:
        finding = claim.finding
        table.add_row(
            Text(f"   {finding.severity}", style=_STYLES[finding.severity]),
            Text(_place(finding), style="cyan"),
            Text(one_line(finding.message, 160)),
        )
    if len(claims) <= _MORE:
        return table
    return Group(table, _indented(f"{len(claims) - _MORE} more in the artefact"))


def _questions(review: Review) -> list[Text]:
    return [
        Text.assemble(
            (_place(claim.finding), "cyan"),
            f": {one_line(claim.escalation.question, 300)} ",
            (one_line(claim.escalation.reason, 300), "dim"),
        )
        for claim in review.claims
        if claim.escalation
    ]


def _negotiations(review: Review) -> list[Text]:
    rows = []
    for claim in review.claims:
        if negotiation := claim.negotiation:
            said = "; ".join(
                f"{wording.speaker(stance)} {stance.severity} ({stance.confidence:.2f})"
                for stance in negotiation.stances
            )
            result = f"{negotiation.strategy} settled {negotiation.severity}: {negotiation.why}"
            line = f": {one_line(said, 300)}. {one_line(result, 300)}"
            rows.append(Text.assemble((_place(claim.finding), "cyan"), line))
    return rows


def _trouble(review: Review) -> list[Text]:
    rows = [(f"{f.by} failed ({f.kind.value})", f.why, f.hint) for f in review.failed]
    rows += [(f"{s.by} was skipped", s.why, s.hint) for s in wording.missed(review)]
    return [
        Text.assemble(
            (one_line(who, 120), "bold yellow"),
            f": {wording.sentence(one_line(why, 300))}",
            (f" To do: {one_line(hint, 300)}" if hint else "", "bold"),
        )
        for who, why, hint in rows
    ]


def _gaps(review: Review) -> list[Text]:
    rows = []
    for file in wording.gaps(review):
        detail = f" ({one_line(file.detail, 120)})" if file.detail else ""
        text = f"{one_line(file.path, 200)}: {file.state.value}, {file.reason.value}{detail}"
        rows.append(Text(text, style="yellow" if file.unread else "dim"))
    return rows + [Text(one_line(line, 300), style="dim") for line in wording.kept_back(review)]


def _notices(review: Review) -> list[Text]:
    return [Text(one_line(notice, 400)) for notice in wording.notices(review)]


def _section(heading: str, rows: list[Text], most: int = _ROWS) -> Iterator[RenderableType]:
    if not rows:
        return
    yield _heading(heading)
    yield from (_indented(row) for row in rows[:most])
    if len(rows) > most:
        yield _indented(f"{len(rows) - most} more in the artefact")


def _heading(text: str) -> RenderableType:
    return Group(Text(), Text(text, style="bold"))


def _indented(text: str | Text, *, no_wrap: bool = False) -> Padding:
    content = Text(text) if isinstance(text, str) else text
    content.overflow = "ellipsis" if no_wrap else "fold"
    content.no_wrap = no_wrap
    return Padding(content, (0, 0, 0, 3))


def _footer(review: Review) -> str:
    plan = review.plan
    asked = wording.plural(len(plan.assignments), "specialist")
    time = ", ".join(filter(None, (wording.duration(review.seconds), wording.usage(review))))
    done = f"{wording.coverage_line(review)}; {asked}, {time}"
    route = f"{plan.route.value.capitalize()} route ({plan.rationale.rule}: {plan.rationale.why})"
    return f"{done}. {one_line(route, 300)}"

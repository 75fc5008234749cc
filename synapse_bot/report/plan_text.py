"""A Plan as text, as a Mermaid flowchart, or as JSON: what would run, before anything does."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from synapse_bot.report import wording
from synapse_bot.report.codec import encode
from synapse_bot.report.jsontext import dump
from synapse_bot.report.redacted import redacted
from synapse_bot.report.sanitise import one_line, without_commands

if TYPE_CHECKING:
    from synapse_bot.domain.plan import Asking, Assignment, Plan
    from synapse_bot.domain.spec import SpecialistSpec

PlanFormat = Literal["text", "mermaid", "json"]

SCHEMA = "synapse-bot/plan/1"
_PLAIN = re.compile(r"[^\w .,:/()+=%-]")


def render_plan(plan: Plan, fmt: PlanFormat = "text", *, debates: bool = True) -> str:
    """``plan`` in the format ``fmt``; ends with a newline. ``debates``: those who differ argue."""
    plan = redacted(plan)
    match fmt:
        case "text":
            return without_commands(_text(plan, debates))
        case "mermaid":
            return _mermaid(plan)
        case "json":
            return dump({"schema": SCHEMA, **encode(plan)}) + "\n"


def _text(plan: Plan, debates: bool) -> str:
    lines = [
        f"Route: {plan.route.value}",
        f"Why:   {one_line(plan.rationale.why)} (rule {one_line(plan.rationale.rule)})",
    ]
    if plan.rationale.facts:
        lines.append(f"Facts: {', '.join(one_line(fact) for fact in plan.rationale.facts)}")
    lines += [f"Deadline: {plan.deadline_s:g} s", "", "Specialists"]
    width = max((len(one_line(id_)) for id_ in plan.specialist_ids), default=0)
    for assignment in plan.assignments:
        name = one_line(assignment.spec.id).ljust(width)
        lines.append(f"  {name}  {_work(assignment)}; {_tools(plan, assignment)}")
    if not plan.assignments:
        lines.append("  none")
    if debates and any(assignment.askings for assignment in plan.assignments):
        lines.append("  Where they are far apart, a debate: at most as many tokens again.")
    if plan.skipped:
        lines += ["", "Skipped"]
        lines += [f"  {_skipped(s.by, s.why, s.hint)}" for s in plan.skipped]
    return "\n".join(lines) + "\n"


def _work(assignment: Assignment) -> str:
    files = wording.plural(len(assignment.paths), "file")
    skimmed = f" ({len(assignment.skimmed)} of little risk)" if assignment.skimmed else ""
    return f"{files}{skimmed}, at most {assignment.deadline_s:g} s"


def _tools(plan: Plan, assignment: Assignment) -> str:
    if assignment.askings:
        return "; ".join((*map(_asked, assignment.askings), *_bounds(assignment.spec)))
    if assignment.spec.model is not None:
        return "a model"
    actions = [a for a in assignment.spec.actions if plan.route in a.routes]
    return ", ".join(dict.fromkeys(one_line(a.tool or a.in_process) for a in actions)) or "no tool"


def _asked(asking: Asking) -> str:
    used = asking.usage
    cost = "at an unknown price" if used.cost_usd is None else f"${used.cost_usd:.4f}"
    calls = wording.plural(asking.calls, "call")
    return f"{one_line(asking.model)}: at most {calls}, {used.tokens:,} tokens, {cost}"


def _bounds(spec: SpecialistSpec) -> tuple[str, ...]:
    """What its declaration allows it, where that is less than the whole budget."""
    model = spec.model
    if model is None or (model.max_usd is None and model.max_tokens is None):
        return ()
    tokens = [] if model.max_tokens is None else [f"{model.max_tokens:,} tokens"]
    usd = [] if model.max_usd is None else [f"${Decimal(str(model.max_usd)):f}"]
    return (f"its own limit: {' and '.join(tokens + usd)}",)


def _skipped(by: str, why: str, hint: str) -> str:
    return f"{one_line(by)}: {one_line(why)}" + (f" {one_line(hint)}" if hint else "")


def _mermaid(plan: Plan) -> str:
    lines = [
        "flowchart LR",
        '  change(["change"]) --> route',
        f'  route{{"{plan.route.value}: {_label(plan.rationale.rule)}"}}',
        '  negotiate["negotiate"] --> review(["one review"])',
    ]
    for number, assignment in enumerate(plan.assignments):
        label = f"{_label(assignment.spec.id)}<br/>{_label(_work(assignment))}"
        lines.append(f'  route --> s{number}["{label}"] --> negotiate')
    for number, skipped in enumerate(plan.skipped):
        label = f"{_label(skipped.by)}<br/>skipped: {_label(skipped.why)}"
        lines.append(f'  route -.-> x{number}["{label}"]')
    if not plan.assignments:
        lines.append("  route --> negotiate")
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    """``text`` for a quoted Mermaid label: what could end it or be markup becomes ``#code;``."""
    return _PLAIN.sub(lambda match: f"#{ord(match[0])};", one_line(text, 120))

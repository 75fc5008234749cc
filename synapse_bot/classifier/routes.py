"""Classification: the facts of a change and the table give a route, with the rule that fired.

Three answers, not two. A condition on something unknown is neither met nor unmet. Met is what a
rule needs to fire, so nothing unknown leads to the fast route by itself; and a rule for the deep
route that could not be decided keeps every later rule from choosing the fast one. So knowing less
never lowers the scrutiny (a property test takes facts away). What no rule matches goes deep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.classifier.facts import UNKNOWN_LANGUAGE
from synapse_bot.classifier.table import Condition, RouteRule, Routes, Selection, Span
from synapse_bot.domain.globs import any_match
from synapse_bot.domain.plan import Rationale
from synapse_bot.domain.spec import Route

if TYPE_CHECKING:
    from synapse_bot.classifier.facts import Facts

__all__ = ["NO_RULE", "Classification", "Routes", "classify", "decide", "missing"]

NO_RULE = "no-rule"
Answer = bool | None  # None: it cannot be decided from what is known


@dataclass(frozen=True, slots=True)
class Classification:
    """The route, why, and which specialists the rule that fired asks."""

    route: Route
    rationale: Rationale
    selection: Selection


def classify(facts: Facts, routes: Routes) -> Classification:
    """The first rule of ``routes`` that ``facts`` meet decides; without one, the deep route."""
    undecided: RouteRule | None = None
    for rule in routes.rules:
        answer = decide(rule.when, facts)
        if answer and rule.route is Route.FAST and undecided:
            why = f"{undecided.id} cannot be ruled out: {missing(undecided.when, facts)} unknown"
            return _deep(undecided.id, why, facts, undecided.selection)
        if answer:
            rationale = Rationale(rule.id, rule.why, facts.render())
            return Classification(rule.route, rationale, rule.selection)
        if answer is None and rule.route is Route.DEEP:
            undecided = undecided or rule
    return _deep(NO_RULE, "no rule matches, and what is unknown goes deep", facts, Selection())


def _deep(rule: str, why: str, facts: Facts, selection: Selection) -> Classification:
    return Classification(Route.DEEP, Rationale(rule, why, facts.render()), selection)


def decide(condition: Condition, facts: Facts) -> Answer:
    """Whether ``facts`` meet ``condition``; None where that depends on something unknown."""
    answers = [
        _text(condition.labels, facts.labels),
        _any_path(condition.paths, facts.paths),
        _every_path(condition.only_paths, facts.paths),
        _any_language(condition.languages, facts.languages),
        _every_language(condition.only_languages, facts.languages),
        not condition.intent or facts.intent in condition.intent,
        not condition.author or facts.author in condition.author,
        _within(condition.files, facts.files),
        _within(condition.lines, facts.lines),
        _within(condition.risk, facts.risk.score if facts.risk else None),
        _within(condition.churn, facts.churn),
        _within(condition.fixes, facts.fixes),
        _within(condition.owners, facts.owners),
        *(decide(inner, facts) for inner in condition.all),
    ]
    if condition.any:
        answers.append(_one([decide(inner, facts) for inner in condition.any]))
    return _every(answers)


def _every(answers: Iterable[Answer]) -> Answer:
    known = list(answers)
    return False if False in known else (None if None in known else True)


def _one(answers: Iterable[Answer]) -> Answer:
    known = list(answers)
    return True if True in known else (None if None in known else False)


def _text(globs: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Labels are matched without regard to case: "Security" is a security label."""
    lowered = [glob.lower() for glob in globs]
    return not globs or any(any_match(lowered, word.lower()) for word in words)


def _any_path(globs: tuple[str, ...], paths: tuple[str, ...] | None) -> Answer:
    if not globs or paths is None:
        return None if globs else True
    return any(any_match(globs, path) for path in paths)


def _every_path(globs: tuple[str, ...], paths: tuple[str, ...] | None) -> Answer:
    if not globs or paths is None:
        return None if globs else True
    return bool(paths) and all(any_match(globs, path) for path in paths)


def _any_language(wanted: tuple[str, ...], found: frozenset[str] | None) -> Answer:
    if not wanted or found is None:
        return None if wanted else True
    if found & set(wanted):
        return True
    return None if UNKNOWN_LANGUAGE in found else False


def _every_language(wanted: tuple[str, ...], found: frozenset[str] | None) -> Answer:
    if not wanted or found is None:
        return None if wanted else True
    if found - {UNKNOWN_LANGUAGE} - set(wanted) or not found:
        return False
    return None if UNKNOWN_LANGUAGE in found else True


def _within(span: Span | None, value: float | None) -> Answer:
    if span is None or value is None:
        return True if span is None else None
    return span.holds(value)


def missing(condition: Condition, facts: Facts) -> str:
    """The names of the unknown facts on which ``condition`` depends, as "files, risk"."""
    asked = {
        "paths": bool(condition.paths or condition.only_paths) and facts.paths is None,
        "languages": _languages_open(condition, facts),
        "files": condition.files is not None and facts.files is None,
        "lines": condition.lines is not None and facts.lines is None,
        "risk": condition.risk is not None and facts.risk is None,
        "churn": condition.churn is not None and facts.churn is None,
        "fixes": condition.fixes is not None and facts.fixes is None,
        "owners": condition.owners is not None and facts.owners is None,
    }
    names = [name for name, is_open in asked.items() if is_open]
    names += [missing(inner, facts) for inner in (*condition.all, *condition.any)]
    return ", ".join(dict.fromkeys(name for name in names if name))


def _languages_open(condition: Condition, facts: Facts) -> bool:
    asked = bool(condition.languages or condition.only_languages)
    return asked and (facts.languages is None or UNKNOWN_LANGUAGE in facts.languages)

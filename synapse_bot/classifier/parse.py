"""routes.yaml -> Routes, with the checks that several keys need. Loads YAML and pydantic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from synapse_bot.classifier.schema import ConditionFile, RoutesFile, RuleFile, SignalFile
from synapse_bot.classifier.table import (
    Condition,
    RiskSignal,
    RouteRule,
    Routes,
    Selection,
    Span,
)
from synapse_bot.config.document import check, in_file_order, parse_document
from synapse_bot.config.faults import render_path
from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.domain.spec import Route

if TYPE_CHECKING:
    from synapse_bot.classifier.schema import CountFile, LeastFile, ShareFile
    from synapse_bot.config.document import Document, KeyPath

BOUNDS = ("only_paths", "only_languages", "files", "lines", "risk")


def parse_routes(raw: bytes, source: str) -> Routes:
    """The file ``source``. Raises ConfigInvalid with one line for every fault."""
    return routes_of(parse_document(raw, source))


def routes_of(document: Document) -> Routes:
    """``document`` as a table. Raises ConfigInvalid with one line for every fault."""
    faults: list[str] = []
    file = RoutesFile()
    try:
        file = check(document, RoutesFile)
    except ConfigInvalid as error:
        faults += str(error).split("\n")
    found = [*_twice(document, "rules"), *_twice(document, "risk"), *_fast_faults(document)]
    faults += [f"{document.at(path)}: {render_path(path)}: {text}" for path, text in found]
    if faults:
        raise ConfigInvalid("\n".join(in_file_order(faults)))
    return Routes(tuple(map(_rule, file.rules)), tuple(map(_signal, file.risk)))


def _items(document: Document, section: str) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    items = document.data.get(section) if isinstance(document.data, dict) else None
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield (section, index), item


def _twice(document: Document, section: str) -> Iterator[tuple[KeyPath, str]]:
    first: dict[str, int] = {}
    for path, item in _items(document, section):
        ident = item.get("id")
        if not isinstance(ident, str):
            continue
        if ident in first:
            yield (*path, "id"), f"{ident!r} stands on line {first[ident]} already"
        first.setdefault(ident, document.line((*path, "id")))


def _fast_faults(document: Document) -> Iterator[tuple[KeyPath, str]]:
    """What a rule for the fast route may not rest on: one file of many, or claims alone."""
    for path, rule in _items(document, "rules"):
        when = rule.get("when")
        if rule.get("route") != "fast" or not isinstance(when, dict):
            continue
        for inner, condition in _conditions((*path, "when"), when):
            for word in ("paths", "languages"):
                if word in condition:
                    yield (
                        (*inner, word),
                        f"is met by one file of many; a rule for the fast route takes only_{word}",
                    )
            if "unknown" in (condition.get("author") or []):
                yield (*inner, "author"), "what is unknown cannot lead to the fast route"
        if not _bounded(when):
            yield (
                (*path, "when"),
                "a rule for the fast route must bound the change: labels, intent and author are"
                f" only claims; add one of {', '.join(BOUNDS)}",
            )


def _conditions(
    path: KeyPath, condition: dict[str, Any]
) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    yield path, condition
    for word in ("all", "any"):
        inner = condition.get(word)
        for index, item in enumerate(inner if isinstance(inner, list) else []):
            if isinstance(item, dict):
                yield from _conditions((*path, word, index), item)


def _bounded(condition: dict[str, Any]) -> bool:
    """Whether ``condition`` cannot hold without saying something of the diff itself."""
    if any(word in condition for word in BOUNDS):
        return True
    every = condition.get("all")
    some = condition.get("any")
    in_all = isinstance(every, list) and any(isinstance(c, dict) and _bounded(c) for c in every)
    in_any = isinstance(some, list) and all(isinstance(c, dict) and _bounded(c) for c in some)
    return in_all or in_any


def _rule(file: RuleFile) -> RouteRule:
    chosen = file.specialists
    selection = Selection(tuple(chosen.only or ()), tuple(chosen.add or ())) if chosen else None
    return RouteRule(
        id=file.id,
        why=file.why,
        route=Route(file.route),
        when=_condition(file.when),
        guard=file.guard,
        selection=selection or Selection(),
    )


def _condition(file: ConditionFile) -> Condition:
    return Condition(
        labels=tuple(file.labels or ()),
        paths=tuple(file.paths or ()),
        only_paths=tuple(file.only_paths or ()),
        languages=tuple(file.languages or ()),
        only_languages=tuple(file.only_languages or ()),
        intent=tuple(file.intent or ()),
        author=tuple(AuthorKind(word) for word in file.author or ()),
        files=_span(file.files),
        lines=_span(file.lines),
        risk=_span(file.risk),
        churn=_span(file.churn),
        fixes=_span(file.fixes),
        owners=_span(file.owners),
        all=tuple(_condition(inner) for inner in file.all or ()),
        any=tuple(_condition(inner) for inner in file.any or ()),
    )


def _span(file: CountFile | ShareFile | None) -> Span | None:
    return None if file is None else Span(file.min, file.max)


def _least(file: LeastFile | None) -> Span | None:
    return None if file is None else Span(file.min)


def _signal(file: SignalFile) -> RiskSignal:
    return RiskSignal(
        id=file.id,
        why=file.why,
        weight=file.weight,
        paths=tuple(file.paths or ()),
        kinds=tuple(file.kinds or ()),
        statuses=tuple(file.statuses or ()),
        added=tuple(file.added or ()),
        removed=tuple(file.removed or ()),
        churn=_least(file.churn),
        fixes=_least(file.fixes),
        fixed_lines=_least(file.fixed_lines),
        files=_least(file.files),
        lines=_least(file.lines),
        owners=_least(file.owners),
    )

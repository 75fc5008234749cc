"""The route table of a review: the shipped one, and what a repository adds at its base revision.

A repository's rule takes the place of the shipped rule with its id. Its other rules come after
the shipped ``guard`` rules (security first) and before the rest, so that a rule of one's own for
the fast route cannot by mistake overtake them; whoever means to must redefine the guard by name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synapse_bot.classifier import table
from synapse_bot.classifier.table import (
    Condition,
    RiskSignal,
    RouteRule,
    Routes,
    Selection,
    Span,
)
from synapse_bot.config.compiled import compiled
from synapse_bot.config.document import read_bytes
from synapse_bot.config.values import to_plain
from synapse_bot.domain.change import AuthorKind
from synapse_bot.domain.spec import Route

ROUTES_FILE = "routes.yaml"  # below rules/, and below .synapse-bot/ of a repository


_SPANS = ("files", "lines", "risk", "churn", "fixes", "fixed_lines", "owners")


def load_routes(
    shipped: Path, own: bytes | None = None, source: str = "", cache_dir: Path | None = None
) -> Routes:
    """The table in the file ``shipped``, with the rules of the bytes ``own`` (named ``source``).

    Raises ConfigInvalid with one line for every fault.
    """
    base = _compiled(read_bytes(shipped), f"rules/{shipped.name}", cache_dir)
    if own is None:
        return base
    return merge_routes(base, _compiled(own, source, cache_dir))


def merge_routes(base: Routes, own: Routes) -> Routes:
    """``own`` on top of ``base``; see the head of this file."""
    replaced = {rule.id: rule for rule in own.rules}
    kept = [replaced.pop(rule.id, rule) for rule in base.rules]
    guards = {rule.id for rule in base.rules if rule.guard}
    signals = {signal.id: signal for signal in (*base.risk, *own.risk)}
    return Routes(
        (
            *(rule for rule in kept if rule.id in guards),
            *replaced.values(),
            *(rule for rule in kept if rule.id not in guards),
        ),
        tuple(signals.values()),
    )


def _compiled(raw: bytes, source: str, cache_dir: Path | None) -> Routes:
    here = Path(__file__)

    def build() -> Routes:
        from synapse_bot.classifier.parse import parse_routes

        return parse_routes(raw, source)

    code = (str(here.with_name("parse.py")), str(here.with_name("schema.py")), table.__file__)
    return compiled(cache_dir, "routes", raw, build, encode, decode, code)


def encode(routes: Routes) -> Any:
    """``routes`` as JSON would hold it."""
    return {
        "rules": [
            {
                "id": rule.id,
                "why": rule.why,
                "route": rule.route.value,
                "guard": rule.guard,
                "when": _plain_condition(rule.when),
                "selection": [list(rule.selection.only), list(rule.selection.add)],
            }
            for rule in routes.rules
        ],
        "risk": [_plain(signal) for signal in routes.risk],
    }


def decode(plain: Any) -> Routes:
    """The inverse of ``encode``."""
    return Routes(
        tuple(
            RouteRule(
                id=rule["id"],
                why=rule["why"],
                route=Route(rule["route"]),
                when=_condition(rule["when"]),
                guard=rule["guard"],
                selection=Selection(*(tuple(ids) for ids in rule["selection"])),
            )
            for rule in plain["rules"]
        ),
        tuple(RiskSignal(**_fields(signal)) for signal in plain["risk"]),
    )


def _plain(value: Condition | RiskSignal) -> dict[str, Any]:
    """The fields that say something; most of a condition's ten do not."""
    found = {name: getattr(value, name) for name in value.__slots__}
    return {
        name: [item.least, item.most] if isinstance(item, Span) else to_plain(item)
        for name, item in found.items()
        if item not in (None, ())
    }


def _plain_condition(condition: Condition) -> dict[str, Any]:
    inner = {
        word: [_plain_condition(item) for item in getattr(condition, word)]
        for word in ("all", "any")
        if getattr(condition, word)
    }
    flat = Condition(
        **{
            name: getattr(condition, name)
            for name in condition.__slots__
            if name not in ("all", "any")
        }
    )
    return {**_plain(flat), **inner}


def _condition(plain: dict[str, Any]) -> Condition:
    inner: dict[str, Any] = {
        word: tuple(_condition(item) for item in plain[word])
        for word in ("all", "any")
        if word in plain
    }
    flat = {name: item for name, item in plain.items() if name not in ("all", "any")}
    return Condition(**_fields(flat), **inner)


def _fields(plain: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in plain.items():
        if name in _SPANS:
            found[name] = Span(*item)
        elif name == "author":
            found[name] = tuple(AuthorKind(word) for word in item)
        else:
            found[name] = tuple(item) if isinstance(item, list) else item
    return found

"""Whether a call fits a signature, by the rules of Python's own binding."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapse_bot.specialist.change.interface import Signature


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call. ``open`` calls pass *args or **kwargs: what, only a run knows."""

    positional: int
    keywords: tuple[str, ...]
    open: bool

    @classmethod
    def of(cls, call: ast.Call) -> Given:
        names = tuple(keyword.arg for keyword in call.keywords if keyword.arg is not None)
        starred = any(isinstance(arg, ast.Starred) for arg in call.args)
        return cls(len(call.args), names, starred or len(names) < len(call.keywords))


def misfit(given: Given, signature: Signature) -> str:
    """Why the call does not fit, in words; "" where it does, or where that is not known."""
    if given.open:
        return ""
    places = signature.positional
    if given.positional > len(places) and not signature.rest:
        return f"passes {given.positional} arguments by place, and it takes {len(places)}"
    taken = set(places[: given.positional])
    named = {*places[signature.nameless :], *signature.keyword}
    for name in given.keywords:
        if name in taken and name in named:
            return f"passes {name!r} twice"
        if name not in named and not signature.others:
            return f"passes {name!r}, which it does not take"
    have = taken | set(given.keywords)
    wanted = (*places, *signature.keyword)
    missing = [name for name in wanted if name not in have | signature.optional]
    return f"does not pass {missing[0]!r}" if missing else ""


def moved(given: Given, old: Signature, new: Signature) -> str:
    """Which argument by place now means another parameter of the function; "" for none.

    A parameter that was only renamed means the same: one of the two must be at another place.
    """
    if given.open:
        return ""
    pairs = zip(old.positional, new.positional, strict=False)
    for number, (was, now) in enumerate(list(pairs)[: given.positional], start=1):
        if was != now and (was in new.positional or now in old.positional):
            return f"argument {number} was {was!r} and is now {now!r}"
    return ""

"""The route table as a value: ordered rules of conditions, and the signals of risk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from synapse_bot.domain.spec import Route

if TYPE_CHECKING:
    from synapse_bot.domain.change import AuthorKind


@dataclass(frozen=True, slots=True)
class Span:
    """From ``least`` to ``most``, both included; None is without bound."""

    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        above = self.least is None or value >= self.least
        return above and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        if self.least is None:
            return f"at most {self.most:g}"
        if self.most is None:
            return f"at least {self.least:g}"
        return f"{self.least:g} to {self.most:g}"


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when every key that is given holds, every one of ``all`` and, where given, one of
    ``any``."""

    labels: tuple[str, ...] = ()  # globs, case ignored: one label matches
    paths: tuple[str, ...] = ()  # globs: one path matches
    only_paths: tuple[str, ...] = ()  # globs: every path matches
    languages: tuple[str, ...] = ()  # one file is in one of them
    only_languages: tuple[str, ...] = ()  # every file is
    intent: tuple[str, ...] = ()
    author: tuple[AuthorKind, ...] = ()
    files: Span | None = None
    lines: Span | None = None
    risk: Span | None = None
    churn: Span | None = None  # of the file that was touched most often of late
    fixes: Span | None = None  # of the file that was mended most often
    owners: Span | None = None  # how many answer for what is changed
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which specialists a rule asks. ``only`` empty: all of the route. ``add`` joins them."""

    only: tuple[str, ...] = ()
    add: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteRule:
    """``guard`` rules stay ahead of the rules that a repository adds."""

    id: str
    why: str
    route: Route
    when: Condition
    guard: bool = False
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True)
class RiskSignal:
    """One reason for caution. Its ``weight`` (0..1) counts once, however often it is met."""

    id: str
    why: str
    weight: float
    paths: tuple[str, ...] = ()  # globs: one path matches
    kinds: tuple[str, ...] = ()  # binary, symlink, submodule, lfs-pointer, executable, unparsed
    statuses: tuple[str, ...] = ()  # words of FileStatus
    added: tuple[str, ...] = ()  # regular expressions: one is found in an added line
    removed: tuple[str, ...] = ()  # likewise in a removed line
    churn: Span | None = None  # commits of late that touched the file
    fixes: Span | None = None  # those of them that mend something
    fixed_lines: Span | None = None  # changed lines that a fix wrote last
    files: Span | None = None
    lines: Span | None = None
    owners: Span | None = None


@dataclass(frozen=True, slots=True)
class Routes:
    """Rules in the order in which they are tried, and the signals of the risk score."""

    rules: tuple[RouteRule, ...] = ()
    risk: tuple[RiskSignal, ...] = ()
